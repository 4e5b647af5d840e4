"""The emergency relay with a real Postfix and a relay that wants TLS and a login: prepared, tested, switched, kept
apart from suspicious accounts, on while mailfuse is dead, and taken back."""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import relay_server

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "samples" / "demo"))

import mailsystem  # noqa: E402
import people  # noqa: E402
import processes  # noqa: E402
from daemon import Daemon  # noqa: E402
from programs import letter  # noqa: E402

COMPANY = people.company()
ALICE, BEA, CARL = (one for one in COMPANY[:3])
PASSWORDS = {one.login: one.password for one in COMPANY}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Postfix has to be started as root")


class Site:
    """A mail system, a relay, and a daemon between them."""

    def __init__(self, program, folder):
        self.folder, self.mail = folder, mailsystem.MailSystem(folder / "m")
        (folder / "m").mkdir()
        (folder / "tls").mkdir()
        self.ca, chain = relay_server.certificate(folder / "tls")
        self.relay = relay_server.Relay(chain)
        self.mail.prepare()
        with open(self.mail.postfix_config / "main.cf", "a") as file:
            file.write("smtp_host_lookup = native\nminimal_backoff_time = 300s\n")
        self.mail.start()
        self.host = f"[localhost]:{self.relay.port}"
        self.credentials = folder / "credentials"
        self.credentials.write_text(f"# the emergency relay\n{self.host}  {relay_server.LOGIN}:{relay_server.PASSWORD}\n")
        self.credentials.chmod(0o600)
        self.daemon = Daemon(program, folder / "d", {
            "logs": [self.mail.mail_log], "policy_listen": f"inet:127.0.0.1:{self.mail.port('policy')}",
            "auth_policy_listen": (), "socketmap_listen": f"unix:{folder}/socketmap", "dovecot_config": "",
            "dovecot_deny_file": "", "postfix_config_directory": self.mail.postfix_config,
            "postfix_lock_map": f"hash:{folder}/d/state/locked"}, self.section())
        self.daemon.prepare()
        shutil.chown(self.daemon.dir / "state", "root")
        (self.daemon.dir / "state").chmod(0o1777)
        self.tag = 0

    def section(self, **more):
        values = {"host": self.host, "credentials": self.credentials, "ca-file": self.ca, **more}
        return "relay { " + " ".join(f'{key} = "{value}"' for key, value in values.items()) + " }\n" \
            'dnsbl { every = "never" }\n'

    def postfix(self, *words):
        return subprocess.run([words[0], "-c", self.mail.postfix_config, *words[1:]], check=True, capture_output=True,
                              text=True, timeout=60, env=self.mail.environment()).stdout

    def submit(self, person, sender=None, to="friend@acorn-timber.test"):
        """A message with a login; its subject."""
        self.tag += 1
        subject = f"number {self.tag}"
        with self.mail.programs().smtp(person.login, PASSWORDS[person.login], person.places[0]) as session:
            session.sendmail(sender or person.login, [to], letter(person.login, [to], subject,
                                                                  people.message_id(person.program, people.random)))
        return subject

    def way(self, subject, seconds=30):
        """Where a message came out."""
        def found():
            if subject in self.relay.subjects():
                return "relay"
            if subject in [one["subject"] for one in self.mail.arrived()]:
                return "direct"
            return None
        return processes.wait_until(found, seconds, f"{subject} came nowhere: {self.mail.queue()}")

    def switched(self, person, want, seconds=30):
        """Postfix sees a map of another time within ten seconds: try until it does."""
        end = time.monotonic() + seconds
        while self.way(self.submit(person)) != want:
            assert time.monotonic() < end, f"mail does not leave by {want}"

    def status(self):
        return self.daemon.ctl("relay", "emergency", "status")

    def on_hold(self):
        return [one["sender"] for one in self.mail.queue() if one["queue_name"] == "hold"]


@pytest.fixture(scope="module")
def site(mailfuse):
    for program in ("postfix", "dovecot", "openssl"):
        if not shutil.which(program, path="/usr/sbin:/usr/bin"):
            pytest.skip(f"{program} is not installed: scripts/setup demo")
    folder = Path(tempfile.mkdtemp(prefix="mailfuse-relay-"))
    folder.chmod(0o755)
    one = None
    try:
        one = Site(mailfuse, folder)
        yield one
    finally:
        if one is not None:
            one.daemon.stop()
            one.mail.stop()
            one.relay.__exit__()
        if "MAILFUSE_KEEP" not in os.environ:
            shutil.rmtree(folder)


