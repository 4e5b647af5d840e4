"""kill -9 at every moment. After the restart nothing is missing, nothing is counted twice, what was begun is finished,
and Postfix's hold queue, the lock files and what mailfuse knows are one and the same."""
import os
import random
import re
import signal
import smtplib
import subprocess
import threading
import time

import pytest

import live_bed
import processes
from live_bed import LiveBed

ALICE, BOB, CAROL, DAVE, EVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave", "eve"))
SNAPSHOT_SECONDS = 5
YOUNG = 5  # messages that a crash may make us forget in the sums of an incident; none that is held
MOMENTS = [None, 0.02, 0.4]  # seconds after the request; None: after its answer

# Postfix's and Dovecot's programs, so slow that a crash falls into them.
SLOW = """#!/bin/sh
[ ! -e {flag} ] || sleep 0.3
exec {program} "$@"
"""


def slow_programs(bed):
    """Wrappers in the bed's folder; they are slow while the flag is there. The settings that name them."""
    folder = bed.dir / "commands"
    folder.mkdir()
    for name in ("postsuper", "postmap", "postqueue", "postconf", "doveadm"):
        program = folder / name
        real = "/usr/bin/doveadm" if name == "doveadm" else f"/usr/sbin/{name}"
        program.write_text(SLOW.format(flag=folder / "slow", program=real))
        program.chmod(0o755)
    return {"postfix_command_directory": str(folder), "doveadm": str(folder / "doveadm")}


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    one = LiveBed(mailfuse, more="limits {\n messages-per-day = 100000\n}\n")
    one.daemon.settings.update(slow_programs(one))
    with one:
        yield one


def worker(bed):
    return bed.ctl("status")["pid"]


def kill_worker(bed):
    """-> when there is another one."""
    before = worker(bed)
    os.kill(before, signal.SIGKILL)
    return before


def back(bed, before):
    def other():
        if bed.daemon.process.poll() is not None:  # it gave up after so many deaths: systemd would do this
            bed.daemon.start()
        try:
            return bed.daemon.ask("status")["pid"] != before
        except (OSError, RuntimeError, ValueError):
            return False
    bed.wait(other, "the next worker", 20)


def crash(bed, everything=False):
    if everything:
        bed.daemon.kill()
        bed.daemon.start()
    else:
        back(bed, kill_worker(bed))


def incidents(bed):
    return [bed.ctl("incident", one["incident"])["incident"] for one in bed.ctl("incidents", "--all")["incidents"]]


def at_rest(bed):
    """Nothing is under way any more, in Postfix or here."""
    bed.settled(60)
    bed.wait(lambda: all(action["state"] in ("done", "skipped") for one in incidents(bed)
                         for action in one["actions"]), f"actions that stay pending: {incidents(bed)}", 40)


def held(bed, account=None):
    """What Postfix holds for somebody; an envelope that is empty by now is let go later."""
    return {one["queue_id"] for one in bed.queue("hold", account)}


def check_the_world(bed):
    """What is held and locked is what mailfuse says."""
    at_rest(bed)

    def known():
        return sorted(message["queue_id"] for one in incidents(bed) for message in one["held_messages"])
    # What was being delivered while it was put on hold is looked at again after some seconds.
    bed.wait(lambda: known() == sorted(held(bed)), f"known: {known()}, on hold: {sorted(held(bed))}", 20)
    everything = incidents(bed)
    for one in everything:
        assert one["held"]["messages"] == len(one["held_messages"])
    locked = {one["account"] for one in everything if one["state"] == "open" and one["stage"] == "lock"}
    in_map = {line.split()[0].replace("\\@", "@") for line in bed.lock_map.read_text().splitlines()
              if line and not line.startswith("#")}
    denied = {line.split(":")[0] for line in (bed.bed / "dovecot" / "deny").read_text().splitlines()
              if line and not line.startswith("#")}
    assert in_map == locked and denied <= locked
    return everything


def taken(bed, account):
    """Queue ids of messages that Postfix accepted of this account, from its own log."""
    log = (bed.bed / "mail.log").read_text(errors="replace")
    ids = set(re.findall(rf"smtpd\[\d+\]: (\w+): client=.*sasl_username={re.escape(account)}", log))
    return ids & set(re.findall(r"cleanup\[\d+\]: (\w+): message-id=", log))


def counted(bed, account):
    """Messages of today, by the counters that limits go by."""
    return next(one["used"] for one in bed.ctl("show", account)["limits"] if one["name"] == "messages-per-day")


def parts(incident):
    return {part: incident[part]["messages"] for part in ("out", "held", "released", "purged")}


