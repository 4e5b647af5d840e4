"""`mailfuse feedback`: complaints of providers, from their bytes to the account, its evidence and the journal."""
import datetime
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import written_log
from test_control_daemon import Daemon

ALICE, BOB = "alice@example.test", "bob@example.test"
OWN, STRANGE = "192.0.2.25", "198.51.100.200"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def report(queue_id=None, message_id=None, source=OWN, recipient=None, kind="abuse", note=""):
    """A report of a provider about a message of ours; `note` tells two apart."""
    fields = [f"Feedback-Type: {kind}", "User-Agent: Provider/1.0", "Version: 1"]
    fields += [f"Source-IP: {source}"] if source else []
    fields += [f"Original-Rcpt-To: <{recipient}>"] if recipient else []
    header = [f"Received: from mail.example.test (mail.example.test [{source or OWN}])\n"
              "\tby mx.provider.example (Postfix) with ESMTPS id 4ZZZZZZ\n\tfor <redacted>; now"] if source else []
    header += [f"Received: from [10.0.0.7] (pc.example.test [192.0.2.7])\n\tby mail.example.test (Postfix)"
               f" with ESMTPSA id {queue_id}; now"] if queue_id else []
    header += [f"Message-ID: <{message_id}>"] if message_id else []
    lines = ["From: <fbl@provider.example>", f"Subject: report {note}",
             'Content-Type: multipart/report; report-type=feedback-report; boundary="b"', "", "--b",
             "Content-Type: message/feedback-report", "", *fields, "", "--b", "Content-Type: message/rfc822", "",
             *header, "Subject: x", "", "text", "--b--", ""]
    return "\n".join(lines)


class FeedbackDaemon(Daemon):
    def __init__(self, mailfuse, folder):
        super().__init__(mailfuse, folder)
        self.messages = {}

    def restart(self):
        self.stop()
        self.log = open(self.folder / "run.log", "a")
        self.process = subprocess.Popen([self.mailfuse, "run", "-c", self.conf], stdout=self.log, stderr=self.log)
        self.wait_for(lambda reply: reply["ok"], "status")

    def feed(self, text, *words):
        return subprocess.run([self.mailfuse, "feedback", "-c", self.conf, *words], input=text.encode(),
                              capture_output=True)

    def told(self, text):
        run = self.feed(text, "--json")
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def complaints(self, account=None):
        words = ["--account", account] if account else []
        return [entry for entry in self.json("journal", *words)["entries"]
                if entry["what"] in ("complaint", "opt-out", "not-spam", "auth-fail")]


def write_log(daemon):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    log = written_log.Log()
    for n in range(20):
        for account, address in ((ALICE, "192.0.2.7"), (BOB, "192.0.2.99")):
            to = f"friend{n}-of-{account.split('@')[0]}@provider.example"
            queue_id = log.message(now - datetime.timedelta(seconds=600 - n), account, address,
                                   [(to, written_log.OK)])
            daemon.messages.setdefault(account, []).append((queue_id, f"{queue_id}@example.test", to))
    (daemon.folder / "mail.log").write_bytes(log.bytes())
    return daemon.messages[BOB][-1]


@pytest.fixture
def daemon(mailfuse):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        daemon = FeedbackDaemon(mailfuse, Path(folder))
        try:
            daemon.wait_for(lambda reply: reply["ok"], "status")
            with open(daemon.conf, "a") as conf:
                conf.write(f'own-addresses = {{ "{OWN}" }}\n')
            assert daemon.run("reload").returncode == 0
            write_log(daemon)
            daemon.wait_for(lambda reply: reply["last_hour"]["messages"] == 40, "status")
            yield daemon
        finally:
            daemon.stop()


def test_a_complaint_finds_its_account_and_counts(daemon):
    queue_id, message_id, to = daemon.messages[ALICE][3]
    reply = daemon.told(report(queue_id, message_id, recipient=to))
    assert (reply["account"], reply["found_by"], reply["counted"]) == (ALICE, "queue id", True)
    assert reply["words"] == f"abuse, about mail of {ALICE}; it counts"
    (entry,) = daemon.complaints(ALICE)
    assert entry["what"] == "complaint" and entry["who"] == "mailfuse" and entry["incident"] is None
    assert entry["detail"] == (f"abuse, message {queue_id} to {to}; told by <fbl@provider.example> with Provider/1.0; "
                               "found by queue id")
    assert daemon.complaints(BOB) == []


