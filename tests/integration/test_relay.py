"""The emergency relay with a real Postfix and a relay that wants TLS and a login: prepared, tested, switched, kept
apart from suspicious accounts, on while mailfuse is dead, and taken back."""
import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import name_servers
import relay_server

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "samples" / "demo"))

import mailsystem  # noqa: E402
import people  # noqa: E402
import processes  # noqa: E402
from daemon import Daemon  # noqa: E402
from programs import letter  # noqa: E402
from test_live_clock import Clock  # noqa: E402

COMPANY = people.company()
ALICE, BEN, CAROL, DAVE, EVE = COMPANY[:5]  # the last two become suspicious
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
        self.write_settings()
        self.tag = 0

    def write_settings(self):
        """Lock files stand only where nobody else may put them in their place."""
        self.daemon.prepare()
        shutil.chown(self.daemon.dir / "state", "root")
        (self.daemon.dir / "state").chmod(0o1777)

    def section(self, **more):
        values = {"host": self.host, "credentials": self.credentials, "ca-file": self.ca, **more}
        return "relay { " + " ".join(f'{key} = "{value}"' for key, value in values.items()) + " }\n" \
            'dnsbl { every = "never" }\n'

    def postfix(self, *words):
        return subprocess.run([words[0], "-c", self.mail.postfix_config, *words[1:]], check=True, capture_output=True,
                              text=True, timeout=60, env=self.mail.environment()).stdout

    def submit(self, person, sender=None, to=None):
        """A message with a login, to somebody else each time: Postfix keeps its last answer for half a minute."""
        self.tag += 1
        to = to or f"friend{self.tag}@acorn-timber.test"
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
    site.switched(BEN, "relay")
    [last] = [one for one in site.relay.messages if one["subject"] == f"number {site.tag}"]
    assert (last["login"], last["sender"]) == (relay_server.LOGIN, BEN.login)
    assert "postfix/mailfuse-relay/smtp" in site.mail.mail_log.read_text()
    # mail for people here does not leave the house
    with site.mail.programs().smtp(BEN.login, BEN.password, BEN.places[0]) as session:
        session.sendmail(BEN.login, [ALICE.login], letter(BEN.login, [ALICE.login], "inside", "<inside@example.test>"))
    processes.wait_until(lambda: list((site.mail.dir / "mail").rglob("new/*")), 20, "nothing came in")
    assert "inside" not in site.relay.subjects()
    status = site.status()
    assert (status["on"], status["only"], status["by_hand"], status["reason"]) == (True, "all", True, "listed at Example")
    assert [row["state"] for row in site.daemon.ctl("status")["attachments"] if row["name"] == "relay"] == ["on"]
    assert asked(site, "anybody@example.test") == f"mailfuse-relay:{site.host}"


def test_on_while_mailfuse_is_dead_and_after_a_restart(site):
    site.daemon.kill()
    assert site.way(site.submit(CAROL)) == "relay"
    site.daemon.start()
    assert site.status()["on"] is True
    assert site.way(site.submit(CAROL)) == "relay"
    assert site.daemon.run("relay", "emergency", "off").returncode == 0
    site.switched(CAROL, "direct")
    site.daemon.kill()
    assert site.way(site.submit(ALICE)) == "direct"
    site.daemon.start()


def asked(site, sender):
    """What the socketmap says of a sender."""
    return subprocess.run(["postmap", "-c", site.mail.postfix_config, "-q", sender,
                           f"socketmap:unix:{site.folder}/socketmap:relay"], capture_output=True, text=True, timeout=60,
                          check=False).stdout.strip()


def suspicious(site, person):
    """Let it write to people who do not exist, until it is watched."""
    for number in range(10):
        if asked(site, person.login) == "DUNNO":
            return
        site.submit(person, to=f"nobody.{site.tag}@{person.login.split('@')[0]}.test")
        time.sleep(1)  # until the log tells
    raise AssertionError("it is not watched")


def test_clean_ones_are_kept_apart(site):
    assert site.daemon.run("relay", "emergency", "on", "--only", "clean").returncode == 0
    site.switched(ALICE, "relay")
    suspicious(site, DAVE)
    # What it submits waits until Postfix knows its senders, its own and one that nobody has; the others go on.
    own, borrowed = site.submit(DAVE), site.submit(DAVE, sender="offers@example.test")
    assert site.way(site.submit(BEN)) == "relay"
    assert {DAVE.login, "offers@example.test"} <= set(site.on_hold()) and site.status()["held"] >= 2
    site.daemon.kill()  # nothing of it is lost
    site.daemon.start()
    assert (site.way(own, 120), site.way(borrowed, 120)) == ("direct", "direct")
    processes.wait_until(lambda: site.status()["held"] == 0, 20, "something waits")
    assert site.way(site.submit(DAVE)) == "direct" and site.on_hold() == []
    assert site.way(site.submit(BEN)) == "relay"
    assert (asked(site, DAVE.login), asked(site, BEN.login)) == ("DUNNO", f"mailfuse-relay:{site.host}")


