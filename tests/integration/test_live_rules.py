"""What the settings forbid, asked by a real Postfix and Dovecot: senders bound to logins, submission from some
networks only, limits that the mail server enforces, recipients and clients that are blocked, guessed passwords,
and Postfix's own lookups through socketmap."""
import imaplib
import smtplib
import subprocess
import time

import pytest

import live_bed
from live_bed import LiveBed

ALICE, BOB, CAROL, DAVE, EVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave", "eve"))
HOME = "46.48.93.60"
RULES = """
limits { at-limit = defer }
account "bob@example.test" { limits { recipients-per-hour = 6
 at-limit = defer } }
account "dave@example.test" { submission { networks = {"198.51.100.0/24"} } }
"""


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    tables = f"inet:127.0.0.1:{live_bed.free_ports(3)[-1]}"
    one = LiveBed(mailfuse, settings={"socketmap_listen": [tables]}, more=RULES, learnt=False,
                  bed={"MAIN_CF": f"mua_sender_restrictions = check_sasl_access socketmap:{tables}:sasl-access"})
    one.tables = tables
    senders = one.dir / "senders"
    senders.write_text("info@example.test alice@example.test, bob@example.test\n"
                       "shop@shop.test shop@shop.test\n")
    one.daemon.settings["sender_logins"] = senders
    with one:
        yield one


def refusal(call, *arguments, **options):
    """What the server said, when it refused: "553 5.7.1 ..."."""
    with pytest.raises(smtplib.SMTPException) as caught:
        call(*arguments, **options)
    error = caught.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    else:
        code, words = error.smtp_code, error.smtp_error
    return f"{code} {words.decode() if isinstance(words, bytes) else words}"


def submit(bed, login, sender, to, addr=HOME):
    session = bed.smtp(login, addr=addr)
    try:
        return session.sendmail(sender, to, f"From: {sender}\r\nTo: {to[0]}\r\nSubject: test\r\n\r\nHello\r\n")
    finally:
        session.close()


def test_a_sender_belongs_to_its_logins(bed):
    assert submit(bed, ALICE, ALICE, ["one@d1.test"]) == {}
    assert submit(bed, ALICE, "info@example.test", ["two@d1.test"]) == {}
    assert submit(bed, ALICE, "", ["three@d1.test"]) == {}  # a notification
    assert refusal(submit, bed, ALICE, CAROL, ["four@d1.test"]).startswith("553 5.7.1")
    assert refusal(submit, bed, CAROL, "info@example.test", ["five@d1.test"]).startswith("553 5.7.1")


def test_submission_from_some_networks_only(bed):
    assert submit(bed, DAVE, DAVE, ["one@d1.test"], addr="198.51.100.7") == {}
    assert refusal(submit, bed, DAVE, DAVE, ["one@d1.test"], addr=HOME).startswith("554 5.7.1")


def test_a_limit_that_the_server_enforces(bed):
    """Six recipients an hour: what one session has begun and not finished counts for the others."""
    assert submit(bed, BOB, BOB, [f"r{i}@d2.test" for i in range(3)]) == {}
    first, second = bed.smtp(BOB, addr=HOME), bed.smtp(BOB, addr=HOME)
    for session in (first, second):
        session.mail(BOB)
    codes = [session.rcpt(f"s{i}@d2.test")[0] for i in range(2) for session in (first, second)]
    assert codes.count(250) == 3 and codes.count(450) == 1, codes
    assert [first.rcpt("again@d2.test")[0] for _ in range(2)] == [450, 450]
    second.close()  # what it had begun never will be, which shows when its smtpd takes the next session

    def takes_one_more():
        session = bed.smtp(BOB, addr=HOME)
        session.mail(BOB)
        code = session.rcpt("again@d2.test")[0]
        session.close()
        return code == 250

    bed.wait(takes_one_more, "room that was given back", 10)
    first.close()
    assert bed.stage(BOB) == "observe"  # nothing against him: the server refused what was too much


