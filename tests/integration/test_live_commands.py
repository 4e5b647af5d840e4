"""Each command of docs/control.md, and what it does in the real Postfix and Dovecot."""
import imaplib
import json
import os
import pwd
import signal
import smtplib
import subprocess

import pytest

import live_bed
from live_bed import LiveBed

ALICE, BOB, CAROL, DAVE, EVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave", "eve"))
HOME = "46.48.93.60"
ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    with LiveBed(mailfuse) as one:
        for account in (ALICE, BOB, CAROL, DAVE, EVE):
            one.send(account, ["friend@d1.test"], addr=HOME)  # so that a password of each is known
        one.settled()
        yield one


def refusal(bed, account, to="friend@d1.test", **options):
    """What the server says that does not want a message; None when it takes it."""
    try:
        bed.send(account, [to], **{"addr": HOME, **options})
        return None
    except smtplib.SMTPRecipientsRefused as error:
        code, words = error.recipients[to]
    except smtplib.SMTPResponseException as error:
        code, words = error.smtp_code, error.smtp_error
    except smtplib.SMTPServerDisconnected as error:
        code, words = 421, str(error).encode()
    return f"{code} {words.decode()}"


def held(bed, account):
    return {one["queue_id"] for one in bed.queue("hold", account)}


def arrived(bed, account, to):
    return sum(to in one["to"] for one in bed.sink(account))


def journal(bed, what, **members):
    """The entries with this word and these members, once they are on disk."""
    def look():
        return [one for one in bed.ctl("journal")["entries"]
                if one["what"] == what and members.items() <= one.items()]
    return bed.wait(look, f"{what} {members} in the journal", 10)


def files(bed):
    """What Postfix and Dovecot read without us: (the map's source, the deny file)."""
    return bed.lock_map.read_text(), (bed.bed / "dovecot" / "deny").read_text()


def undone(reply):
    return [one for one in reply["actions"] if one["state"] not in ("done", "skipped")]


# -- hold, release, purge


def test_hold_and_release(bed):
    first = bed.ctl("hold", BOB, "--reason", "looks odd")
    assert first["stage"] == "hold" and undone(first) == []
    for number in range(3):
        assert refusal(bed, BOB, f"held{number}@d1.test") is None  # the sender sees success
    bed.wait(lambda: len(held(bed, BOB)) == 3, "three messages on hold")
    assert bed.ctl("hold", BOB)["words"].endswith("already")
    listed = bed.ctl("incident", first["incident"])["incident"]
    assert {one["queue_id"] for one in listed["held_messages"]} == held(bed, BOB)
    assert listed["held"] == {"messages": 3, "recipients": 3}
    one = listed["held_messages"][0]["queue_id"]
    reply = bed.ctl("release", first["incident"], one, "--reason", "his own")
    assert undone(reply) == [] and one not in held(bed, BOB) and len(held(bed, BOB)) == 2
    assert bed.stage(BOB) == "hold"
    reply = bed.ctl("release", BOB, "--reason", "all right")
    assert reply["messages"] == 2 and undone(reply) == [] and held(bed, BOB) == set()
    assert bed.stage(BOB) == "observe"
    bed.wait(lambda: all(arrived(bed, BOB, f"held{number}@d1.test") == 1 for number in range(3)), "all three")
    bed.settled()
    closed = bed.ctl("incident", first["incident"])["incident"]
    assert closed["state"] == "closed" and closed["released"]["messages"] == 3 and closed["held"]["messages"] == 0
    for entry in journal(bed, "release", reason="all right") + journal(bed, "hold", reason="looks odd"):
        assert entry["who"].split()[0] == ME and entry["account"] == BOB
    assert refusal(bed, BOB, "free@d1.test") is None
    bed.wait(lambda: arrived(bed, BOB, "free@d1.test"), "his next message")