def send_quietly(bed, account, count, name):
    for number in range(count):
        bed.send(account, [f"{name}{number}@d1.test"], addr=live_bed.usual_addresses(account)[0])


# -- counters


@pytest.mark.parametrize("everything", [False, True], ids=["worker", "all"])
def test_counters_are_at_most_five_seconds_old_and_nothing_counts_twice(bed, everything):
    before = counted(bed, ALICE)
    send_quietly(bed, ALICE, 5, "old")
    bed.wait(lambda: counted(bed, ALICE) == before + 5, "five more messages")
    time.sleep(SNAPSHOT_SECONDS + 1)  # what is older than this must not be lost
    send_quietly(bed, ALICE, 5, "young")
    crash(bed, everything)
    bed.settled()
    bed.wait(lambda: counted(bed, ALICE) >= before + 10, f"all ten, not {counted(bed, ALICE) - before}", 10)
    send_quietly(bed, ALICE, 1, "last")
    bed.wait(lambda: counted(bed, ALICE) > before + 10, "one more")
    assert counted(bed, ALICE) == before + 11


def test_again_and_again(bed):
    """Crashes while somebody writes."""
    before, rng = counted(bed, EVE), random.Random(4)
    writer = threading.Thread(target=send_quietly, args=(bed, EVE, 12, "again"))
    writer.start()
    while writer.is_alive():
        time.sleep(rng.random() / 2)
        crash(bed)
    writer.join()
    bed.settled()
    bed.wait(lambda: counted(bed, EVE) >= before + 12, f"all twelve, not {counted(bed, EVE) - before}", 10)
    time.sleep(1)  # one that is counted twice would come now
    assert counted(bed, EVE) == before + 12
    assert bed.stage(EVE) == "observe"


# -- abuse


@pytest.mark.parametrize("account, wait, everything", [
    (BOB, 0.3, False), (CAROL, 0.8, True), (DAVE, 1.5, False)], ids=["early", "all", "late"])
def test_a_crash_amid_the_abuse(bed, account, wait, everything):
    attack = bed._tool("attack.py", {"user": account, "addrs": 15, "messages": 60, "rcpts": 4, "reconnect": 4,
                                     "rate": 25, "threads": 8})
    time.sleep(wait + 0.4)  # while Python starts
    crash(bed, everything)
    time.sleep(0.3)
    crash(bed)
    stats = bed.end(attack)
    bed.wait(lambda: bed.stage(account) == "lock", f"the lock: {stats}")
    everything = check_the_world(bed)
    incident, = [one for one in everything if one["account"] == account]
    ids = taken(bed, account)
    print(f"{account}: {parts(incident)} of {len(ids)} that Postfix took; {stats['first_refusal']}")
    # Nothing twice; of the last seconds before a crash some may be lost.
    assert len(ids) - YOUNG <= sum(parts(incident).values()) <= len(ids)
    assert counted(bed, account) <= len(ids)
    before = parts(incident)
    crash(bed)
    incident, = [one for one in check_the_world(bed) if one["account"] == account]
    assert parts(incident) == before
    with pytest.raises(smtplib.SMTPException):
        bed.send(account, ["more@d1.test"])


# -- each kind of action


@pytest.fixture
def slow(bed):
    flag = bed.dir / "commands" / "slow"
    flag.touch()
    yield
    flag.unlink()


def during(bed, moment, command, **members):
    """Ask, and kill the worker `moment` seconds later: whether it was answered before."""
    before, answered = worker(bed), []

    def ask():
        try:
            answered.append(bed.daemon.ask(command, reason="crash", **members))
        except (OSError, ValueError):
            pass  # it died first
    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(20 if moment is None else moment)
    os.kill(before, signal.SIGKILL)
    asking.join()
    back(bed, before)
    return bool(answered)


def deferred(bed, count, name):
    """Mail of alice that waits in the queue."""
    send_quietly(bed, ALICE, count, f"defer-{name}")
    bed.wait(lambda: len(bed.queue("deferred", ALICE)) >= count, "deferred mail")


@pytest.fixture
def clean(bed):
    """Alice as she was."""
    yield
    flag = bed.dir / "commands" / "slow"
    if flag.exists():
        flag.unlink()
    if bed.stage(ALICE) != "observe":
        bed.daemon.ask("unlock", account=ALICE, force=True, reason="clean")
    for one in incidents(bed):
        if one["account"] == ALICE and one["held"]["messages"] > 0:
            bed.daemon.ask("purge", incident=one["incident"], messages=1000, reason="clean")
    at_rest(bed)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("command", ["hold", "lock"])
