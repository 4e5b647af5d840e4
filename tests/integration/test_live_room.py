"""The disk of Postfix's queue is nearly full: what is left is for those who are not held. With the real Postfix on a file
system of its own, that has mailfuse's state, too."""
import shutil
import smtplib
import subprocess
from pathlib import Path

import pytest

import live_bed
from live_bed import LiveBed
from test_live_rules import refusal, submit

ALICE, BOB, CAROL = (f"{name}@example.test" for name in ("alice", "bob", "carol"))
HOST, SENDER = "10.1.2.4", "app@example.test"  # relays without login: mynetworks of the test bed
MB = 1000 * 1000
DISK, MESSAGE = 80 << 20, 4 * MB
NEEDS = MESSAGE * 3 // 2      # with less than that Postfix takes no mail at all, postconf(5)
RESERVE = 2 * NEEDS
FULL = RESERVE - MB  # what a full disk has left: too little for mail on hold, enough for Postfix and one snapshot of ours


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    one = LiveBed(mailfuse)
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", one.dir],
                           capture_output=True, text=True)
    if mount.returncode != 0:
        pytest.skip(f"no file system may be mounted here: {mount.stderr.strip()}")
    try:
        asks = f"check_policy_service {{ inet:127.0.0.1:{one.policy_port}, timeout=3s, default_action=DUNNO }}"
        one.bed_settings["MAIN_CF"] += (f"\\nmessage_size_limit = {MESSAGE}\\nsmtpd_recipient_restrictions = {asks}"
                                        f"\\nsmtpd_end_of_data_restrictions = {asks}")
        with one:
            yield one
    finally:
        subprocess.run(["umount", "-l", one.dir], check=True)
        shutil.rmtree(one.dir, ignore_errors=True)


def free(bed):
    usage = shutil.disk_usage(bed.dir)
    return usage.free


def fill(bed, left=FULL):
    """A file that leaves so many bytes, as of now."""
    with open(bed.dir / "full", "ab") as file:
        file.write(bytes(max(0, free(bed) - left)))


def spool(bed):
    return bed.ctl("queue")["spool"]


def held(bed, sender):
    return len(bed.queue("hold", sender))


def relay(bed):
    session = live_bed.tools().connect(bed.env, addr=HOST, port="mx", tls=False)
    try:
        session.sendmail(SENDER, ["friend@d1.test"], f"From: {SENDER}\r\nSubject: test\r\n\r\nHello\r\n")
    finally:
        session.close()


def notes(bed, word):
    return [one for one in bed.ctl("journal", "--limit", "1000")["entries"] if word in one["detail"]]


def snapshots(bed):
    return bed.ctl("status")["figures"]["mailfuse_snapshot_timestamp_seconds"]


def test_the_reserve_is_known(bed):
    got = spool(bed)
    assert got["reserve"] == RESERVE and got["size"] == DISK
    assert not got["short"] and not got["full"]


