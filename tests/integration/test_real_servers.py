"""The scan of what a real Postfix and Dovecot wrote while an account was abused: their log against what
their queue holds. The servers are those of ../shared/testbed, on loopback, started and stopped here."""
import json
import subprocess

import pytest

import live_bed
import processes

ALICE = "alice@example.test"
MESSAGES, RCPTS = 240, 5


def tool(name, *arguments):
    return subprocess.run(["/usr/bin/python3", live_bed.BED / "tools" / name, *map(str, arguments)], check=True,
                          stdout=subprocess.PIPE, timeout=120)


def queue(bed):
    """What Postfix itself says of its queue: id -> sender."""
    return {entry["queue_id"]: entry["sender"] for entry in live_bed.queue_of(bed)}


@pytest.fixture(scope="module")
def bed():
    with live_bed.servers() as one:
        yield one


@pytest.fixture(scope="module")
def abused(bed):
    """Ordinary mail, then a stolen account; some of its mail is deferred and stays in the queue."""
    tool("normal.py", bed, "--seconds", 5, "--speed", 120)
    tool("attack.py", bed, "--messages", MESSAGES, "--rcpts", RCPTS, "--addrs", 12, "--user", ALICE)
    for i in range(3):
        tool("client.py", bed, "--addr", f"61.5.4.{i + 1}", "--user", ALICE, "--to", f"defer{i}@d1.test")
    tool("client.py", bed, "--addr", "46.48.93.60", "--user", "bob@example.test", "--to", "defer@d2.test")
    processes.wait_until(lambda: {one["queue_name"] for one in live_bed.queue_of(bed)} == {"deferred"}, 30,
                         "mail that is deferred after the first attempt")
    return bed


def scan(mailfuse, bed, *options):
    return subprocess.run([mailfuse, "scan", *options, bed / "mail.log", bed / "dovecot.log"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def test_the_abused_account_would_be_locked_and_nobody_else_held(mailfuse, abused):
    """However fast the results come: a fifth of three hundred recipients does not exist, and the
    same people have sent ordinary mail before. When within the second it is locked is not asked, nor
    whether it was held before and let go: the first of its recipients all exist."""
    run = scan(mailfuse, abused, "--json")
    assert run.returncode == 1, run.stderr
    found = json.loads(run.stdout)
    assert [fuse["account"] for fuse in found["locks"]] == [ALICE]
    assert found["watch"] == [] and {one["account"] for one in found["holds"]} <= {ALICE}
    lock = found["locks"][0]
    assert lock["total"]["messages"] >= MESSAGES
    assert lock["results"]["unknown_recipients"] >= 50
    assert "unknown-recipients" in [evidence["signal"] for evidence in lock["evidence"]]


def test_every_line_is_understood(mailfuse, abused):
    reading = json.loads(scan(mailfuse, abused, "--json").stdout)["reading"]
    assert reading["unparsed"] == 0 and reading["understood"] > 500


def test_the_queue_is_what_postfix_says(mailfuse, abused):
    theirs = {i for i, sender in queue(abused).items() if sender == ALICE}
    ours = set(scan(mailfuse, abused, "--queue-ids", "--account", ALICE).stdout.decode().split())
    assert len(theirs) >= 3
    assert ours == theirs