def test_prepared(site):
    config = site.mail.postfix_config
    before = (config / "main.cf").read_bytes(), (config / "master.cf").read_bytes()
    shown = site.daemon.run("setup", "relay").stdout
    assert "mailfuse-relay unix - - n - 20 smtp" in shown and "pipemap:{static:*,hash:" in shown
    assert relay_server.PASSWORD not in shown
    assert ((config / "main.cf").read_bytes(), (config / "master.cf").read_bytes()) == before
    done = site.daemon.run("setup", "postfix", "--apply")
    assert done.returncode == 0, done.stderr
    site.before = {path: path.read_bytes() for path in (config / "main.cf", config / "master.cf")}
    done = site.daemon.run("setup", "relay", "--apply")
    assert done.returncode == 0 and "Done; copies" in done.stdout, done.stdout + done.stderr
    assert "nothing to do" in site.daemon.run("setup", "relay").stdout
    site.postfix("postfix", "reload")
    assert site.way(site.submit(ALICE)) == "direct"
    site.daemon.start()


def test_not_before_it_was_tested(site):
    refused = site.daemon.run("relay", "emergency", "on")
    assert refused.returncode == 1 and "never tested" in refused.stderr
    good = site.daemon.run("relay", "test", "--to", "me@far.test")
    assert (good.returncode, good.stderr) == (0, ""), good.stdout + good.stderr
    assert good.stdout == f"{site.host} takes our mail: the certificate is good, the login works, from " \
                          "postmaster@example.test to me@far.test.\n"
    assert site.relay.messages == []  # no message without --send
    assert site.status()["tested"]["counts"] is True
    assert site.daemon.run("relay", "test", "--send").returncode == 0
    assert site.relay.subjects() == ["mailfuse: the emergency relay works"]


def test_on_and_off(site):
    done = site.daemon.run("relay", "emergency", "on", "--reason", "listed at Example")
    assert done.returncode == 0 and "all mail leaves by" in done.stdout, done.stdout + done.stderr
    site.switched(BEA, "relay")
    [last] = [one for one in site.relay.messages if one["subject"] == f"number {site.tag}"]
    assert (last["login"], last["sender"]) == (relay_server.LOGIN, BEA.login)
    assert "postfix/mailfuse-relay/smtp" in site.mail.mail_log.read_text()
    # mail for people here does not leave the house
    with site.mail.programs().smtp(BEA.login, BEA.password, BEA.places[0]) as session:
        session.sendmail(BEA.login, [ALICE.login], letter(BEA.login, [ALICE.login], "inside", "<inside@example.test>"))
    processes.wait_until(lambda: list((site.mail.dir / "mail").rglob("new/*")), 20, "nothing came in")
    assert "inside" not in site.relay.subjects()
    status = site.status()
    assert (status["on"], status["only"], status["by_hand"], status["reason"]) == (True, "all", True, "listed at Example")
    assert [row["state"] for row in site.daemon.ctl("status")["attachments"] if row["name"] == "relay"] == ["on"]
    asked = site.postfix("postmap", "-q", "anybody@example.test", f"socketmap:unix:{site.folder}/socketmap:relay")
    assert asked.strip() == f"mailfuse-relay:{site.host}"


def test_on_while_mailfuse_is_dead_and_after_a_restart(site):
    site.daemon.kill()
    assert site.way(site.submit(CARL)) == "relay"
    site.daemon.start()
    assert site.status()["on"] is True
    assert site.way(site.submit(CARL)) == "relay"
    assert site.daemon.run("relay", "emergency", "off").returncode == 0
    site.switched(CARL, "direct")
    site.daemon.kill()
    assert site.way(site.submit(ALICE)) == "direct"
    site.daemon.start()


def test_taken_back(site):
    assert "Taken back" in site.daemon.run("setup", "relay", "--undo").stdout
    assert {path: path.read_bytes() for path in site.before} == site.before
