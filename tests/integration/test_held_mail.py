"""Mail on hold, in a queue that is made up: what is told of it is what became of it."""
import os
import re
import signal
import socket
import tempfile
import time
from pathlib import Path

import pytest

from queue_files import Queue
from test_control_daemon import Daemon
from test_queue import postfix_user

BOB = "bob@example.test"

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not postfix_user(),
                                reason="needs root and the user postfix: the helper reads the queue as that")

# What is named in "busy" is being delivered: it cannot be put on hold. Where there is a file "broken" all fails.
POSTSUPER = """
ids=$(cat)
cd {queue} || exit 1
[ ! -e {folder}/broken ] || exit 1
for id in $ids; do
    case "$*" in
    *-h*)
        grep -qs $id {folder}/busy && continue
        for d in incoming active deferred deferred/?; do [ -e $d/$id ] && mv $d/$id hold/$id; done ;;
    *-H*) [ -e hold/$id ] && mv hold/$id deferred/$id ;;
    *-d*hold)
        [ ! -e hold/$id ] || grep -aq "$id from" {folder}/state/state.db* || echo $id >>{folder}/untold
        rm -f hold/$id ;;
    esac
done
exit 0
"""


class HeldDaemon(Daemon):
    def __init__(self, mailfuse, folder):
        self.queue = Queue(folder)
        self.queue.program("postsuper", POSTSUPER.format(queue=self.queue.directory, folder=folder))
        self.more = (f'postfix-command-directory = "{self.queue.programs}"\n'
                     f'postfix-config-directory = "{folder}"\n')
        super().__init__(mailfuse, folder)
        self.wait_for(lambda reply: reply["looked"], "queue")

    def settings_are(self, mode="enforce", more=""):
        """Other settings, from the next start on."""
        text = self.conf.read_text()
        text = re.sub(r"^mode = .*$", f"mode = {mode}", text, flags=re.M)
        text = text.replace('\npolicy-listen = { "inet:', f'\npolicy-listen = {{ "unix:{self.folder}/policy", "inet:')
        self.conf.write_text(text + more)
        self.restart()
        self.wait_for(lambda reply: reply["looked"], "queue")

    def incident(self):
        return self.json("incident", "1")["incident"]

    def journal(self, what):
        return [entry["detail"] for entry in self.json("journal")["entries"] if entry["what"] == what]

    def submit(self, queue_id):
        """What Postfix asks at the end of a message, and hears."""
        request = {"request": "smtpd_access_policy", "protocol_state": "END-OF-MESSAGE", "protocol_name": "ESMTP",
                   "client_address": "192.0.2.7", "client_name": "unknown", "sender": BOB, "recipient": "a@one.example",
                   "sasl_username": BOB, "sasl_method": "PLAIN", "instance": queue_id, "queue_id": queue_id,
                   "recipient_count": "1", "size": "1000"}
        with socket.socket(socket.AF_UNIX) as asks:
            asks.connect(f"{self.folder}/policy")
            asks.sendall("".join(f"{key}={value}\n" for key, value in request.items()).encode() + b"\n")
            return asks.recv(500).decode()

    def there(self):
        """Queue IDs, each with its queue."""
        return {path.name: path.relative_to(self.queue.directory).parts[0]
                for path in self.queue.directory.rglob("*") if path.is_file()}

    def kill(self):
        """The worker dies, and is started again."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            if os.stat(f"/proc/{child}").st_uid == 65534:
                os.kill(int(child), signal.SIGKILL)


    def reader(self):
        """The process that reads the queue, or None."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if process.stat().st_uid == self.queue.owner.pw_uid and \
                        f"/{self.conf.parent.name}/" in (process / "cmdline").read_text():
                    return int(process.name)
            except OSError:
                pass
        return None


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def bed(mailfuse):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        daemon = HeldDaemon(mailfuse, folder)
        daemon.settings_are()
        try:
            yield daemon
        finally:
            daemon.stop()


def test_what_is_being_delivered_is_not_deleted(bed):
    busy = bed.queue.add("active", BOB, ["a@one.example"], age_s=100)
    waits = bed.queue.add("deferred", BOB, ["b@one.example"], age_s=100)
    (bed.folder / "busy").write_text(busy.name)
    bed.run("lock", BOB)
    assert bed.incident()["held"]["messages"] == 2
    bed.run("purge", "1", "--yes")
    assert bed.there() == {busy.name: "active"}
    assert bed.incident()["purged"]["messages"] == 0
    assert [words.split()[0] for words in bed.journal("purged-message")] == [waits.name]
    busy.unlink()  # it has arrived
    until(lambda: bed.incident()["held"]["messages"] == 0)
    assert bed.journal("purged-message")[1:] == []