def test_what_waits_in_the_queue_already_is_held_and_let_go(bed):
    assert refusal(bed, DAVE, "defer-before@d1.test") is None
    bed.wait(lambda: bed.queue("deferred", DAVE), "the deferred message")
    reply = bed.ctl("hold", DAVE, "--reason", "queue")
    assert undone(reply) == [] and len(held(bed, DAVE)) == 1 and not bed.queue("deferred", DAVE)
    assert bed.ctl("incident", reply["incident"])["incident"]["held"]["messages"] == 1
    reply = bed.ctl("release", DAVE, "--reason", "queue")
    assert reply["messages"] == 1 and held(bed, DAVE) == set()


def test_purge(bed):
    number = bed.ctl("hold", EVE, "--reason", "spam")["incident"]
    for to in ("spam1@d1.test", "spam2@d1.test"):
        assert refusal(bed, EVE, to) is None
    bed.wait(lambda: len(held(bed, EVE)) == 2, "two messages on hold")
    gone = held(bed, EVE)
    assert refusal(bed, CAROL, "defer-other@d1.test") is None  # of somebody else
    asked = bed.daemon.run("purge", number, "--reason", "spam")  # no terminal to ask at
    assert asked.returncode != 0 and held(bed, EVE) == gone
    with pytest.raises(RuntimeError, match="more messages"):
        bed.daemon.ask("purge", incident=number, messages=1, reason="too few")
    reply = bed.ctl("purge", number, "--yes", "--reason", "spam")
    assert reply["messages"] == 2 and undone(reply) == []
    assert not [one for one in bed.queue() if one["queue_id"] in gone]
    assert len([one for one in bed.queue() if one["sender"] == CAROL]) == 1
    envelopes = journal(bed, "purged-message", incident=number)
    assert len(envelopes) == 2
    for one in envelopes:
        assert one["account"] == EVE and f"from <{EVE}>" in one["detail"] and " to spam" in one["detail"]
    assert bed.ctl("incident", number)["incident"]["purged"] == {"messages": 2, "recipients": 2}
    bed.ctl("unlock", EVE, "--reason", "over")
    assert arrived(bed, EVE, "spam1@d1.test") == 0


# -- lock, unlock


def test_lock_and_unlock_by_a_new_password(bed):
    session, mailbox = bed.smtp(ALICE, addr=HOME), bed.imap(ALICE, addr=HOME)
    reply = bed.ctl("lock", ALICE, "--reason", "phished")
    number = reply["incident"]
    assert reply["stage"] == "lock" and undone(reply) == []
    assert {one["name"] for one in reply["actions"]} >= {"lock-map", "deny-file", "kick", "auth-cache", "hold-queue"}
    session.mail(ALICE)
    assert session.rcpt("friend@d1.test")[0] == 421
    with pytest.raises((imaplib.IMAP4.error, OSError)):
        mailbox.noop()
    assert "locked" in refusal(bed, ALICE, addr="46.48.93.61")
    assert all(ALICE in text for text in files(bed))
    assert ALICE in [one["account"] for one in bed.ctl("status")["stopped"]]

    waiting = bed.ctl("unlock", ALICE, "--reason", "told her")
    assert "another password" in waiting["words"] and undone(waiting) == []
    assert ALICE in files(bed)[0] and ALICE not in files(bed)[1]  # she may log in with a new one
    assert refusal(bed, ALICE, addr="46.48.93.62").startswith("535")  # the old one
    old = journal(bed, "old-password", incident=number)
    assert old[0]["detail"] and old[0]["who"] == "mailfuse"
    bed.set_password(ALICE, "a-second-password")
    bed.wait(lambda: refusal(bed, ALICE, password="a-second-password") is None, "login with the new password")
    bed.wait(lambda: not any(ALICE in text for text in files(bed)), "the lock files are empty")
    assert bed.stage(ALICE) == "observe"
    assert bed.ctl("incident", number)["incident"]["state"] == "closed"
    assert refusal(bed, ALICE, addr="46.48.93.63").startswith("535")  # Dovecot's own answer now
    entry, = journal(bed, "unlock", reason="told her")
    assert entry["who"].split()[0] == ME and entry["incident"] == number


