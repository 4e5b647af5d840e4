"""mailfuse queue: what waits in Postfix's queue, whose it is, and when that is unusual."""
import os
import pwd
import subprocess
import tempfile
from pathlib import Path

import pytest

from queue_files import Queue
from test_control_daemon import Daemon, free_port

ALICE, THIEF = "alice@example.test", "thief@example.test"


def postfix_user():
    try:
        return pwd.getpwnam("postfix")
    except KeyError:
        return None


pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not postfix_user(),
                                reason="needs root and the user postfix: the helper reads the queue as that")


class QueueDaemon(Daemon):
    """A daemon with a queue of its own; started again it looks at once."""

    def __init__(self, mailfuse, folder, queue):
        self.port = free_port()
        self.more = (f'postfix-command-directory = "{queue.programs}"\npostfix-config-directory = "{folder}"\n'
                     f'metrics-listen = "inet:127.0.0.1:{self.port}"\n')
        super().__init__(mailfuse, folder)

    def again(self):
        self.process.terminate()
        self.process.wait(20)
        self.process = subprocess.Popen([self.mailfuse, "run", "-c", self.conf], stdout=self.log, stderr=self.log)
        self.wait_for(lambda reply: reply["looked"], "queue")
        return self.json("queue")

    def notes(self, least=0):
        """What the journal says of the queue; it is on disk a moment later."""
        def of(reply):
            return [entry for entry in reply["entries"] if entry["what"] == "queue"]
        self.wait_for(lambda reply: len(of(reply)) >= least, "journal")
        return [entry["detail"] for entry in of(self.json("journal"))]


@pytest.fixture
def bed(mailfuse):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        queue = Queue(folder)
        daemon = QueueDaemon(mailfuse, folder, queue)
        try:
            daemon.wait_for(lambda reply: reply["looked"], "queue")
            yield daemon, queue
        finally:
            daemon.stop()


def test_by_state_account_destination_and_age(bed):
    daemon, queue = bed
    assert daemon.json("queue")["waiting"] == 0
    for n in range(30):
        queue.add("deferred", ALICE, [f"x{n}@one.example", f"y{n}@Two.example"], age_s=7200)
    queue.add("active", "bob@example.test", ["z@one.example"])
    queue.add("incoming", "", ["z@one.example"], client="198.51.100.9")
    queue.add("hold", THIEF, ["z@three.example"])
    got = daemon.again()
    assert got["waiting"] == 32 and got["counted"] == 32 and got["since"] is None and got["alert_from"] == 200
    assert {row["state"]: row["messages"] for row in got["states"]} == {"incoming": 1, "active": 1, "deferred": 30,
                                                                       "hold": 1}
    assert got["states"][2]["recipients"] == 60 and got["states"][2]["bytes"] == 30000
    assert [(row["account"], row["messages"], row["held"]) for row in got["accounts"]][:1] == [(ALICE, 30, 0)]
    assert {(row["account"], row["messages"], row["held"]) for row in got["accounts"][1:]} == {
        ("bob@example.test", 1, 0), ("198.51.100.9", 1, 0), (THIEF, 0, 1)}
    assert [(row["destination"], row["messages"]) for row in got["destinations"]] == [
        ("one.example", 32), ("two.example", 30), ("three.example", 0)]
    assert [row["messages"] for row in got["ages"]] == [2, 0, 0, 30, 0, 0]
    assert got["spool"]["size"] > got["spool"]["free"] > 0
    text = daemon.run("queue", "--limit", "1")
    assert text.returncode == 0 and "32 messages" in text.stdout and ALICE in text.stdout
    assert "two.example" not in text.stdout and all(len(line) <= 80 for line in text.stdout.split("\n"))
    assert ", 32 wait" in daemon.run("status").stdout


def test_too_much_is_told_once_and_over_once(bed):
    daemon, queue = bed
    paths = [queue.add("deferred", THIEF, [f"victim{n}@d{n % 50}.example"]) for n in range(150)]
    paths += [queue.add("active", ALICE, [f"x{n}@one.example"]) for n in range(60)]
    got = daemon.again()
    assert got["since"] and got["words"].startswith("210 messages wait in the queue, 150 of them of " + THIEF)
    assert daemon.notes(1) == [got["words"]]
    [incident] = daemon.json("incidents")["incidents"]
    run = daemon.run("release", str(incident["incident"]))
    assert run.returncode == 1 and "is about the queue of Postfix" in run.stderr and "mailfuse queue" in run.stderr
    assert daemon.json("journal", "--account", THIEF)["entries"][0]["what"] == "queue"
    assert got["words"] in daemon.json("status")["warnings"]
    assert daemon.json("status")["figures"]["mailfuse_queue_unusual"] == 1
    assert daemon.again()["since"] == got["since"]  # also over a restart
    for path in paths[:100]:
        path.unlink()
    assert daemon.again()["since"] is None
    assert daemon.notes(2) == [got["words"], "the queue is as usual again: 110 messages wait"]
    lines = (daemon.folder / "run.log").read_text().splitlines()
    for words in ("150 of them of", "as usual again"):  # one line each
        assert [" alert queue-" in line for line in lines if words in line] == [True]


