"""What Postfix and Dovecot hear at the doors of a running daemon: who guesses passwords, and mail that is under way."""
import json
import os
import socket
import sqlite3
import struct
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from test_control_daemon import free_port

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "samples" / "demo"))

from daemon import Daemon  # noqa: E402

ALICE, BOB = "alice@example.test", "bob@example.test"
REFUSED = -1
GUESSING = 'bruteforce { refuse = "1d"\n memory = "1d"\n tarpit = "0s" }\n'


class Doors:
    """A daemon that acts, without mail servers."""

    def __init__(self, mailfuse, folder, more):
        self.policy_port, self.auth_port = free_port(), free_port()
        self.daemon = Daemon(mailfuse, folder, {
            "policy_listen": [f"inet:127.0.0.1:{self.policy_port}"],
            "auth_policy_listen": [f"inet:127.0.0.1:{self.auth_port}"], "logs": [], "snapshot_seconds": 1,
            "postfix_lock_map": "", "postfix_config_directory": folder / "postfix", "dovecot_deny_file": ""}, more)
        self.daemon.prepare()
        self.daemon.start()

    def auth(self, command, login, pwhash, remote="203.0.113.9", **more):
        body = {"login": login, "remote": remote, "pwhash": pwhash, "protocol": "smtp", "policy_reject": False, **more}
        with urllib.request.urlopen(f"http://127.0.0.1:{self.auth_port}/?command={command}",
                                    json.dumps(body).encode(), timeout=10) as reply:
            return json.loads(reply.read())["status"]

    def allow(self, *words, **more):
        return self.auth("allow", *words, **more)

    def fail(self, *words, **more):
        self.auth("report", *words, success=False, **more)

    def log_in(self, *words, **more):
        """The status that Dovecot hears; then it reports that the password was right."""
        status = self.allow(*words, **more)
        self.auth("report", *words, **{**more, "success": status >= 0, "policy_reject": status < 0})
        return status


@pytest.fixture
def doors(mailfuse, request):
    """The daemon with the settings that the test is given."""
    if os.geteuid() != 0:
        pytest.skip("only root can act")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        doors = Doors(mailfuse, Path(folder) / "mailfuse", request.param)
        try:
            yield doors
        finally:
            doors.daemon.stop()


def with_settings(text):
    return pytest.mark.parametrize("doors", [text], indirect=True, ids=["settings"])


@with_settings(GUESSING)
def test_guessing_is_seen_however_passwords_are_told(doors):
    long = [f"{n:064x}" for n in range(4)]
    for one in long[:3]:
        assert doors.allow(ALICE, one, remote="203.0.113.1") == 0
        doors.fail(ALICE, one, remote="203.0.113.1")
    assert doors.allow(ALICE, long[3], remote="203.0.113.1") == REFUSED
    for n in range(4):  # the same for each password: the first, second and fourth count
        assert doors.allow(ALICE, "0777", remote="203.0.113.2", mech="CRAM-MD5") == 0
        doors.fail(ALICE, "0777", remote="203.0.113.2", mech="CRAM-MD5")
    assert doors.allow(ALICE, "0777", remote="203.0.113.2", mech="CRAM-MD5") == REFUSED


@with_settings(GUESSING)
def test_show_tells_who_is_guessed_at(doors):
    doors.daemon.ctl("lock", ALICE, "--reason", "so that something is known of it")
    doors.daemon.ctl("unlock", ALICE, "--force")
    assert doors.daemon.ctl("show", ALICE)["brute_force"] == ""
    for n in range(3):
        doors.fail(ALICE, f"0{n}", remote="203.0.113.1")
    here = doors.daemon.ctl("show", ALICE)["brute_force"]
    for n in range(12):
        doors.fail(ALICE, f"1{n}", remote=f"198.51.{n}.1")
    everywhere = doors.daemon.ctl("show", ALICE)["brute_force"]
    assert everywhere.startswith("strangers' logins are refused until 2"), everywhere
    assert f" wrong passwords for {ALICE} from networks that it does not use" in everywhere
    assert here == ""  # the address is refused, for all accounts


@with_settings(GUESSING)
def test_an_unlocked_account_waits_for_a_password_that_is_told(doors):
    assert doors.log_in(ALICE, "00a1", mech="PLAIN") == 0  # not known yet: nothing is remembered
    doors.daemon.ctl("lock", ALICE, "--reason", "t")
    doors.daemon.ctl("unlock", ALICE, "--force")
    assert doors.log_in(ALICE, "00a1", mech="PLAIN") == 0
    doors.daemon.ctl("lock", ALICE, "--reason", "t")
    doors.daemon.ctl("unlock", ALICE)
    assert doors.log_in(ALICE, "00a1", mech="PLAIN") == REFUSED
    assert doors.log_in(ALICE, "0777", mech="CRAM-MD5") == REFUSED
    assert doors.log_in(ALICE, "", mech="PLAIN") == REFUSED
    assert doors.log_in(ALICE, "00a1", mech="PLAIN") == REFUSED
    assert doors.log_in(ALICE, "00b2", mech="PLAIN") == 0
    assert doors.log_in(ALICE, "0777", mech="CRAM-MD5") == 0


