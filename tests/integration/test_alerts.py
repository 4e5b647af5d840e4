"""People are told, by mail and webhook, once: the daemon with a real mail server and web server."""
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from receivers import MailServer, WebServer
from test_control_daemon import Daemon

ALICE = "alice@example.test"
HOSTILE = "<!channel> @everyone `x` http://evil.example/ \u202e"


def wait(what, message="it did not happen", limit_s=40):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(message)


class Telling(Daemon):
    def lock(self, account):
        assert self.run("lock", account, "--reason", "test").returncode == 0

    def waiting(self):
        return self.json("alert", "list")["waiting"]

    def kill(self):
        """The whole of it, as power does."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True,
                                  text=True).stdout.split()
        for pid in [self.process.pid, *map(int, children)]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def site(mailfuse):
    mail, web = MailServer(), WebServer()
    with tempfile.TemporaryDirectory(prefix="mailfuse-alerts-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "owners").write_text(f"{ALICE} alice@private.test fr\n")
        (folder / "templates").mkdir()
        hook = f"http://127.0.0.1:{web.server_address[1]}"
        Telling.more = f'''alerts {{
            mail-server = "smtp://127.0.0.1:{mail.server_address[1]}"
            mail-from = "mailfuse@mail.example.test"
            tell-owner = yes
            owner-addresses = owners
            templates = templates
            log = "syslog:{folder}/log"
            digest-after = 10
            digest-window = "20s"
            recipient "postmaster@example.test" {{ severity = info }}
            recipient "admin@example.org" {{ domains = {{"example.org"}} language = de }}
            webhook "all" {{ url = "{hook}/generic" severity = critical }}
            webhook "slack" {{ url = "{hook}/slack" format = slack severity = critical }}
        }}
        '''
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        log.bind(f"{folder}/log")
        os.chmod(f"{folder}/log", 0o666)
        daemon = Telling(mailfuse, folder)
        daemon.syslog = log
        try:
            wait(lambda: daemon.run("status").returncode == 0, "no daemon")
            yield daemon, mail, web
        finally:
            if daemon.process.poll() is None:
                daemon.process.terminate()
                daemon.process.wait(40)
            log.close()
            mail.shutdown()
            mail.server_close()
            web.shutdown()
            web.server_close()


def to(mail, address):
    return [message for recipient, message in mail.mails if recipient == address]


def test_locked_and_open_again(site):
    daemon, mail, web = site
    daemon.lock(ALICE)
    [first] = wait(lambda: to(mail, "postmaster@example.test"))
    [owner] = wait(lambda: to(mail, "alice@private.test"))
    wait(lambda: len(web.hooks) == 2)
    assert first["Subject"] == f"{ALICE} is locked (incident 1)"
    assert first["Auto-Submitted"] == "auto-generated" and not first.defects
    assert "Precedence" not in first and first["Content-Language"] == "en"
    text = first.get_content()
    assert "mailfuse incident 1" in text and "Locked by:   root" in text
    assert all(len(line) <= 80 for line in text.split("\n"))
    assert owner["Subject"] == f"Votre compte {ALICE} est verrouillé"
    assert "numéro 1" in owner.get_content().replace("\n", " ")
    [(_, generic, headers)] = [hook for hook in web.hooks if hook[0] == "/generic"]
    assert (generic["kind"], generic["severity"], generic["incident"], generic["subject"]) == \
        ("incident-locked", "critical", 1, ALICE)
    assert headers["X-Mailfuse-Delivery"] == generic["id"]
    assert to(mail, "admin@example.org") == []
    line = daemon.syslog.recv(4096).decode()
    assert re.match(r"<18>\w{3} [ \d]\d \d\d:\d\d:\d\d mailfuse\[\d+\]: alert incident-locked severity=critical "
                    rf'incident=1 subject="{ALICE}": it is locked, by root: test$', line)
    assert daemon.run("unlock", ALICE, "--force").returncode == 0
    wait(lambda: len(to(mail, "postmaster@example.test")) == 2 and len(web.hooks) == 4)
    second = to(mail, "postmaster@example.test")[1]
    assert second["Subject"] == f"The incident of {ALICE} is closed (incident 1)"
    assert second["References"] == first["References"] and second["Message-ID"] != first["Message-ID"]
    wait(lambda: daemon.waiting() == 0)
    daemon.process.terminate()
    daemon.process.wait(40)
    daemon.start()
    wait(lambda: daemon.run("status").returncode == 0)
    time.sleep(5)  # longer than letters settle: nothing is told again
    assert len(mail.mails) == 4 and len(web.hooks) == 4


def test_one_line_for_each_event(site):
    """In the journal of systemd with fields; by whom and why stand in the line of the alert, not in another one."""
    daemon, _, _ = site
    daemon.conf.write_text(daemon.conf.read_text().replace("syslog:", "journal:"))
    assert daemon.run("reload").returncode == 0
    daemon.lock(ALICE)
    fields = dict(line.split("=", 1) for line in daemon.syslog.recv(9000).decode().splitlines())
    head = f'alert incident-locked severity=critical incident=1 subject="{ALICE}": '
    assert fields.pop("MESSAGE") == head + "it is locked, by root: test"
    assert fields == {
        "MESSAGE_ID": "5eabd62d485c4d23b5d41c1d7492a9a2", "PRIORITY": "2", "SYSLOG_IDENTIFIER": "mailfuse",
        "MAILFUSE_ALERT": "incident-locked", "MAILFUSE_SEVERITY": "critical", "MAILFUSE_INCIDENT": "1",
        "MAILFUSE_SUBJECT": ALICE, "MAILFUSE_KEY": "incident 1", "MAILFUSE_STATE": "locked"}
    assert daemon.run("unlock", ALICE, "--force", "--reason", "over\u202eno").returncode == 0
    assert "the incident is closed, by root: over?no\n" in daemon.syslog.recv(9000).decode()
    lines = [line for line in (daemon.folder / "run.log").read_text().splitlines() if ALICE in line]
    assert [line for line in lines if "action by" not in line] == [
        f"mailfuse: {head}it is locked, by root: test",
        f'mailfuse: alert incident-closed severity=info incident=1 subject="{ALICE}": '
        "the incident is closed, by root: over?no"]


def test_a_hundred_accounts_at_once(site):
    daemon, mail, web = site
    for i in range(100):
        daemon.lock(f"user{i}@example.org")
    digest = wait(lambda: [m for m in to(mail, "admin@example.org") if m["X-Mailfuse-Alert"] == "digest"],
                  "no digest", 90)
    wait(lambda: daemon.waiting() == 0)
    singles = [m for m in to(mail, "admin@example.org") if m["X-Mailfuse-Alert"] == "incident-locked"]
    assert len(digest) == 1 and 1 <= len(singles) <= 10
    assert re.fullmatch(rf"{100 - len(singles)} Meldungen von \S+", digest[0]["Subject"])
    told = "".join(m.get_content() for m in singles + digest)
    assert [i for i in range(100) if f"user{i}@example.org" not in told] == []
    [hook] = [h for path, h, _ in web.hooks if path == "/generic" and h["kind"] == "digest"]
    assert hook["severity"] == "critical" and len(hook["alerts"]) >= 90


def test_nothing_is_lost_when_it_is_killed(site):
    daemon, mail, web = site
    web.status, mail.reply = 500, "451 not now"
    daemon.lock(ALICE)
    wait(lambda: len(web.tried) == 2 and len(mail.mails) >= 2)
    daemon.kill()
    web.status, mail.reply = 200, "250 taken"
    ids = {m["Message-ID"] for _, m in mail.mails}
    hooked = {hook["id"] for hook in web.tried if "id" in hook}
    mail.mails.clear()
    daemon.start()
    wait(lambda: daemon.run("status").returncode == 0)
    rows = daemon.json("alert", "list")
    assert rows["waiting"] == 4
    assert {way["failures"] for way in rows["ways"] if way["way"] != "mail admin@example.org"} <= {0, 1}
    wait(lambda: len(mail.mails) == 2 and len(web.hooks) == 2, "they did not arrive", 90)
    assert {m["Message-ID"] for _, m in mail.mails} == ids
    wait(lambda: daemon.waiting() == 0)
    assert {path for path, _, _ in web.hooks} == {"/generic", "/slack"}
    assert {hook["id"] for path, hook, _ in web.hooks if path == "/generic"} == hooked != set()


def test_what_is_refused_is_given_up(site):
    daemon, mail, web = site
    web.status = 404
    daemon.lock(ALICE)
    wait(lambda: daemon.json("alert", "list")["given_up"] == 2)
    assert "alert-lost" in [e["what"] for e in daemon.json("journal")["entries"]]
    figures = {f["name"]: f for f in daemon.json("status")["figures"]} if isinstance(
        daemon.json("status")["figures"], list) else daemon.json("status")["figures"]
    assert any("alerts_given_up" in name for name in figures)


def test_the_test(site):
    daemon, mail, web = site
    rows = daemon.json("alert", "test")["tests"]
    assert len(rows) == 12 and {row["result"] for row in rows} == {"delivered"}
    assert len(mail.mails) == 6 and len(web.hooks) == 6
    web.status = 500
    run = daemon.run("alert", "test", "--to", "slack")
    assert run.returncode == 1 and "webhook slack, critical: failed" in run.stdout
    run = daemon.run("alert", "test", "--to", "nobody")
    assert run.returncode == 1 and "no such way" in run.stderr
    assert daemon.waiting() == 0


def test_templates_with_a_mistake(site):
    daemon, mail, _ = site
    path = daemon.folder / "templates" / "en.txt"
    path.write_text("[incident-locked]\nsubject: mine, {acount}\n")
    run = daemon.run("reload")
    assert run.returncode == 1 and f'{path}:2: "acount" is nothing that can be filled in' in run.stdout + run.stderr
    assert f"{path}:2" in daemon.run("check-config").stderr
    path.write_text("[incident-locked]\nsubject: mine, {account}\n\n  {account}\n")
    assert daemon.run("reload").returncode == 0
    daemon.lock(ALICE)
    [first] = wait(lambda: to(mail, "postmaster@example.test"))
    assert first["Subject"] == f"mine, {ALICE}"


def test_names_of_strangers_are_harmless(site):
    daemon, mail, web = site
    daemon.lock(HOSTILE.replace("\u202e", "") + "@example.test")
    [first] = wait(lambda: to(mail, "postmaster@example.test"))
    wait(lambda: len(web.hooks) == 2)
    assert "http://" not in first["Subject"] + first.get_content()
    [slack] = [hook["text"] for path, hook, _ in web.hooks if path == "/slack"]
    assert slack.startswith("```\n") and slack.endswith("```") and slack.count("`") == 6
    assert "<!" not in slack and "@everyone" not in slack and "&lt;!channel&gt;" in slack