def test_blocked_recipients_and_clients(bed):
    bed.ctl("block", "rcpt", "phisher@evil.test", "--reason", "phishing")
    bed.ctl("block", "rcpt", "@worse.test")
    assert refusal(submit, bed, EVE, EVE, ["phisher@evil.test"]).startswith("550 5.7.1")
    assert refusal(submit, bed, EVE, EVE, ["anybody@worse.test"]).startswith("550 5.7.1")
    assert submit(bed, EVE, EVE, ["friend@evil.test"]) == {}
    bed.ctl("unblock", "rcpt", "phisher@evil.test")
    assert submit(bed, EVE, EVE, ["phisher@evil.test"]) == {}
    bed.ctl("block", "client", "203.0.113.0/24")
    assert "blocked" in refusal(bed.smtp, EVE, addr="203.0.113.9")
    assert {b["value"]: b["hits"] for b in bed.ctl("blocks")["blocks"]} == {"@worse.test": 1, "203.0.113.0/24": 0}
    bed.ctl("unblock", "client", "203.0.113.0/24")


def table(bed, name, key):
    """What Postfix reads from one of our tables; "" when it is not there."""
    return subprocess.run(["/usr/sbin/postmap", "-c", bed.bed / "postfix", "-q", key, f"socketmap:{bed.tables}:{name}"],
                          stdout=subprocess.PIPE, text=True, timeout=20, check=False).stdout.strip()


def test_postfix_looks_up_locks_and_senders_by_socketmap(bed):
    assert table(bed, "sasl-access", CAROL) == ""
    bed.ctl("lock", CAROL, "--reason", "test")
    assert table(bed, "sasl-access", CAROL).startswith("421 4.7.1")
    bed.ctl("unlock", CAROL, "--force")
    assert table(bed, "sasl-access", CAROL) == ""
    assert table(bed, "sender-logins", "info@example.test") == f"{ALICE}, {BOB}"
    assert submit(bed, CAROL, CAROL, ["one@d1.test"]) == {}
    assert next(a for a in bed.ctl("status")["attachments"] if a["name"] == "socketmap")["requests"] > 5


def login_time(bed, user, addr, password=None):
    """Seconds until the answer; and whether it was a yes."""
    begun = time.monotonic()
    try:
        bed.smtp(user, password=password, addr=addr).close()
        return time.monotonic() - begun, True
    except smtplib.SMTPException:
        return time.monotonic() - begun, False


def test_guessing_is_stopped_and_colleagues_are_not_slowed_down(bed):
    addr = "203.0.113.77"
    assert login_time(bed, EVE, addr)[1]  # a colleague who has been here before
    for i in range(3):
        assert not login_time(bed, ALICE, addr, password=f"guess{i}")[1]
    assert "too many" in refusal(bed.smtp, ALICE, password="guess4", addr=addr)
    seconds, let_in = login_time(bed, EVE, addr)
    assert let_in and seconds < 1, seconds
    assert login_time(bed, ALICE, HOME)[1]  # where she is at home she goes on
    entries = [e for e in bed.ctl("journal", "--limit", 200)["entries"] if e["what"] == "guessing"]
    assert entries and addr in entries[-1]["detail"]


def test_the_same_wrong_password_again_is_a_forgotten_telephone(bed):
    addr = "203.0.113.78"
    for _ in range(8):
        assert not login_time(bed, ALICE, addr, password="of-last-year")[1]
    assert login_time(bed, ALICE, addr)[1]


def imap_refusal(bed, *arguments, **options):
    """What Dovecot said; the connection is not left open."""
    try:
        bed.imap(*arguments, **options).logout()
    except imaplib.IMAP4.error as error:
        return str(error)
    return "let in"


def test_imap_is_protected_likewise(bed):
    said = [imap_refusal(bed, DAVE, password=f"guess{i}", addr="203.0.113.79") for i in range(4)]
    assert "too many" in said[-1] and "too many" not in said[0], said
