"""The running daemon answers as docs/control.md says: with every member that the answers in
tests/integration/control/ have, each of the same type."""
import datetime
import json
import os
import pwd
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import written_log
from fake_daemon import answer_of

ALICE, BOB = "alice@example.test", "bob@example.test"
LIMIT_S = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_log(path):
    """A week of two people; in the last minutes one of them sends spam from many networks."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    monday = written_log.MONDAY
    written_log.MONDAY = (now - datetime.timedelta(days=7)).replace(hour=0, minute=0, second=0)
    try:
        log = written_log.Log()
        log.office(ALICE, days=range(1, 8))
        log.office(BOB, days=range(1, 8), address="192.0.2.99")
    finally:
        written_log.MONDAY = monday
    for n in range(60):
        results = [(f"victim{n}.{k}@out{k}.example", (written_log.UNKNOWN, written_log.OK)[(n + k) % 2])
                   for k in range(4)]
        log.message(now - datetime.timedelta(seconds=240 - 3 * n), ALICE, f"203.{n % 7}.113.{n % 50}",
                    results)
    log.lines = [(at, line) for at, line in log.lines if at <= now]
    path.write_bytes(log.bytes())


class Daemon:
    more = ""  # settings

    def __init__(self, mailfuse, folder):
        self.mailfuse, self.folder = mailfuse, folder
        self.conf = folder / "mailfuse.conf"
        state = folder / "state"
        state.mkdir()
        user = ""
        if os.geteuid() == 0:
            os.chown(state, 65534, 65534)
            user = 'user = "nobody"\n'
        self.conf.write_text(
            f'mode = observe\n{user}state-directory = "{state}"\ncontrol-group = ""\n'
            f'control-socket = "{folder}/control"\nlogs = {{ "{folder}/mail.log" }}\n'
            f'policy-listen = {{ "inet:127.0.0.1:{free_port()}" }}\n'
            f'auth-policy-listen = {{ "inet:127.0.0.1:{free_port()}" }}\n'
            f'postfix-lock-map = ""\ndovecot-deny-file = ""\ndovecot-config = ""\n{self.more}')
        (folder / "mail.log").write_text("")
        self.start()

    def start(self):
        self.log = open(self.folder / "run.log", "a")
        self.process = subprocess.Popen([self.mailfuse, "run", "-c", self.conf], stdout=self.log, stderr=self.log)

    def run(self, *words):
        return subprocess.run([self.mailfuse, words[0], "-c", self.conf, *words[1:]],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def json(self, *words):
        run = self.run(*words, "--json")
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(run.stdout)

    def wait_for(self, what, *words):
        end = time.monotonic() + LIMIT_S
        while True:
            run = self.run(*words, "--json")
            if run.returncode == 0 and what(json.loads(run.stdout)):
                return
            assert self.process.poll() is None and time.monotonic() < end, \
                run.stderr + (self.folder / "run.log").read_text()
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(LIMIT_S)
        finally:
            self.process.kill()
            self.log.close()

    def restart(self):
        self.stop()
        self.start()
        self.wait_for(lambda reply: reply["ok"], "status")


@pytest.fixture(scope="module")
def daemon(mailfuse):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        daemon = Daemon(mailfuse, Path(folder))
        try:
            daemon.wait_for(lambda reply: reply["ok"], "status")
            write_log(daemon.folder / "mail.log")
            daemon.wait_for(lambda reply: reply["incidents"], "incidents")
            yield daemon
        finally:
            daemon.stop()


def want_of(answer):
    return {**answer_of(answer), "time": "2026-11-22T10:14:00+01:00"}


def kind_of(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value)


def differences(want, got, where=""):
    """What `got` lacks of `want`, or has of another type; null stands for any."""
    if want is None or got is None:
        return []
    if kind_of(want) != kind_of(got):
        return [f"{where}: {got!r} is no {kind_of(want)}"]
    if isinstance(want, dict):
        missing = [f"{where}.{name} is missing" for name in want if name not in got]
        return missing + [text for name in want if name in got
                          for text in differences(want[name], got[name], f"{where}.{name}")]
    if isinstance(want, list) and want and got:
        return [text for item in got for text in differences(want[0], item, f"{where}[]")]
    return []


REPORT = str(Path(__file__).resolve().parents[2] / "src" / "proto" / "arf_seeds" / "abuse")


@pytest.mark.parametrize("words, answer", [
    (["status"], "status"), (["top"], "top"), (["incidents", "--all"], "incidents"),
    (["incident", "1"], "incident"), (["show", ALICE], "show-account"), (["show", "203.0.113.7"], "show-address"),
    (["explain", ALICE], "explain"), (["journal"], "journal"), (["queue"], "queue"), (["providers"], "providers"),
    (["feedback", "--opt-outs"], "opt-outs"), (["feedback", REPORT], "feedback"),
    (["trust", BOB, "--until", "tomorrow", "--reason", "congress"], "trust"), (["show", BOB], "show-account"),
    (["untrust", BOB], "untrust"),
    (["block", "rcpt", "phisher@example.org", "--reason", "asks"], "block"), (["blocks"], "blocks"),
    (["unblock", "rcpt", "phisher@example.org"], "unblock"), (["reload"], "reload"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_answers_as_the_document_says(daemon, words, answer):
    got = daemon.json(*words)
    assert sorted(set(differences(want_of(answer), got))) == []


def test_an_account_in_figures(daemon):
    """The thief sent within the last minutes, from networks that she was never in; her own she is known in."""
    got = daemon.json("show", ALICE)
    assert [one["name"] for one in got["limits"]] == [
        "messages-per-hour", "messages-per-day", "recipients-per-hour", "recipients-per-day",
        "unknown-recipients-per-day"]
    assert all(one["limit"] is None and one["used"] is None for one in got["limits"])
    used = [one for one in got["networks"] if one["now"]]
    known = [one for one in got["networks"] if not one["now"]]
    assert used and {one["network"][:4] for one in used} == {"203."} and {one["days"] for one in used} == {1}
    assert all(one["network"].endswith(".113.0/24") for one in used)
    assert len(known) == 1 and known[0]["days"] in (6, 7)
    assert known[0]["network"] == "" and known[0]["first"] < known[0]["last"]
    assert got["last_hour"]["messages"] == 60


def test_what_it_did_today_survives_a_restart(daemon):
    """Today began an hour ago or less, or the week's log has something of today, too."""
    before = daemon.json("show", ALICE)["today"]
    assert before["messages"] > 0 and before["recipients"] >= before["messages"]
    daemon.restart()
    assert daemon.json("show", ALICE)["today"] == before