def test_one_complaint_is_ordinary_three_are_evidence(daemon):
    for n, (queue_id, message_id, _) in enumerate(daemon.messages[ALICE][:3]):
        assert daemon.told(report(queue_id, message_id))["counted"]
        evidence = [e for e in daemon.json("explain", ALICE)["evidence"] if e["signal"] == "complaints"]
        assert bool(evidence) == (n > 0)
    assert 2.5 < evidence[0]["weight"] <= 3 and "3 recipients within days who complained" in evidence[0]["words"]
    assert daemon.json("incidents")["incidents"] == []


def test_a_report_that_comes_twice_counts_once(daemon):
    queue_id, message_id, _ = daemon.messages[ALICE][0]
    assert daemon.told(report(queue_id, message_id))["counted"]
    again = daemon.told(report(queue_id, message_id))
    assert not again["counted"] and again["words"] == "this report was told of before"
    assert len(daemon.complaints()) == 1


def test_one_message_counts_thrice_at_most(daemon):
    queue_id, message_id, _ = daemon.messages[ALICE][0]
    counted = [daemon.told(report(queue_id, message_id, note=str(n)))["counted"] for n in range(6)]
    assert counted == [True, True, True, False, False, False]
    assert len(daemon.complaints(ALICE)) == 6


@pytest.mark.parametrize("change, why", [
    ({"source": STRANGE}, "it did not come from an address of ours"),
    ({"source": None, "queue_id": None}, "it does not prove to be about a message of ours"),
    ({"source": None, "message_id": None}, "it does not prove to be about a message of ours"),
    ({"queue_id": None, "message_id": None}, "only the recipient is known"),
])
def test_forged_reports_have_no_weight(daemon, change, why):
    queue_id, message_id, to = daemon.messages[ALICE][0]
    reply = daemon.told(report(**{"queue_id": queue_id, "message_id": message_id, "recipient": to, **change}))
    assert reply["account"] == ALICE and not reply["counted"]
    assert reply["words"] == f"abuse, about mail of {ALICE}, without weight: {why}"
    assert daemon.complaints(ALICE)[0]["detail"].endswith(f"; without weight: {why}")
    assert daemon.json("explain", ALICE)["evidence"] == [
        e for e in daemon.json("explain", ALICE)["evidence"] if e["signal"] != "complaints"]


def test_ids_of_two_accounts(daemon):
    reply = daemon.told(report(daemon.messages[ALICE][0][0], daemon.messages[BOB][0][1]))
    assert not reply["counted"] and "of different messages" in reply["words"]


@pytest.mark.parametrize("change, by", [({"queue_id": None}, "Message-ID"), ({"message_id": None}, "queue id"),
                                        ({"source": None}, "queue id")])
def test_redacted_reports_that_still_prove_it(daemon, change, by):
    queue_id, message_id, _ = daemon.messages[ALICE][0]
    reply = daemon.told(report(**{"queue_id": queue_id, "message_id": message_id, **change}))
    assert (reply["account"], reply["found_by"], reply["counted"]) == (ALICE, by, True)


def test_nobody_is_known(daemon):
    reply = daemon.told(report("4AbCdEf", "nothing@example.test", recipient="stranger@provider.example"))
    assert reply["account"] is None and "nothing is known of that message" in reply["words"]
    assert daemon.complaints()[0]["account"] is None


@pytest.mark.parametrize("kind, what", [("opt-out", "opt-out"), ("not-spam", "not-spam"),
                                        ("auth-failure", "auth-fail"), ("miscategorized", "complaint")])
def test_what_is_no_complaint_is_listed_without_weight(daemon, kind, what):
    queue_id, message_id, to = daemon.messages[ALICE][0]
    reply = daemon.told(report(queue_id, message_id, recipient=to, kind=kind))
    assert reply["account"] == ALICE and not reply["counted"]
    (entry,) = daemon.complaints(ALICE)
    assert entry["what"] == what and to in entry["detail"]


def test_the_list(daemon):
    kinds = ["abuse", "opt-out", "opt-out", "not-spam"]
    for n, kind in enumerate(kinds):
        queue_id, message_id, to = daemon.messages[ALICE if n < 3 else BOB][n]
        daemon.told(report(queue_id, message_id, recipient=to, kind=kind))
    assert [one["what"] for one in daemon.json("feedback", "--list")["entries"]] == [
        "complaint", "opt-out", "opt-out", "not-spam"]
    run = daemon.run("feedback", "--list", "--account", ALICE, "--limit", "2")
    assert run.returncode == 0 and run.stdout.count("opt-out ") == 2 and "complaint" not in run.stdout
    assert "friend1-of-alice@provider.example" in "".join(run.stdout.split()) and len(run.stdout.split("\n")) > 3
    assert "nothing of that" in daemon.run("feedback", "--list", "--account", "carol@example.test").stdout