def test_a_name_that_no_file_takes_keeps_no_other_waiting(bed):
    odd, = (one for one in bed.ctl("lock", "john doe", "--reason", "odd")["actions"] if one["name"] == "lock-map")
    assert odd["state"] == "pending" and "left out of the lock files: the name" in odd["why"]
    assert undone(bed.ctl("lock", CAROL, "--reason", "beside an odd one")) == []
    assert all(CAROL in text and "john" not in text for text in files(bed))
    assert "john doe: left out of the lock files" in str(bed.ctl("status"))
    for account in (CAROL, "john doe"):
        bed.ctl("unlock", account, "--force", "--reason", "sorry")
    bed.wait(lambda: not any(CAROL in text for text in files(bed)), "the lock files are empty")


def test_unlock_by_force(bed):
    bed.ctl("lock", BOB, "--reason", "by mistake")
    assert all(BOB in text for text in files(bed))
    reply = bed.ctl("unlock", BOB, "--force", "--reason", "sorry")
    assert undone(reply) == [] and bed.stage(BOB) == "observe"
    assert not any(BOB in text for text in files(bed))
    bed.wait(lambda: refusal(bed, BOB) is None, "he logs in as before")  # Dovecot looks once a second
    with pytest.raises(RuntimeError, match="neither held nor locked"):
        bed.ctl("unlock", BOB)


# -- block, trust


@pytest.mark.parametrize("value, hit, free", [
    ("phisher@out.test", "phisher@out.test", "other@out.test"),
    ("@bad.test", "anybody@bad.test", "anybody@not-bad.test")])
def test_block_of_recipients(bed, value, hit, free):
    session = bed.smtp(CAROL, addr=HOME)
    bed.ctl("block", "rcpt", value, "--reason", "asks for passwords")
    session.mail(CAROL)
    code, words = session.rcpt(hit)
    assert code == 550 and b"5.7.1" in words
    assert session.rcpt(free)[0] == 250
    block, = [one for one in bed.ctl("blocks")["blocks"] if one["value"] == value]
    assert block["hits"] == 1 and block["kind"] == "rcpt" and block["reason"] == "asks for passwords"
    bed.ctl("unblock", "rcpt", value, "--reason", "over")
    assert session.rcpt(hit)[0] == 250
    session.close()
    assert journal(bed, "block", reason="asks for passwords") and journal(bed, "unblock", reason="over")


def test_block_of_clients(bed):
    session = bed.smtp(CAROL, addr="46.49.1.7")
    bed.ctl("block", "client", "46.49.1.0/24", "--reason", "rented by thieves")
    session.mail(CAROL)
    assert session.rcpt("friend@d1.test")[0] == 554  # who is logged in already
    session.close()
    assert refusal(bed, CAROL, addr="46.49.1.8").startswith("535")
    assert refusal(bed, CAROL, addr="46.49.2.8") is None
    shown = bed.ctl("show", "46.49.1.8")
    assert [one["value"] for one in shown["blocked"]] == ["46.49.1.0/24"]
    bed.ctl("unblock", "client", "46.49.1.0/24", "--reason", "over")
    assert refusal(bed, CAROL, addr="46.49.1.9") is None


def test_trust(bed):
    """A trusted account trips no fuse, whatever it does; without the trust the same trips it."""
    bed.ctl("trust", DAVE, "--until", "tomorrow", "--reason", "a survey")
    trust, = bed.ctl("show", DAVE)["trusts"]
    assert trust["reason"] == "a survey" and trust["source"] == "command" and trust["by"].split()[0] == ME
    stats = bed.attack(user=DAVE, addrs=10, messages=30, rcpts=5, reconnect=3)
    assert stats["messages_accepted"] == 30 and bed.stage(DAVE) == "observe"
    bed.settled(60)
    bed.ctl("untrust", DAVE, "--reason", "over")
    assert bed.ctl("show", DAVE)["trusts"] == []
    bed.attack(user=DAVE, addrs=10, messages=20, rcpts=5, reconnect=2, seed=5)
    assert bed.wait(lambda: bed.stage(DAVE) != "observe", "the fuse")
    explained = bed.ctl("explain", DAVE)
    assert explained["score"] >= explained["hold_score"] and explained["evidence"]


