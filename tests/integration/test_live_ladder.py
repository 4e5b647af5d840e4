"""The ladder in action, with Dovecot wired as `mailfuse setup dovecot` does it: what becomes of sessions that were
open before the lock, of colleagues behind the thief's address, and of each message in Postfix's queue."""
import imaplib
import re
import smtplib

import pytest

import live_bed
from live_bed import LiveBed

THIEF, COLLEAGUE, READER = "carol@example.test", "shop@shop.test", "alice@example.test"
OFFICE = live_bed.usual_addresses(COLLEAGUE)[0]  # the thief is there, too
PATIENCE = 4.0  # seconds of a login and a message; Dovecot's own penalty would begin there
WIRED = {"AUTH_PENALTY": "yes", "DOVECOT_CONF": "\\n".join((
    "service anvil {", "unix_listener anvil-auth-penalty {", "mode = 0", "}", "}",
    "auth_policy_hash_truncate = 16", "auth_policy_server_timeout_msecs = 500"))}


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    with LiveBed(mailfuse, bed=WIRED) as one:
        yield one


class Abuse:
    """Sessions that are open, then the abuse, then the lock."""

    def __init__(self, bed):
        self.session = bed.smtp(THIEF, addr="61.5.4.1")
        self.session.sendmail(THIEF, ["full@d1.test"], "Subject: t\r\n\r\nIt waits in the queue, however fast the rest leaves.")
        self.mailboxes = [bed.imap(THIEF, addr=f"61.5.4.{i}") for i in range(2, 5)]
        self.reader = bed.imap(READER, addr=OFFICE)
        colleague = live_bed.Letters(bed, COLLEAGUE, pause=1)
        colleague.start()
        self.stats = bed.attack(user=THIEF, addrs=8, messages=40, rcpts=5, reconnect=5)
        bed.wait(lambda: bed.stage(THIEF) == "lock", "the lock")
        for i in range(3):  # refused at the very address of the colleague
            with pytest.raises(smtplib.SMTPAuthenticationError):
                bed.smtp(THIEF, addr=OFFICE)
        colleague.stop()
        self.colleague = colleague
        bed.settled()
        number = bed.ctl("show", THIEF)["incident"]
        bed.wait(lambda: not [one for one in bed.ctl("incident", number)["incident"]["actions"]
                              if one["state"] == "pending"], "the actions")
        self.incident = bed.ctl("incident", number)["incident"]


@pytest.fixture(scope="module")
def abuse(bed):
    one = Abuse(bed)
    yield one
    one.reader.logout()


def test_a_session_from_before_the_lock_ends_at_its_next_recipient(abuse):
    code, _ = abuse.session.mail(THIEF)
    assert code == 250
    code, words = abuse.session.rcpt("ok1@d1.test")
    assert code == 421 and f"incident {abuse.incident['incident']}" in words.decode()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        abuse.session.noop()


def test_its_mailbox_sessions_end_and_those_of_others_do_not(abuse):
    for mailbox in abuse.mailboxes:
        with pytest.raises((imaplib.IMAP4.error, OSError)):
            mailbox.noop()
    assert abuse.reader.noop()[0] == "OK"


def test_new_logins_are_refused(bed, abuse):
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        bed.smtp(THIEF, addr="61.5.4.9")
    assert b"locked" in refused.value.smtp_error
    with pytest.raises(imaplib.IMAP4.error):
        bed.imap(THIEF, addr="61.5.4.10")


def test_a_colleague_at_the_same_address_does_not_wait(abuse):
    colleague = abuse.colleague
    print(f"{len(colleague.seconds)} letters, the slowest took {max(colleague.seconds):.2f} s")
    assert colleague.trouble == [] and len(colleague.seconds) >= 3
    assert max(colleague.seconds) < PATIENCE


def test_what_the_incident_holds_is_what_postfix_holds(bed, abuse):
    def both():
        """An envelope that is empty by now was delivered while it was put on hold: it counts as sent."""
        incident = bed.ctl("incident", abuse.incident["incident"])["incident"]
        return ({one["queue_id"]: one for one in incident["held_messages"]},
                {one["queue_id"]: one for one in bed.queue("hold")})
    bed.wait(lambda: set.__eq__(*map(set, both())), lambda: f"the same messages: {both()} {bed.queue('hold')}", 30)
    listed, held = both()
    assert {bed.login_of(queue_id) for queue_id in held} == {THIEF}
    for queue_id, one in listed.items():
        assert one["sender"] == held[queue_id]["sender"]
        assert one["recipients"] >= len(held[queue_id]["recipients"])
    print(f"out {abuse.incident['out']}, held {abuse.incident['held']}, of {abuse.stats}")


def test_every_message_that_postfix_took_is_counted_once(bed, abuse):
    """Queue ids of the thief in Postfix's own log against the sums of the incident."""
    log = (bed.bed / "mail.log").read_text(errors="replace")
    ids = set(re.findall(rf"smtpd\[\d+\]: (\w+): client=.*sasl_username={re.escape(THIEF)}", log))
    ids &= set(re.findall(r"cleanup\[\d+\]: (\w+): message-id=", log))  # those that came to their end
    incident = abuse.incident
    counted = sum(incident[part]["messages"] for part in ("out", "held", "released", "purged"))
    assert counted == len(ids) == 1 + abuse.stats["messages_accepted"]
    assert sum(client["messages"] for client in incident["clients"]) == len(ids)
    left = {one["queue_id"] for one in bed.queue() if one["sender"] == THIEF}
    assert left <= ids


def test_mail_of_others_is_untouched(bed, abuse):
    assert [one for one in bed.queue() if one["sender"] != THIEF] == []
    assert {bed.stage(account) for account in (COLLEAGUE, READER)} == {"observe"}
    arrived = sum(len(one["to"]) for one in bed.sink(COLLEAGUE))
    assert arrived == len(abuse.colleague.seconds)