def test_who_opted_out_of_what(daemon):
    """Of each account, the last first; unsubscribed and complained; the recipient, or else the message."""
    for n, kind in ((0, "opt-out"), (1, "abuse"), (2, "not-spam")):
        queue_id, message_id, to = daemon.messages[ALICE][n]
        daemon.told(report(queue_id, message_id, recipient=to, kind=kind))
    queue_id, message_id, to = daemon.messages[ALICE][0]
    daemon.told(report(queue_id, message_id, recipient=to.upper(), kind="opt-out-list", note="again"))
    daemon.told(report(*daemon.messages[BOB][3][:2], kind="opt-out"))
    daemon.told(report(*daemon.messages[BOB][4][:2], recipient="x@provider.example", source=STRANGE, kind="opt-out"))

    def rows(*words):
        reply = daemon.json("feedback", "--opt-outs", *words)
        assert reply["all"] >= len(reply["opt_outs"])
        return [(one["account"], one["recipient"], one["type"], one["times"]) for one in reply["opt_outs"]]

    of_alice = [(ALICE, to, "opt-out", 2), (ALICE, daemon.messages[ALICE][1][2], "abuse", 1)]
    of_bob = [(BOB, None, "opt-out", 1)]
    assert rows() == of_alice + of_bob
    assert rows("--account", BOB) == of_bob and rows("--limit", "1") == of_alice[:1]
    assert rows("--since", "1h") == of_alice + of_bob and rows("--since", "tomorrow") == []
    text = daemon.run("feedback", "--opt-outs").stdout
    assert to in text and f"message {daemon.messages[BOB][3][0]}" in text and text.count(ALICE) == 1
    assert "x@provider.example" not in text
    daemon.restart()
    assert rows() == of_alice + of_bob
    assert "Nobody has opted out" in daemon.run("feedback", "--opt-outs", "--account", "carol@example.test").stdout


def test_it_is_known_after_a_restart(daemon):
    queue_id, message_id, _ = daemon.messages[ALICE][0]
    assert daemon.told(report(queue_id, message_id))["counted"]
    daemon.restart()
    assert daemon.told(report(queue_id, message_id))["words"] == "this report was told of before"
    queue_id, message_id, _ = daemon.messages[BOB][0]
    reply = daemon.told(report(queue_id, message_id))
    assert (reply["account"], reply["counted"]) == (BOB, True)


def test_what_is_no_report(daemon):
    run = daemon.feed("From: a@x.example\nSubject: hello\n\ntext\n")
    assert run.returncode == 65 and run.stdout == b""
    assert run.stderr == (b"mailfuse feedback: standard input: this is no report: it has no part of type "
                          b"message/feedback-report\n")
    assert daemon.feed("").returncode == 65


def test_hostile_text_is_harmless(daemon):
    queue_id, message_id, _ = daemon.messages[ALICE][0]
    text = report(queue_id, message_id).replace("Provider/1.0", "A\x1b[2J\x07" + "\u202e" * 300)
    for words in (["--print"], []):
        run = daemon.feed(text, *words)
        assert run.returncode == 0 and b"\x1b" not in run.stdout and b"\x07" not in run.stdout
    assert daemon.feed(text.replace("<fbl@provider.example>", "\udcff" * 200).encode(
        "utf-8", "surrogateescape").decode("latin-1")).returncode == 0
    assert "\x1b" not in daemon.complaints()[0]["detail"]


def test_a_huge_report(daemon):
    queue_id, message_id, _ = daemon.messages[ALICE][0]
    text = report(queue_id, message_id).replace("text\n", "text of 70 characters\n" * 300000)
    assert daemon.told(text)["counted"]


def test_without_a_daemon_nothing_is_lost(mailfuse, tmp_path):
    run = subprocess.run([mailfuse, "feedback", "--socket", tmp_path / "none"], input=report("4AbC").encode(),
                         capture_output=True)
    assert run.returncode == 75
    assert subprocess.run([mailfuse, "feedback", "--prnt"], input=b"", capture_output=True).returncode == 75
    assert subprocess.run([mailfuse, "feedback", tmp_path / "none"], capture_output=True).returncode == 75


def make_maildir(folder):
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    return folder