def test_held_instead(site):
    site.daemon.more = site.section(suspicious="hold")
    site.write_settings()
    assert site.daemon.run("reload").returncode == 0
    assert site.daemon.run("relay", "emergency", "on", "--only", "clean").returncode == 0
    site.switched(BEN, "relay")
    suspicious(site, DAVE)
    waits = site.submit(DAVE)
    assert DAVE.login in site.on_hold()
    assert site.way(site.submit(BEN)) == "relay" and DAVE.login in site.on_hold()
    assert site.daemon.run("relay", "emergency", "off").returncode == 0
    processes.wait_until(lambda: site.status()["held"] == 0, 40, "it waits though nothing is kept apart any more")
    if DAVE.login in site.on_hold():  # the engine has held the account meanwhile
        assert site.daemon.run("unlock", DAVE.login).returncode == 0
        site.daemon.run("release", DAVE.login)
    assert site.way(waits, 40) in ("direct", "relay")
    site.switched(BEN, "direct")


def started_again(site, full):
    site.daemon.kill()
    site.daemon.start()
    processes.wait_until(lambda: site.daemon.ctl("queue")["spool"]["full"] == full, 10, f"the disk full: {full}")


def without_room(site):
    """What may not take the relay is put off; the disk seems full where Postfix takes so large a message."""
    free, on_hold = shutil.disk_usage(site.folder).free, site.on_hold()
    site.postfix("postconf", "-e", f"message_size_limit = {free // 2}")
    started_again(site, True)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        site.submit(EVE)
    code, words = next(iter(refused.value.recipients.values()))
    assert code == 452 and words.startswith(b"4.3.1 <"), words
    assert site.way(site.submit(BEN)) == "relay" and site.on_hold() == on_hold
    site.postfix("postconf", "-X", "message_size_limit")
    started_again(site, False)


def test_who_is_held_keeps_it(site):
    """What waited for its way belongs to the incident, once there is one."""
    assert site.daemon.run("relay", "emergency", "on", "--only", "clean").returncode == 0
    site.switched(BEN, "relay")
    suspicious(site, EVE)
    site.submit(EVE)
    assert EVE.login in site.on_hold()
    without_room(site)
    assert site.daemon.run("hold", EVE.login).returncode == 0
    processes.wait_until(lambda: site.status()["held"] == 0, 20, "it was not handed over")
    assert EVE.login in site.on_hold()
    processes.wait_until(lambda: site.daemon.ctl("status")["queue"]["messages"] > 0, 20, "nobody has it")
    assert site.daemon.run("unlock", EVE.login).returncode == 0
    assert site.daemon.run("release", EVE.login).returncode == 0
    processes.wait_until(lambda: EVE.login not in site.on_hold(), 20, "it is still held")
    assert site.daemon.run("relay", "emergency", "off").returncode == 0


def lost_login(site):
    site.credentials.write_text(f"{site.host} {relay_server.LOGIN}:wrong\n")


def open_file(site):
    site.credentials.chmod(0o644)


def no_line(site):
    site.credentials.write_text("[other.test]:587 a:b\n")


def says(**refuse):
    return lambda site: site.relay.refuse.update(refuse)


def has(name, value):
    return lambda site: setattr(site.relay, name, value)


# What is wrong, and what is said of it.
WRONG = [
    (lost_login, {}, "the login is refused: 535 5.7.8 Authentication credentials invalid"),
    (open_file, {}, "others can read the password: chmod 600"),
    (no_line, {}, "has no line for the relay; write"),
    (has("starttls", False), {}, "the relay offers no STARTTLS"),
    (has("auth", ""), {}, "the relay offers no login"),
    (has("auth", "CRAM-MD5"), {}, "the relay offers neither PLAIN nor LOGIN"),
    (says(MAIL="553 5.7.1 not your domain"), {}, "mail from us is refused: 553 5.7.1 not your domain"),
    (says(RCPT="550-5.7.1 first\r\n550 5.7.1 second \x1b[2J"), {},
     "the recipient is refused: 550-5.7.1 first 550 5.7.1 second ?[2J"),
    (says(EHLO="502 what?"), {}, "EHLO is refused: 502 what?"),
    (has("greeting", "554 go away"), {}, "the relay does not greet: 554 go away"),
    (has("greeting", "hello" * 5000), {}, "the relay does not greet"),
    (None, {"host": "[127.0.0.1]:1", "credentials": ""}, "no connection to 127.0.0.1, port 1: Connection refused"),
    (None, {"host": "[nowhere.invalid]:587", "credentials": ""}, "the name nowhere.invalid leads nowhere"),
    (None, {"ca-file": "/etc/ssl/certs/ca-certificates.crt"}, "the certificate is not accepted: "),
    (None, {"host": "[127.0.0.1]:%(port)s", "credentials": ""}, "the certificate is not accepted: "),
    (None, {"host": ""}, "there is no relay { host }"),
]