def test_a_dead_destination_is_no_spam(bed):
    daemon, queue = bed
    for n in range(300):
        queue.add("deferred", f"user{n % 40}@example.test", ["x@dead.example"], age_s=90000)
    got = daemon.again()
    assert (got["waiting"], got["counted"], got["since"]) == (300, 0, None)
    assert got["destinations"][0]["dead"] and daemon.notes() == []
    assert daemon.json("status")["figures"]["mailfuse_queue_dead_destination_messages"] == 300
    assert "does not answer" in daemon.run("queue").stdout


def test_files_that_are_none(bed):
    daemon, queue = bed
    good = queue.add("deferred", ALICE, ["x@one.example"])
    for n, text in enumerate([b"", b"C", good.read_bytes()[:50], b"\xff" * 5000]):
        path = queue.add("deferred", ALICE, ["x@one.example"])
        path.write_bytes(text)
    (queue.directory / "deferred" / "not-a-queue-id").write_text("x")
    assert daemon.again()["waiting"] == 1


def test_a_queue_that_cannot_be_read(bed):
    daemon, queue = bed
    queue.directory.rename(queue.directory.with_name("gone"))
    daemon.process.terminate()
    daemon.process.wait(20)
    daemon.process = subprocess.Popen([daemon.mailfuse, "run", "-c", daemon.conf], stdout=daemon.log,
                                      stderr=daemon.log)
    daemon.wait_for(lambda reply: reply["trouble"], "queue")
    got = daemon.json("queue")
    assert got["looked"] is None and "could not be read" in got["trouble"] and got["spool"] is None
    assert "cannot be read" in daemon.run("queue").stdout
    assert daemon.json("status")["figures"]["mailfuse_queue_trouble"] == 1


@pytest.fixture
def small_disk(bed):
    """The queue on a disk of its own, of two megabytes."""
    daemon, queue = bed
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", queue.directory],
                           capture_output=True, text=True)
    if mount.returncode != 0:
        pytest.skip("no file system may be mounted here")
    yield queue.directory
    subprocess.run(["umount", "-l", queue.directory], check=True)


def test_a_disk_without_room_is_told_of_once(bed, small_disk):
    daemon, _ = bed
    assert daemon.again()["spool"]["size"] == 2 << 20
    full = small_disk / "full"
    full.write_bytes(b"x" * ((2 << 20) * 97 // 100))
    got = daemon.again()
    assert got["spool"]["short"] and got["spool"]["free"] < got["spool"]["size"] / 20
    (note,) = daemon.notes(1)
    assert note.startswith(f"{small_disk}: ") and "Postfix takes no mail" in note
    assert note in daemon.json("status")["warnings"]
    daemon.again()
    assert len(daemon.notes()) == 1
    full.unlink()
    daemon.again()
    assert daemon.notes(2)[1:] == ["the queue's disk has room again"]


def test_a_disk_that_is_full_is_told_of_once(bed, small_disk):
    daemon, _ = bed
    got = daemon.again()["spool"]
    assert 0 < got["reserve"] < got["size"] / 40 and not got["full"]
    full = small_disk / "full"
    full.write_bytes(b"x" * ((2 << 20) * 97 // 100))
    daemon.wait_for(lambda reply: reply["spool"]["short"], "queue")
    full.write_bytes(b"x" * ((2 << 20) * 99 // 100))
    daemon.wait_for(lambda reply: reply["spool"]["full"], "queue")
    assert "kept for Postfix" in daemon.run("queue").stdout
    assert "mail that is to be held is put off" in daemon.notes(2)[1]
    assert daemon.again()["spool"]["full"] and len(daemon.notes()) == 2  # also over a restart
    full.unlink()
    assert not daemon.again()["spool"]["short"]
    assert daemon.notes(3)[2:] == ["the queue's disk has room again, and mail can be held again"]
    lines = (daemon.folder / "run.log").read_text().splitlines()
    for kind in ("spool-low", "spool-full", "spool-enough"):
        assert sum(f" alert {kind}" in line for line in lines) == 1, kind