def test_what_is_not_on_hold_yet_is_deleted_when_it_is(bed):
    bed.run("hold", BOB)
    assert bed.submit("A1EEF00001").startswith("action=HOLD")
    bed.run("purge", "1", "--yes")
    path = bed.queue.add("hold", BOB, ["a@one.example"])  # as the cleanup daemon does then
    path.rename(path.parent / "A1EEF00001")
    until(lambda: bed.there() == {} and bed.incident()["purged"]["messages"] == 1)


def test_what_is_not_on_hold_yet_is_let_go_when_it_is(bed):
    bed.run("hold", BOB)
    assert bed.submit("A1EEF00001").startswith("action=HOLD")
    bed.run("release", BOB)
    path = bed.queue.add("hold", BOB, ["a@one.example"])
    path.rename(path.parent / "A1EEF00001")
    until(lambda: bed.there() == {"A1EEF00001": "deferred"})


def test_what_is_put_on_hold_during_a_look_stays_known(bed):
    bed.stop()
    waits = bed.queue.add("deferred", BOB, ["a@one.example"], age_s=100)
    other = bed.queue.add("hold", "other@example.test", ["b@one.example"], age_s=100)
    for number in range(6000):  # a look takes a while
        path = other.parent / f"C1EEF{number:05}"
        path.write_bytes(other.read_bytes())
        os.chown(path, bed.queue.owner.pw_uid, bed.queue.owner.pw_gid)
        path.chmod(0o700)
    bed.start()
    readers = []
    until(lambda: readers.append(bed.reader()) or readers[-1])
    time.sleep(0.01)
    os.kill(readers[-1], signal.SIGSTOP)
    bed.wait_for(lambda reply: reply["ok"], "status")
    bed.run("lock", BOB)
    os.kill(readers[-1], signal.SIGCONT)
    bed.wait_for(lambda reply: reply["looked"], "queue")
    assert bed.there()[waits.name] == "hold"
    assert bed.incident()["held"]["messages"] == 1


def test_what_others_hold_is_theirs_while_mailfuse_observes(bed):
    bed.settings_are("observe", "limits {\n  messages-per-hour = 2\n}\n")
    assert [bed.submit(f"B1EEF{number:05}") for number in range(4)] == ["action=DUNNO\n\n"] * 4
    bed.wait_for(lambda reply: reply["incident"]["detail"] == "observed", "incident", "1")
    time.sleep(1.1)  # it is later than the hold
    other = bed.queue.add("hold", BOB, ["a@one.example"])
    bed.restart()
    bed.wait_for(lambda reply: reply["looked"], "queue")
    assert bed.incident()["held"]["messages"] == 0 and bed.incident()["actions"] == []
    assert bed.there() == {other.name: "hold"}


def test_what_an_administrator_lets_go_leaves_after_a_crash_too(bed):
    waits = bed.queue.add("deferred", BOB, ["a@one.example"], age_s=100)
    bed.run("lock", BOB)
    assert bed.there() == {waits.name: "hold"}
    (bed.folder / "broken").write_text("")
    bed.run("release", "1", "--reason", "his own")
    bed.kill()
    (bed.folder / "broken").unlink()
    until(lambda: "release held mail: done" in bed.journal("action"))
    time.sleep(1.1)
    assert bed.there() == {waits.name: "deferred"}


def test_what_is_deleted_is_told_of_first_and_once(bed):
    waits = [bed.queue.add("deferred", BOB, ["a@one.example"], age_s=100).name for _ in range(3)]
    bed.run("lock", BOB)
    incoming = bed.queue.directory / "incoming"
    os.chown(incoming, 0, 0)
    incoming.chmod(0)  # the queue cannot be read
    bed.run("purge", "1", "--yes")
    assert set(bed.there()) == set(waits) and bed.journal("purged-message") == []
    incoming.chmod(0o755)
    until(lambda: bed.incident()["purged"]["messages"] == 3)
    assert sorted(words.split()[0] for words in bed.journal("purged-message")) == sorted(waits)
    assert bed.there() == {} and not (bed.folder / "untold").exists()