# -- questions


def test_questions(bed, tmp_path):
    everything = bed.ctl("incidents", "--all")
    assert everything["all"] == len(everything["incidents"]) >= 4
    number = everything["incidents"][0]["incident"]
    page = tmp_path / "incident.html"
    assert bed.daemon.run("incident", number, "--html", page).returncode == 0 and ME in page.read_text()
    assert bed.ctl("incident", number)["incident"]["events"][0]["what"] in ("opened", "hold", "lock")
    for words in (("top", "--once"), ("status",), ("journal",), ("incidents",), ("blocks",), ("show", ALICE)):
        run = bed.daemon.run(*words)
        assert run.returncode == 0 and run.stdout and run.stderr == "", words
    rows = {row["account"]: row for row in bed.ctl("top", "--once")["rows"]}
    assert rows[DAVE]["messages"] >= 30 and rows[DAVE]["stage"] != "observe"
    status = bed.ctl("status")
    states = {one["name"]: one["state"] for one in status["attachments"]}
    for name in ("policy", "auth-policy", "log", "lock-map", "deny-file", "helper", "store"):
        assert states[name] == "ok", status["attachments"]
    assert status["queue"]["messages"] == len(bed.queue("hold"))


# -- settings


@pytest.fixture
def settings(bed):
    before = bed.daemon.config.read_text()
    yield bed.daemon.config
    bed.daemon.config.write_text(before)
    bed.ctl("reload", "--reason", "as before")


def test_reload_of_a_wrong_file_changes_nothing(bed, settings):
    before = settings.read_text()
    settings.write_text(before.replace('"enforce"', '"enforced"'))
    with pytest.raises(RuntimeError, match=r"mailfuse\.conf:\d+: mode"):
        bed.ctl("reload", "--reason", "a slip")
    status = bed.ctl("status")
    assert status["mode"] == "enforce" and "mode" in status["config"]["trouble"]
    settings.write_text(before)
    bed.ctl("reload", "--reason", "mended")
    assert bed.ctl("status")["config"]["trouble"] == ""
    assert journal(bed, "config", reason="mended")


def test_reload_keeps_connections_and_modes_take_hold(bed, settings):
    before = settings.read_text()
    bed.ctl("lock", EVE, "--reason", "modes")
    session = bed.smtp(CAROL, addr=HOME)
    session.mail(CAROL)
    assert session.rcpt("friend@d1.test")[0] == 250
    connections = [one["connections"] for one in bed.ctl("status")["attachments"] if one["name"] == "policy"]
    settings.write_text(before.replace('"enforce"', '"observe"'))
    bed.ctl("reload", "--reason", "only look")
    assert bed.ctl("status")["mode"] == "observe"
    assert [one["connections"] for one in bed.ctl("status")["attachments"] if one["name"] == "policy"] == connections
    assert session.rcpt("friend2@d1.test")[0] == 250 and session.data("Subject: x\r\n\r\nx\r\n")[0] == 250
    session.close()
    settings.write_text(before)
    supervisor = bed.daemon.process.pid
    os.kill(supervisor, signal.SIGHUP)
    bed.wait(lambda: bed.ctl("status")["mode"] == "enforce", "the settings by SIGHUP")
    assert refusal(bed, EVE) is not None
    bed.ctl("unlock", EVE, "--force", "--reason", "modes")


def test_json_is_one_object_on_a_line(bed):
    """What a program gets that does not use ours."""
    done = subprocess.run(["/usr/bin/python3", "-c", "import socket, sys\n"
                           "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
                           "s.sendall(b'\\n{\"command\":\"status\"}\\n{\"command\":\"nonsense\"}\\n')\n"
                           "f = s.makefile(); print(f.readline(), f.readline(), sep='', end='')",
                           str(bed.daemon.settings["control_socket"])], stdout=subprocess.PIPE, check=True, timeout=20)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["ok"] is True and second["ok"] is False and second["error"]
