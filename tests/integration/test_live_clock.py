"""Somebody sets the clock of the machine forward by an hour, and back again, while mail flows: of Postfix, Dovecot
and mailfuse alike, by faketime(1). Nobody honest notices; locks, refusals and holds stay; abuse is stopped after
each step as it was before."""
import datetime
import json
import os
import smtplib
import sqlite3
import struct
import urllib.request
from pathlib import Path

import pytest

import live_bed
from live_bed import LiveBed

ALICE, BOB, CAROL, DAVE, EVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave", "eve"))
SHOP, NEWS = "shop@shop.test", "news@shop.test"
GUESSER = "203.0.113.77"
AN_HOUR = 4  # recipients of EVE
LIMITS = f'account "{EVE}" {{ limits {{ recipients-per-hour = {AN_HOUR}\n at-limit = defer }} }}\n'
LEAKED = 30  # recipients that an abuse of ten hosts may reach


class Clock:
    """The time of day of all programs that are started with its environment."""

    def __init__(self, directory):
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        if not found:
            pytest.skip("faketime is not installed: no clock that can be set")
        self.path = directory / "clock"
        self.env = {"LD_PRELOAD": str(found[0]), "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
                    "FAKETIME_DISABLE_SHM": "1"}
        # The allocator of the address sanitizer asks for the time while it is locked, and libfaketime, when it is asked
        # for the first time, allocates: which of them is first depends on as little as the length of a path.
        self.env["ASAN_OPTIONS"] = ":".join(filter(None, (
            os.environ.get("ASAN_OPTIONS"), "allocator_release_to_os_interval_ms=-1")))
        self.forget_the_dead()
        self.set(0)

    @staticmethod
    def forget_the_dead():
        """What libfaketime leaves in shared memory of processes that were killed: their numbers come again, and it
        fails then."""
        for path in Path("/dev/shm").glob("*faketime_*"):
            number = path.name.rpartition("_")[2]
            if number.isdigit() and not Path("/proc", number).exists():
                path.unlink(missing_ok=True)

    def set(self, seconds):
        """So much after the true time."""
        new = self.path.with_suffix(".new")
        new.write_text(f"+{seconds}\n")
        new.chmod(0o644)
        new.rename(self.path)


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    one = LiveBed(mailfuse, more=LIMITS)
    one.clock = Clock(one.dir)
    names = " ".join(one.clock.env)
    one.bed_settings.update(one.clock.env)
    one.bed_settings["MAIN_CF"] += f"\\nimport_environment = MAIL_CONFIG TZ LANG=C POSTLOG_SERVICE {names}"
    one.bed_settings["DOVECOT_CONF"] += f"\\nimport_environment = TZ {names}"
    one.daemon.env = {**os.environ, **one.clock.env}
    one.commands = broken_at_will(one.dir / "commands")
    one.daemon.settings["postfix_command_directory"] = str(one.commands)
    with one:
        yield one
    one.clock.forget_the_dead()


def broken_at_will(directory):
    """Postfix's commands; postmap fails while there is a file `broken`."""
    directory.mkdir()
    for name in ("postsuper", "postmap", "postconf", "postqueue"):
        (directory / name).write_text(f"#!/bin/sh\nif [ {name} = postmap ] && [ -e {directory}/broken ]; then exit 1;"
                                      f" fi\nexec /usr/sbin/{name} \"$@\"\n")
        (directory / name).chmod(0o755)
    return directory


def now(bed):
    return datetime.datetime.fromisoformat(bed.ctl("status")["time"])


def ahead(bed):
    """Seconds by which the daemon's clock is ahead of the true one."""
    return (now(bed) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def guess(bed, number):
    """What Dovecot tells of a login with a wrong password."""
    body = {"login": ALICE, "protocol": "imap", "pwhash": f"{number:04x}", "remote": GUESSER, "device_id": "",
            "session_id": "", "success": False, "policy_reject": False, "tls": True}
    with urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{bed.auth_policy_port}/?command=report", json.dumps(body).encode(),
            {"Content-Type": "application/json"}), timeout=10) as reply:
        reply.read()


def until_refused(bed, account):
    """How many letters to one recipient each it can send before the server refuses one."""
    sent = 0
    with pytest.raises(smtplib.SMTPException):
        while sent <= 3 * AN_HOUR:
            bed.send(account, [f"limit{sent}@d1.test"], addr=live_bed.usual_addresses(account)[0])
            sent += 1
    return sent


def pending(bed, number):
    return [one for one in bed.ctl("incident", number)["incident"]["actions"] if one["state"] == "pending"]


