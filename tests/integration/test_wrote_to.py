"""`mailfuse wrote-to`: who answered the phisher, and locking them all."""
import gzip
import json
import subprocess

import pytest

from fake_daemon import FakeDaemon
from terminal import Terminal
from written_log import LATER, OK, Log, at

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"
PHISHER = "service@renewal.example"


@pytest.fixture
def daemon(tmp_path):
    daemon = FakeDaemon(tmp_path / "control")
    daemon.answers["lock"] = lambda request: {
        "ok": request["account"] != BOB, "error": "never-lock holds for it", "actions": [],
        "words": f"{request['account']} is locked"}
    yield daemon
    daemon.close()


@pytest.fixture
def logs(tmp_path):
    """Today's log, and one that was rotated away, and what is none. Returns (today's, ids)."""
    log, old = Log(), Log()
    old.office(CAROL, days=[1])
    ids = [old.message(at(1, 20), BOB, "192.0.2.7", [(PHISHER, OK)], queue_id="AB12CD34EF")]
    log.office(CAROL, days=[2])
    ids += [log.message(at(2, 20), ALICE, "192.0.2.7", [(PHISHER, OK), ("x@other.example", OK)]),
            log.message(at(2, 21), ALICE, "192.0.2.7", [("Service@Renewal.example", LATER)])]
    (tmp_path / "mail.log.1.gz").write_bytes(gzip.compress(old.bytes()))
    (tmp_path / "mail.log.offset").write_text("12345\n")
    (tmp_path / "mailfuse.conf").write_text(f'logs = {{ "{tmp_path}/mail.log" }}\n'
                                            f'control-socket = "{tmp_path}/control"\n')
    return log.write(tmp_path / "mail.log"), ids


def wrote_to(mailfuse, *options, **more):
    return subprocess.run([mailfuse, "wrote-to", *options], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, **more)


def test_logs_of_the_settings_and_those_rotated_away(mailfuse, logs, tmp_path):
    path, ids = logs
    run = wrote_to(mailfuse, PHISHER, "--json", "-c", tmp_path / "mailfuse.conf")
    assert (run.returncode, run.stderr) == (0, "")
    answer = json.loads(run.stdout)
    assert answer["address"] == PHISHER
    alice, bob = answer["accounts"]
    assert alice == {"account": ALICE, "messages": 2, "recipients": 2, "queue_ids": ids[1:],
                     "first": alice["first"], "last": alice["last"]}
    assert alice["first"].startswith("2026-03-03T20:00:00") and alice["last"].startswith("2026-03-03T21:")
    assert (bob["account"], bob["queue_ids"]) == (BOB, ["AB12CD34EF"])


def test_files_that_are_named(mailfuse, logs):
    run = wrote_to(mailfuse, PHISHER, logs[0])
    assert run.returncode == 0
    assert "1 account wrote to service@renewal.example, in the log from 3 Mar" in run.stdout
    assert ALICE in run.stdout and BOB not in run.stdout and f"    {', '.join(logs[1][1:])}\n" in run.stdout
    assert all(len(line) <= 80 for line in run.stdout.split("\n"))
    run = wrote_to(mailfuse, "nobody@renewal.example", logs[0], "--lock")
    assert run.returncode == 0 and run.stdout.startswith("Nobody wrote to nobody@renewal.example")


def test_lock_all_after_a_question(mailfuse, logs, daemon, tmp_path):
    command = [mailfuse, "wrote-to", PHISHER, "--lock", "-c", tmp_path / "mailfuse.conf"]
    for typed, status, locked in [("n\n", 1, []), ("y\n", 1, [ALICE, BOB])]:
        terminal = Terminal(command)
        try:
            terminal.wait_for(r"Lock these 2 accounts\? \[y/N\]", where="text")
            terminal.type(typed)
            assert terminal.end() == status
        finally:
            terminal.close()
        assert [(r["account"], r["reason"]) for r in daemon.requests] == \
            [(account, f"wrote to {PHISHER}") for account in locked]
    assert f"{ALICE} is locked." in terminal.text and "never-lock holds for it" in terminal.text


def test_lock_in_a_script_needs_yes(mailfuse, logs, daemon, tmp_path):
    options = [PHISHER, logs[0], "--lock", "--socket", daemon.path]
    run = wrote_to(mailfuse, *options)
    assert run.returncode == 1 and "--yes" in run.stderr and daemon.requests == []
    run = wrote_to(mailfuse, *options, "--yes", "--reason", "phished")
    assert run.returncode == 0 and [r["reason"] for r in daemon.requests] == ["phished"]


def test_no_logs(mailfuse, tmp_path):
    conf = tmp_path / "mailfuse.conf"
    conf.write_text(f'logs = {{ "{tmp_path}/mail.log" }}\n')
    run = wrote_to(mailfuse, PHISHER, "-c", conf)
    assert run.returncode == 2 and "none of the logs that the settings name is there" in run.stderr
    run = wrote_to(mailfuse, PHISHER, tmp_path / "none.log")
    assert run.returncode == 2 and "none.log: No such file" in run.stderr