def test_a_maildir(daemon, mailfuse, tmp_path):
    maildir = make_maildir(tmp_path / "fbl")
    for n, (queue_id, message_id, _) in enumerate(daemon.messages[ALICE][:3]):
        (maildir / "new" / f"100{n}.x.mail").write_text(report(queue_id, message_id))
    (maildir / "new" / "2000.x.mail").write_text("Subject: hello\n\n")
    away = subprocess.run([mailfuse, "feedback", "--socket", tmp_path / "none", maildir], capture_output=True)
    assert away.returncode == 75 and len(list((maildir / "new").iterdir())) == 4
    assert daemon.run("feedback", "--print", maildir).returncode == 65
    assert len(list((maildir / "new").iterdir())) == 4
    run = daemon.run("feedback", maildir)
    assert run.returncode == 65 and run.stdout.count("it counts") == 3
    assert sorted(path.name for path in (maildir / "cur").iterdir()) == [
        "1000.x.mail:2,S", "1001.x.mail:2,S", "1002.x.mail:2,S", "2000.x.mail:2,F"]
    assert list((maildir / "new").iterdir()) == []


class Watch:
    """`mailfuse feedback --watch`, ended by SIGKILL: it has nothing to put in order."""

    def __init__(self, daemon, *words, **user):
        self.log = open(daemon.folder / "watch.log", "ab")
        self.process = subprocess.Popen([daemon.mailfuse, "feedback", "-c", daemon.conf, "--watch", *words],
                                        stdout=self.log, stderr=self.log, **user)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()


def deliver(maildir, name, text):
    """As a delivery agent does."""
    (maildir / "tmp" / name).write_text(text)
    (maildir / "tmp" / name).rename(maildir / "new" / name)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def wait_until(what, is_so, seconds=20):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_maildirs_are_watched(daemon, tmp_path):
    one, two = make_maildir(tmp_path / "one"), make_maildir(tmp_path / "two")
    reports = [report(*daemon.messages[ALICE][n][:2]) for n in range(4)]
    deliver(one, "1.x.mail", reports[0])
    with Watch(daemon, one, two):
        wait_until("what was there before", lambda: names(one / "cur") == ["1.x.mail:2,S"])
        deliver(two, "2.x.mail", reports[1])
        wait_until("what arrives", lambda: names(two / "cur") == ["2.x.mail:2,S"])
        deliver(one, "3.x.mail", "Subject: hello\n\n")
        wait_until("what is no report", lambda: "3.x.mail:2,F" in names(one / "cur"))
        (one / "new" / "4.folder").mkdir()
        deliver(one, "5.x.mail", reports[2])
        wait_until("what comes after trouble", lambda: "5.x.mail:2,S" in names(one / "cur"))
        shutil.rmtree(two)
        make_maildir(two)
        deliver(two, "6.x.mail", reports[3])
        wait_until("a folder that was made anew", lambda: names(two / "cur") == ["6.x.mail:2,S"])
    assert len(daemon.complaints(ALICE)) == 4
    log = (daemon.folder / "watch.log").read_text()
    assert log.count("it counts") == 3 + 1 and "4.folder: this is no file" in log


def test_what_is_watched_waits_for_the_daemon_and_survives_a_kill(daemon, tmp_path):
    maildir = make_maildir(tmp_path / "fbl")
    daemon.stop()
    with Watch(daemon, "--delete", maildir):
        deliver(maildir, "1.x.mail", report(*daemon.messages[ALICE][0][:2]))
        wait_until("its complaint", lambda: "does not run" in (daemon.folder / "watch.log").read_text())
    assert names(maildir / "new") == ["1.x.mail"]
    daemon.restart()
    deliver(maildir, "2.x.mail", "Subject: hello\n\n")
    with Watch(daemon, "--delete", maildir):
        wait_until("an empty folder", lambda: names(maildir / "new") == [])
    assert names(maildir / "cur") == ["2.x.mail:2,F"] and len(daemon.complaints(ALICE)) == 1


def test_a_kill_between_told_and_moved_counts_once(daemon, tmp_path):
    maildir, text = make_maildir(tmp_path / "fbl"), report(*daemon.messages[ALICE][0][:2])
    assert daemon.told(text)["counted"]
    deliver(maildir, "1.x.mail", text)
    with Watch(daemon, maildir):
        wait_until("its end", lambda: names(maildir / "cur") == ["1.x.mail:2,S"])
    assert len(daemon.complaints(ALICE)) == 1


def test_watch_needs_a_folder(mailfuse):
    for words in ([], ["--print", "/tmp"], ["--list", "/tmp"]):
        run = subprocess.run([mailfuse, "feedback", "--watch", *words], capture_output=True, timeout=20)
        assert run.returncode == 75 and b"--watch is for Maildirs" in run.stderr