@pytest.mark.parametrize("words", [["status"], ["top"], ["incidents"], ["incident", "1"], ["show", ALICE],
                                   ["show", "203.0.113.7"], ["explain", ALICE], ["blocks"], ["journal"]],
                         ids=lambda words: " ".join(words))
def test_text(daemon, words):
    run = daemon.run(*words)
    assert run.returncode == 0 and run.stderr == "" and run.stdout != ""
    assert all(len(line) <= 80 for line in run.stdout.split("\n") if "mailfuse" not in line)


@pytest.mark.parametrize("words", [["incident", "99"], ["release", "99"], ["unblock", "rcpt", "x@example.org"],
                                   ["explain", "nobody@example.test"], ["purge", "99", "--yes"]],
                         ids=lambda words: " ".join(words))
def test_what_is_not_there_is_refused(daemon, words):
    run = daemon.run(*words)
    assert run.returncode == 1 and run.stdout == "" and run.stderr.startswith(f"mailfuse {words[0]}: ")


@pytest.mark.parametrize("command", ["hold", "lock", "unlock"])
def test_a_number_is_no_account(daemon, command):
    run = daemon.run(command, "1")
    assert run.returncode == 1 and "1 is the number of an incident, and no account" in run.stderr
    assert f"mailfuse {command} {ALICE}" in run.stderr
    assert len(daemon.json("incidents", "--all")["incidents"]) == 1


def test_who_did_it_stands_in_the_journal(daemon):
    daemon.json("block", "rcpt", "journal@example.org", "--reason", "why not")
    daemon.wait_for(lambda reply: [entry for entry in reply["entries"] if entry["reason"] == "why not"],
                    "journal")
    (entry,) = [entry for entry in daemon.json("journal")["entries"] if entry["reason"] == "why not"]
    assert entry["who"].split()[0] == pwd.getpwuid(os.geteuid()).pw_name and entry["what"] == "block"