def test_who_is_held_is_put_off_and_nobody_else(bed):
    for account in (ALICE, BOB, CAROL):
        bed.send(account, ["friend@d1.test"], addr=live_bed.usual_addresses(account)[0])
    relay(bed)
    bed.wait(lambda: len(bed.sink()) == 4, "mail of everybody")
    incident = bed.ctl("hold", BOB, "--reason", "test")["incident"]
    bed.ctl("hold", HOST, "--reason", "test")
    submit(bed, BOB, BOB, ["friend@d1.test"])
    relay(bed)
    bed.wait(lambda: held(bed, BOB) == 1 and held(bed, SENDER) == 1, "held messages")
    with bed.smtp(CAROL) as under_way:
        under_way.mail(CAROL)
        assert under_way.rcpt("friend@d1.test")[0] == 250
        fill(bed)
        bed.wait(lambda: spool(bed)["full"], "a full disk that is seen")
        bed.ctl("hold", CAROL, "--reason", "test")
        code, words = under_way.data(f"From: {CAROL}\r\nSubject: test\r\n\r\nHello\r\n")
        assert (code, words.split()[0]) == (452, b"4.3.1"), words
    before = snapshots(bed)
    for account in (BOB, CAROL):
        assert refusal(submit, bed, account, account, ["friend@d1.test"]).startswith("452 4.3.1 <friend@d1.test>: ")
    assert refusal(relay, bed).startswith("452 4.3.1 ")
    sent = len(bed.sink(ALICE))
    for number in range(5):
        assert submit(bed, ALICE, ALICE, [f"friend0-{number}@d{number}.test"], addr=live_bed.usual_addresses(ALICE)[0]) == {}
    bed.wait(lambda: len(bed.sink(ALICE)) == sent + 5, "mail of who is not held")
    assert (held(bed, BOB), held(bed, CAROL), held(bed, SENDER)) == (1, 0, 1)
    status = bed.ctl("status")
    assert any("mail that is to be held is put off" in words and "what is learnt is not saved" in words
               for words in status["warnings"])
    assert status["figures"]["mailfuse_spool_full"] == 1 and snapshots(bed) == before
    assert bed.ctl("incident", str(incident))["incident"]["refused"]["recipients"] == 1
    # What is held is let go all the same: it makes room.
    bed.ctl("release", str(incident), "--reason", "test")
    bed.wait(lambda: len(bed.sink(BOB)) == 2, "released mail")
    assert spool(bed)["full"]


def test_with_room_all_is_as_before(bed):
    assert spool(bed)["full"], "the test before was not successful"
    before = snapshots(bed)
    (bed.dir / "full").unlink()
    bed.wait(lambda: not spool(bed)["short"], "room that is seen", 60)  # not sooner than after half a minute
    for account in (BOB, CAROL):
        assert submit(bed, account, account, ["friend@d1.test"]) == {}
    relay(bed)
    bed.wait(lambda: held(bed, CAROL) == 1 and held(bed, SENDER) == 2, "held messages")
    bed.wait(lambda: len(bed.sink(BOB)) == 3, "mail of who is not held any more")
    bed.wait(lambda: snapshots(bed) > before, "what is learnt is saved")
    bed.wait(lambda: notes(bed, "mail can be held again"), "the end in the journal")
    assert len(notes(bed, "mail can be held again")) == len(notes(bed, "is to be held is put off")) == 1


def test_a_thief_who_is_held_does_not_take_the_rest(bed):
    """As fast as it can, so mostly between two looks at the disk."""
    fill(bed, RESERVE + 6 * MB)
    bed.wait(lambda: spool(bed)["free"] < RESERVE + 7 * MB, "a disk that is seen")
    letter = f"From: {CAROL}\r\nSubject: test\r\n\r\n" + ("x" * 62 + "\r\n") * (MB // 64)
    taken, trouble, before = 0, None, held(bed, CAROL)
    while trouble is None and taken < 20:
        with bed.smtp(CAROL) as session:
            try:
                session.sendmail(CAROL, ["friend@d1.test"], letter)
                taken += 1
            except (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused) as error:
                trouble = str(error)
    assert trouble and "452" in trouble and "4.3.1 <" in trouble, trouble
    assert 1 <= taken <= 6 and held(bed, CAROL) == before + taken
    assert free(bed) > RESERVE - 3 * MB > NEEDS
    assert submit(bed, ALICE, ALICE, ["friend0-1@d1.test"], addr=live_bed.usual_addresses(ALICE)[0]) == {}
    (bed.dir / "full").unlink()


def test_only_observing_nothing_is_put_off(bed):
    bed.daemon.stop()
    bed.daemon.settings["mode"] = "observe"
    bed.daemon.prepare()
    bed.daemon.start()
    try:
        fill(bed)
        bed.wait(lambda: spool(bed)["full"], "a full disk that is seen")
        assert submit(bed, ALICE, ALICE, ["friend0-1@d1.test"], addr=live_bed.usual_addresses(ALICE)[0]) == {}
    finally:
        (bed.dir / "full").unlink()