def test_crash_while_stopping_an_account(bed, clean, slow, command, moment):
    deferred(bed, 2, f"{command}{moment}")
    during(bed, moment, command, account=ALICE)
    check_the_world(bed)
    if bed.stage(ALICE) == "observe":  # the request was lost as a whole: nobody was told that it is done
        assert moment == MOMENTS[1] and not held(bed, ALICE)
        return
    assert bed.stage(ALICE) == command and len(held(bed, ALICE)) >= 2 and not bed.queue("deferred", ALICE)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("command", ["release", "purge"])
def test_crash_while_held_mail_leaves(bed, clean, slow, command, moment):
    deferred(bed, 2, f"{command}{moment}")
    number = bed.daemon.ask("hold", account=ALICE, reason="crash")["incident"]
    at_rest(bed)
    ids = held(bed, ALICE)
    assert len(ids) >= 2
    more = {"account": ALICE} if command == "release" else {"incident": number, "messages": 1000}
    during(bed, moment, command, **more)
    incident, = [one for one in check_the_world(bed) if one["incident"] == number]
    left = held(bed, ALICE)
    if left:
        assert moment == MOMENTS[1] and left == ids
        return
    assert incident["held"]["messages"] == 0
    assert incident["released" if command == "release" else "purged"]["messages"] == len(ids)
    if command == "purge":
        assert not [one for one in bed.queue() if one["queue_id"] in ids]
    else:
        assert ids <= {one["queue_id"] for one in bed.queue()}  # deferred again: nothing is lost


@pytest.mark.parametrize("moment", MOMENTS)
def test_crash_while_unlocking(bed, clean, slow, moment):
    bed.daemon.ask("lock", account=ALICE, reason="crash")
    during(bed, moment, "unlock", account=ALICE, force=True)
    check_the_world(bed)
    assert bed.stage(ALICE) == "observe" or moment == MOMENTS[1]


@pytest.mark.parametrize("moment", MOMENTS[:2])
def test_crash_after_block_and_trust(bed, moment):
    value = f"blocked-{moment}@out.test".lower()
    done = during(bed, moment, "block", kind="rcpt", value=value)
    assert (value in [one["value"] for one in bed.ctl("blocks")["blocks"]]) or not done
    done = during(bed, moment, "trust", account=EVE, until="2030-01-01T00:00:00Z")
    assert bed.ctl("show", EVE)["trusts"] or not done
    if bed.ctl("show", EVE)["trusts"]:
        bed.daemon.ask("untrust", account=EVE, reason="clean")
        crash(bed)
        assert not bed.ctl("show", EVE)["trusts"]


def test_waiting_for_a_new_password_survives(bed, clean):
    send_quietly(bed, ALICE, 1, "known")
    bed.daemon.ask("lock", account=ALICE, reason="crash")
    bed.daemon.ask("unlock", account=ALICE, reason="crash")
    crash(bed, everything=True)
    check_the_world(bed)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        bed.send(ALICE, ["x@d1.test"])
    bed.set_password(ALICE, "another-password")

    def in_again():
        try:
            return bed.send(ALICE, ["x@d1.test"], password="another-password") == {}
        except smtplib.SMTPException:
            return False
    bed.wait(in_again, "login with the new password")
    bed.set_password(ALICE, "alice-pw")
    assert bed.stage(ALICE) == "observe"


# -- down


def test_an_abuse_that_begins_while_it_is_down_is_found_at_the_start(bed):
    """And the logs were rotated meanwhile."""
    account = "news@shop.test"
    bed.daemon.stop()
    sent = bed.abuse(account, hosts=8, messages=2, pause=0.1).messages
    log = bed.bed / "mail.log"
    log.rename(log.with_suffix(".log.1"))
    subprocess.run(["/usr/sbin/postfix", "-c", bed.bed / "postfix", "reload"], check=True, capture_output=True,
                   timeout=30)
    sent += bed.abuse(account, hosts=4, messages=1, pause=0.1).messages
    bed.daemon.start()
    bed.wait(lambda: bed.stage(account) == "lock", "the lock")
    check_the_world(bed)
    with pytest.raises(smtplib.SMTPException):
        bed.send(account, ["more@d1.test"])
    incident, = [one for one in incidents(bed) if one["account"] == account]
    assert sum(parts(incident).values()) == sent == 20


def test_nothing_is_left_open(bed):
    assert processes.alive(processes.name(bed.daemon.process.pid))
    assert bed.daemon.stop() == 0
    bed.daemon.start()
    check_the_world(bed)