def goes_on(bed):
    """Log following and snapshots, by what they leave."""
    wal = Path(bed.daemon.settings["state_directory"]) / "pictures.db-wal"
    before = wal.stat().st_mtime_ns

    def log_is_now():
        log, = [one for one in bed.ctl("status")["attachments"] if one["where"] == str(bed.bed / "mail.log")]
        return abs((datetime.datetime.fromisoformat(log["last"]) - now(bed)).total_seconds()) < 10
    bed.wait(log_is_now, "lines of the log of now", 10)
    bed.wait(lambda: wal.stat().st_mtime_ns != before, "a snapshot", 15)


def stays(bed):
    """What was decided before the clock was set."""
    assert bed.stage(BOB) == "lock" and bed.stage(NEWS) == "hold"
    with pytest.raises(smtplib.SMTPAuthenticationError):
        bed.smtp(BOB, addr=live_bed.usual_addresses(BOB)[0])
    assert len(bed.queue("hold", NEWS)) == 1
    assert bed.ctl("show", GUESSER)["refused"]


def knows_who_guesses(bed):
    """On the disk, where that is written once a minute: the first table of the record has entries."""
    path = Path(bed.daemon.settings["state_directory"]) / "pictures.db"
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        found = store.execute("SELECT value FROM items WHERE CAST(key AS TEXT) = 'logins'").fetchone()
    finally:
        store.close()
    # After a name, a version and a seed: see bruteforce_state.c.
    return found is not None and struct.unpack_from("<Q", found[0], len("mailfuse guessing\n") + 16)[0] > 0


def is_stopped(bed, account):
    """A thief from ten hosts."""
    bed.abuse(account, 10, 20, 0.02)
    assert bed.stage(account) == "lock"
    assert bed.abusive(account) <= LEAKED


def test_an_hour_forward_and_back(bed):
    for number in range(3):
        guess(bed, number)
    bed.ctl("lock", BOB, "--reason", "before")
    bed.ctl("hold", NEWS, "--reason", "before")
    bed.send(NEWS, [live_bed.friend_of(NEWS, 1)], addr=live_bed.usual_addresses(NEWS)[0])
    everybody = live_bed.Letters(bed, ALICE, SHOP, pause=0.3)
    everybody.start()
    assert AN_HOUR <= until_refused(bed, EVE) < 2 * AN_HOUR
    stays(bed)
    for seconds, thief, words in ((3600, CAROL, "the clock was set forward by 1:00:0"),
                                  (0, DAVE, "the clock was set back by ")):
        sent = everybody.sent
        if seconds == 0:  # a retry that is due an hour from then
            (bed.commands / "broken").touch()
            broken = bed.ctl("lock", "nobody@example.test", "--reason", "broken")["incident"]
            assert pending(bed, broken)
        bed.clock.set(seconds)
        bed.wait(lambda: abs(ahead(bed) - seconds) < 60 and words in bed.daemon.words(), "the other time", 10)
        assert AN_HOUR <= until_refused(bed, EVE) < 2 * AN_HOUR  # another hour of the clock
        stays(bed)
        goes_on(bed)
        is_stopped(bed, thief)
        bed.wait(lambda: everybody.sent > sent + 6, "mail that flows")
    (bed.commands / "broken").unlink()
    bed.wait(lambda: not pending(bed, broken), "actions that are tried again", 70)
    everybody.stop()
    assert everybody.trouble == []
    assert {one["account"] for one in bed.ctl("incidents", "--all")["incidents"]} == {
        BOB, CAROL, DAVE, NEWS, "nobody@example.test"}
    assert all(bed.stage(one) == "observe" for one in (ALICE, SHOP, EVE))
    assert bed.ctl("show", ALICE)["last_hour"]["messages"] == sum(note["from"] == ALICE for note in bed.sink())
    assert [one["detail"][:11] for one in bed.ctl("journal")["entries"] if one["what"] == "clock"] == [
        "set forward", "set back by"]


def test_after_a_crash_it_goes_on(bed):
    """With what was written while the clock was an hour ahead."""
    bed.wait(lambda: knows_who_guesses(bed), "the record of who guesses", 150)
    bed.daemon.kill()
    bed.daemon.start()
    stays(bed)
    assert bed.stage(CAROL) == "lock" and bed.stage(DAVE) == "lock"
    assert bed.send(ALICE, [live_bed.friend_of(ALICE, 0)], addr=live_bed.usual_addresses(ALICE)[0]) == {}