def refused_until(doors):
    """What is kept of guessing: when each refusal ends (src/detect/bruteforce_state.c), in milliseconds."""
    with sqlite3.connect(doors.daemon.dir / "state" / "pictures.db") as kept:
        rest = kept.execute("select value from items where key = cast('logins' as blob)").fetchone()[0]
    rest, found = rest[len("mailfuse guessing\n") + 16:], []
    for _ in range(4):
        n, = struct.unpack_from("<Q", rest)
        rows = [struct.unpack_from("<9Q", rest, 8 + 72 * row) for row in range(n)]
        found += [row[5] for row in rows if row[5] > 0]
        rest = rest[8 + 72 * n:]
    return sorted(found)


@with_settings(GUESSING)
def test_a_restart_does_not_shorten_a_refusal(doors):
    for n in range(3):
        doors.fail(ALICE, f"{n:04x}")
    doors.daemon.stop()
    until = refused_until(doors)
    assert until[-1] > (time.time() + 23 * 3600) * 1000
    doors.daemon.start()
    doors.daemon.stop()
    assert refused_until(doors) == until


@with_settings(GUESSING)
def test_a_crash_forgets_no_failures(doors):
    time.sleep(4)  # what was saved at the start would not be saved again for a minute
    for n in range(3):
        doors.fail(ALICE, f"{n:04x}", remote="203.0.113.1")
    for n in range(2):
        doors.fail(BOB, f"{n:04x}", remote="203.0.113.2")
    time.sleep(4)
    doors.daemon.kill()
    doors.daemon.start()
    assert doors.allow(ALICE, "0009", remote="203.0.113.1") == REFUSED
    assert doors.allow(BOB, "0009", remote="203.0.113.2") == 0
    doors.fail(BOB, "0009", remote="203.0.113.2")
    assert doors.allow(BOB, "000a", remote="203.0.113.2") == REFUSED


class Session:
    """A connection of Postfix's that asks about recipients."""

    def __init__(self, doors):
        self.socket = socket.create_connection(("127.0.0.1", doors.policy_port), 10)
        self.file = self.socket.makefile("rb")

    def ask(self, user, recipient, instance, **more):
        """The first word of the answer: DUNNO, or a code."""
        request = {"request": "smtpd_access_policy", "protocol_state": "RCPT", "client_address": "192.0.2.60",
                   "sender": user, "recipient": recipient, "instance": instance, "sasl_method": "PLAIN" if user else "",
                   "sasl_username": user, **more}
        self.socket.sendall("".join(f"{name}={value}\n" for name, value in request.items()).encode() + b"\n")
        answer = self.file.readline().decode()
        assert self.file.readline() == b"\n"
        return answer.removeprefix("action=").split()[0]


def known(doors, *accounts):
    """They have sent a message today."""
    for n, one in enumerate(accounts):
        session = Session(doors)
        assert session.ask(one, "x@d.test", f"0.{n}") == "DUNNO"
        assert session.ask(one, "", f"0.{n}", protocol_state="END-OF-MESSAGE", recipient_count=1, queue_id=f"A{n}",
                           size=1000) == "DUNNO"


LIMITS = "limits { recipients-per-day = 6\n messages-per-day = 3\n at-limit = defer }\n"


@with_settings(LIMITS)
def test_limits_count_what_is_under_way(doors):
    known(doors, ALICE, BOB)
    session = Session(doors)
    answers = [session.ask(ALICE, f"r{n}@d.test", "1") for n in range(8)]
    assert answers == 5 * ["DUNNO"] + 3 * ["450"]
    assert session.ask(ALICE, "r7@d.test", "1") == "450"  # asked again
    sessions = [Session(doors) for _ in range(5)]
    answers = [session.ask(BOB, "x@d.test", f"2.{n}") for n, session in enumerate(sessions)]
    assert answers == 2 * ["DUNNO"] + 3 * ["450"]
    assert sessions[0].ask(BOB, "y@d.test", "2.0") == "DUNNO"  # no other message


@with_settings(LIMITS)
def test_a_limit_holds_from_the_first_message_on(doors):
    session = Session(doors)
    assert [session.ask(ALICE, f"r{n}@d.test", "1") for n in range(20)] == 6 * ["DUNNO"] + 14 * ["450"]


@with_settings(LIMITS)
def test_mail_without_login_ends_what_was_begun_before(doors):
    known(doors, ALICE)
    session, other = Session(doors), Session(doors)
    assert [session.ask(ALICE, f"r{n}@d.test", "1") for n in range(5)] == 5 * ["DUNNO"]
    assert other.ask(ALICE, "x@d.test", "2") == "450"
    assert session.ask("", ALICE, "3", client_address="198.51.100.3") == "DUNNO"
    assert [other.ask(ALICE, f"x{n}@d.test", "2") for n in range(5)] == 5 * ["DUNNO"]


@with_settings("")
def test_a_message_that_is_asked_about_again_counts_once(doors):
    end = {"protocol_state": "END-OF-MESSAGE", "recipient_count": 2, "size": 1000}
    first, second = Session(doors), Session(doors)
    assert [one.ask(ALICE, "", "1", queue_id="A1", **end) for one in (first, second)] == 2 * ["DUNNO"]
    assert doors.daemon.ctl("show", ALICE)["today"]["recipients"] == 2
    doors.daemon.ctl("hold", ALICE, "--reason", "t")
    assert [one.ask(ALICE, "", "2", queue_id="A2", **end) for one in (first, second)] == 2 * ["HOLD"]
    assert doors.daemon.ctl("show", ALICE)["held"] == {"messages": 1, "recipients": 2}