def test_print(mailfuse):
    run = subprocess.run([mailfuse, "feedback", "--print", "--json"], input=report("4AbC", "one@example.test").encode(),
                         capture_output=True)
    shown = json.loads(run.stdout)
    assert run.returncode == 0 and shown["type"] == "abuse" and shown["source"] == OWN
    assert shown["message"]["message_id"] == "one@example.test"
    assert shown["message"]["received"][1] == {"from": "192.0.2.7", "by": "mail.example.test", "id": "4AbC"}


def test_real_reports(mailfuse):
    files = sorted(DATA.glob("sisimai/*/arf-*.eml")) + sorted(DATA.glob("*/arf/*.eml"))
    if not files:
        pytest.skip(f"{DATA} is not there")
    run = subprocess.run([mailfuse, "feedback", "--print", *files], capture_output=True)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.count(b"\n  type ") == len(files) >= 13


def test_a_thousand_reports(daemon, tmp_path):
    maildir = make_maildir(tmp_path / "fbl")
    for n in range(1000):
        queue_id, message_id, to = daemon.messages[ALICE if n % 2 else BOB][n % 20]
        (maildir / "new" / f"{n}.x.mail").write_text(report(queue_id, message_id, recipient=to, note=str(n)))
    run = daemon.run("feedback", maildir)
    assert run.returncode == 0 and run.stdout.count("\n") == 1000


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_the_user_of_the_transport_may_do_nothing_else(daemon):
    with open(daemon.conf, "a") as conf:
        conf.write('feedback-user = "daemon"\n')
    assert daemon.run("reload").returncode == 0
    os.chmod(daemon.folder / "control", 0o666)
    who = pwd.getpwnam("daemon")

    def run(*words, text=""):
        return subprocess.run([daemon.mailfuse, *words, "--socket", daemon.folder / "control"], input=text.encode(),
                              capture_output=True, user=who.pw_uid, group=who.pw_gid, extra_groups=[])

    assert run("feedback", text=report("4AbC")).returncode == 0
    for words in (["status"], ["lock", ALICE], ["journal"], ["reload"]):
        refused = run(*words)
        assert refused.returncode == 1 and b"may only tell of complaints" in refused.stderr
    maildir = make_maildir(daemon.folder / "fbl")
    deliver(maildir, "1.x.mail", report(*daemon.messages[ALICE][0][:2]))
    for path in (maildir, *maildir.iterdir()):
        os.chown(path, who.pw_uid, who.pw_gid)
    with Watch(daemon, maildir, user=who.pw_uid, group=who.pw_gid, extra_groups=[]):
        wait_until("an empty folder", lambda: names(maildir / "cur") == ["1.x.mail:2,S"])


class Apart(Daemon):
    """A daemon with a view of its own of the file system."""
    more = 'feedback-user = "daemon"\n'

    def start(self):
        self.log = open(self.folder / "run.log", "a")
        self.process = subprocess.Popen(["unshare", "-m", self.mailfuse, "run", "-c", self.conf],
                                        stdout=self.log, stderr=self.log)


@pytest.mark.skipif(os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"]).returncode != 0,
                    reason="needs root, and the right to hide a file from the daemon")
def test_a_user_that_etc_passwd_does_not_know_may_do_nothing_else(mailfuse):
    who = pwd.getpwnam("daemon")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        daemon = Apart(mailfuse, folder)
        try:
            daemon.wait_for(lambda reply: reply["ok"], "status")
            others = [line for line in open("/etc/passwd") if not line.startswith("daemon:")]
            (folder / "passwd").write_text("".join(others))
            subprocess.run(["nsenter", "-t", str(daemon.process.pid), "-m", "mount", "--bind", folder / "passwd",
                            "/etc/passwd"], check=True)
            os.chmod(folder / "control", 0o666)
            refused = subprocess.run([mailfuse, "lock", ALICE, "--socket", folder / "control"], capture_output=True,
                                     user=who.pw_uid, group=who.pw_gid, extra_groups=[])
            assert refused.returncode == 1 and b"may only tell of complaints" in refused.stderr
        finally:
            daemon.stop()


def test_a_user_who_is_not_there_is_no_restriction(mailfuse, tmp_path):
    (tmp_path / "t.conf").write_text(f'state-directory = "{tmp_path}/state"\ncontrol-socket = "{tmp_path}/control"\n'
                                     'user = "nobody"\npolicy-listen = {}\nauth-policy-listen = {}\n'
                                     'feedback-user = "no-such-user-here"\n')
    run = subprocess.run([mailfuse, "run", "-c", tmp_path / "t.conf"], capture_output=True, timeout=20)
    assert run.returncode == 2 and b"feedback-user: there is no user no-such-user-here" in run.stderr