@pytest.mark.parametrize("breaks, settings, said", WRONG, ids=[row[2][:40] for row in WRONG])
def test_what_fails_is_said(site, breaks, settings, said):
    relay, credentials = site.relay, site.credentials.read_text()
    before = {name: getattr(relay, name) for name in ("starttls", "auth", "greeting")}
    path = site.folder / "wrong.conf"
    text = site.section(**{key: value % {"port": relay.port} for key, value in settings.items()})
    path.write_text(site.daemon.config.read_text().split("relay {")[0] + text.replace('host = ""', ""))
    try:
        if breaks is not None:
            breaks(site)
        done = subprocess.run([site.daemon.program, "relay", "test", "-c", path], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and said in done.stderr, done.stdout + done.stderr
        assert "\x1b" not in done.stderr and relay_server.PASSWORD not in done.stdout + done.stderr
        assert site.status()["tested"]["counts"] is False
        refused = site.daemon.run("relay", "emergency", "on")
        assert refused.returncode == 1 and "the last test of the relay failed" in refused.stderr
    finally:
        relay.__dict__.update(before)
        relay.refuse = {}
        site.credentials.write_text(credentials)
        site.credentials.chmod(0o600)


@pytest.mark.parametrize("auth", ["LOGIN", "PLAIN"])
def test_each_login_works(site, auth):
    site.relay.auth = auth
    done = site.daemon.run("relay", "test")
    assert done.returncode == 0, done.stderr


LISTED = "203.0.113.5"
WITH, WITHOUT = ":127.0.0.2:Listed\n127.0.0.2\n203.0.113.0/24\n", ":127.0.0.2:Listed\n127.0.0.2\n"


def settings_with_lists(site, port, **more):
    """One list of our own is asked, and none of those that come with the program."""
    lists = site.folder / "lists"
    name_servers.only_these_lists(
        lists, "list good.test\n name Good list\n asks ip4\n gravity grave\n code 127.0.0.2 a spam source\n")
    site.daemon.more = site.section(**{"automatic": "yes", "back-after": "1h", **more}).split("dnsbl")[0] + \
        f'dnsbl {{ lists = "{lists}" resolvers = {{"127.0.0.1@{port}"}} addresses = {{"{LISTED}"}} }}\n'
    site.write_settings()


def zone(dns, text):
    """Other contents, which rbldnsd sees within two seconds."""
    path = dns / "zone0"
    path.write_text(name_servers.SOA.format("good.test") + text)
    os.utime(path, (time.time() + 5, time.time() + 5))


def let_time_pass(site, seconds):
    """A restart that much later, as far as mailfuse can tell."""
    clock = Clock(site.folder)
    clock.set(seconds)
    assert site.daemon.stop() == 0
    site.daemon.env = {**os.environ, **clock.env}
    site.daemon.start()


def test_by_itself_while_a_grave_list_has_us(site):
    with name_servers.servers([("good.test", "ip4set", WITH)]) as (port, dns):
        settings_with_lists(site, port)
        assert site.daemon.run("relay", "test").returncode == 0
        assert site.daemon.run("reload").returncode == 0
        on = processes.wait_until(lambda: site.status()["on"] and site.status(), 60, "it is not switched on")
        assert (on["by"], on["by_hand"], on["reason"], on["listed"], on["back"]) == \
            ("mailfuse", False, f"{LISTED} is listed by Good list", 1, None)
        site.switched(ALICE, "relay")

        zone(dns, WITHOUT)

        looks = []

        def clean():
            [last] = [row["last"] for row in site.daemon.ctl("status")["attachments"] if row["name"] == "dnsbl"]
            if last not in looks:  # look again at once, when a look has ended
                looks.append(last)
                site.daemon.run("reload")
            return site.status()["back"]
        assert processes.wait_until(clean, 60, "the listing does not end")
        assert site.status()["on"] is True  # for an hour yet
        let_time_pass(site, 7200)
        off = processes.wait_until(lambda: not site.status()["on"] and site.status(), 60, "it is not switched back")
        assert (off["by"], off["reason"]) == ("mailfuse", "no grave list has us any more")
        site.daemon.env = None
        site.switched(ALICE, "direct")
        told = [entry["what"] for entry in site.daemon.ctl("journal")["entries"] if entry["who"] == "mailfuse"]
        assert [what for what in told if what.startswith("relay")] == ["relay on", "relay off"]


def test_taken_back(site):
    assert "Taken back" in site.daemon.run("setup", "relay", "--undo").stdout
    assert {path: path.read_bytes() for path in site.before} == site.before
