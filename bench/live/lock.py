"""How soon a lock is in effect in everything that is attached: with the real Postfix and Dovecot of ../shared/testbed."""
import contextlib
import http.client
import imaplib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from live.bed import ROOT, Asker
from live.figures import Figure

ALICE = "alice@example.test"
LETTERS = 20  # of the account in the queue
GIVE_UP_S = 15
TARGET = ("<=", 100)
PAUSE_S = 0.002  # between two looks: the looking must not slow down what is looked for

EFFECTS = {
    "policy": "the next policy answer ends the session (421)",
    "auth": "logins are refused by the auth policy server",
    "map": "Postfix's lock map has it (postmap -q)",
    "deny": "Dovecot's deny file has it",
    "imap": "its IMAP session is ended",
    "queue": f"its {LETTERS} messages in the queue are held",
    "reply": "the command is answered: all is done",
}
REMARKS = {"deny": "Dovecot itself looks at it once a second"}


class Effects:
    """One probe for each effect: true once it is there."""

    def __init__(self, bed):
        self.bed = bed
        self.policy_door = Asker(bed.policy_port)
        self.auth_door = http.client.HTTPConnection("127.0.0.1", bed.auth_policy_port, timeout=GIVE_UP_S)
        self.spool = Path(subprocess.run(["/usr/sbin/postconf", "-c", bed.bed / "postfix", "-h", "queue_directory"],
                                         check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
        self.session = self.map_time = None

    def policy(self):
        return self.policy_door.ask(ALICE).startswith("421")

    def auth(self):
        body = json.dumps({"device_id": "", "login": ALICE, "protocol": "imap", "pwhash": "060e",
                           "remote": "46.48.93.60", "session_id": "", "tls": True})
        self.auth_door.request("POST", "/?command=allow", body, {"Content-Type": "application/json"})
        return json.loads(self.auth_door.getresponse().read())["status"] < 0

    def table_time(self):
        return self.bed.lock_map.with_name(self.bed.lock_map.name + ".db").stat().st_mtime_ns

    def map(self):
        """A process for each look would be too much: only when the table is another one."""
        if self.table_time() == self.map_time:
            return False
        return subprocess.run(["/usr/sbin/postmap", "-c", self.bed.bed / "postfix", "-q", ALICE,
                               f"hash:{self.bed.lock_map}"], stdout=subprocess.DEVNULL, check=False).returncode == 0

    def deny(self):
        with contextlib.suppress(FileNotFoundError):
            return ALICE in (self.bed.bed / "dovecot" / "deny").read_text()
        return False

    def imap(self):
        """Blocks until the server says something, which it does when it ends the session."""
        return self.session.readline()[:5] in (b"* BYE", b"")

    def held(self):
        return sum(len(files) for _, _, files in os.walk(self.spool / "hold"))

    def queue(self):
        return self.held() >= LETTERS


def watch(probe, begin, found, name):
    end = time.monotonic() + GIVE_UP_S
    while time.monotonic() < end:
        if probe():
            found[name] = (time.monotonic() - begin[0]) * 1000
            return
        time.sleep(PAUSE_S)


def once(bed, effects):
    """{effect: ms after the command to lock}, of those seen."""
    begin, found = [0], {}
    effects.session = bed.imap(ALICE, addr="46.48.93.60")
    effects.session.select()
    effects.map_time = effects.table_time()
    threads = [threading.Thread(target=watch, args=(getattr(effects, name), begin, found, name))
               for name in EFFECTS if name != "reply"]
    for thread in threads:
        thread.start()
    time.sleep(0.2)  # the probes have begun
    early = list(found)
    begin[0] = time.monotonic()
    bed.daemon.ask("lock", account=ALICE, reason="bench")
    found["reply"] = (time.monotonic() - begin[0]) * 1000
    for thread in threads:
        thread.join()
    if early:
        sys.exit(f"in effect before the lock: {early}")
    return found


def undo(bed, effects):
    bed.daemon.ask("unlock", account=ALICE, force=True, reason="bench")
    bed.daemon.ask("release", account=ALICE, reason="bench")
    bed.wait(lambda: effects.held() == 0 and not effects.policy() and not effects.auth() and not effects.deny(),
             "what the lock did is undone")

    def can_log_in():
        try:
            bed.imap(ALICE, addr="46.48.93.61").logout()
        except imaplib.IMAP4.error:
            return False
        return True
    bed.wait(can_log_in, "a login after the lock")
    bed.wait(lambda: len(bed.queue("deferred", ALICE)) == LETTERS, "mail that is deferred again")


def write_letters(bed):
    """Mail that its recipients' server defers, so that it stays in the queue."""
    session = bed.smtp(ALICE, addr="46.48.93.60")
    for number in range(LETTERS):
        session.sendmail(ALICE, [f"defer{number}@d1.test"], f"From: {ALICE}\r\nSubject: {number}\r\n\r\nHello\r\n")
    session.quit()
    bed.wait(lambda: len(bed.queue("deferred", ALICE)) == LETTERS, "mail that is deferred")


def live_bed():
    """The module, or why there is none."""
    sys.path.insert(0, str(ROOT / "tests" / "integration"))
    try:
        import live_bed as module
        import pytest
    except ImportError as error:
        return None, f"{error} (scripts/setup test)"
    try:
        module.needed()
    except pytest.skip.Exception as error:
        return None, str(error)
    return module, ""


def measure(bed, options):
    module, why = live_bed()
    if module is None:
        print(f"LEFT OUT: how soon a lock is in effect: {why}", file=sys.stderr)
        return
    with module.LiveBed(bed.build / "mailfuse", learnt=False) as live:
        effects = Effects(live)
        write_letters(live)
        rounds = []
        for _ in range(options.rounds):
            rounds.append(once(live, effects))
            undo(live, effects)
    for name, words in EFFECTS.items():
        times = [r[name] for r in rounds if name in r]
        remark = [REMARKS[name]] if name in REMARKS else []
        if len(times) < len(rounds):
            remark.insert(0, f"not seen within {GIVE_UP_S} s in {len(rounds) - len(times)} of {len(rounds)} rounds")
        elif times:
            remark.insert(0, f"slowest {max(times):.1f} ms")
        yield Figure("lock", words, statistics.median(times) if len(times) == len(rounds) else float("inf"), "ms",
                     TARGET, "; ".join(remark))
