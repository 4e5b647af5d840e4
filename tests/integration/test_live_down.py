"""mailfuse is not there: mail flows, logins work, and who was locked stays locked. Then it is there again."""
import imaplib
import smtplib
import threading
import time

import pytest

import live_bed
from live_bed import LiveBed

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"
LOGIN_SECONDS = 2  # Dovecot waits 0.25 for an auth policy server; the machine may be busy
OUTAGE_SECONDS = 20  # Dovecot tries a port that refuses ever more seldom


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    with LiveBed(mailfuse, learnt=False) as one:
        one.ctl("lock", BOB, "--reason", "test")
        yield one


@pytest.fixture
def down(bed):
    assert bed.daemon.stop() == 0
    yield bed
    bed.daemon.start()


def send_many(bed, account, count):
    """That many at once, each with a login of its own: (seconds, trouble) of each."""
    found = []

    def one(number):
        start, trouble = time.monotonic(), None
        try:
            bed.send(account, ["friend@d1.test"], addr=f"100.64.{number}.7")
        except (smtplib.SMTPException, OSError) as error:
            trouble = error
        found.append((time.monotonic() - start, trouble))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def wrong_password(bed):
    with pytest.raises(smtplib.SMTPAuthenticationError) as error:
        bed.smtp(CAROL, password="wrong", addr="100.64.1.11")
    assert error.value.smtp_code == 535


def imap(bed):
    bed.imap(ALICE, addr="100.64.1.8").logout()


def seconds_of(action, *arguments):
    start = time.monotonic()
    action(*arguments)
    return time.monotonic() - start


def test_mail_flows_and_logins_are_fast(down):
    """However long it is away. Several at once, and wrong passwords between them: that is what made Dovecot forget
    its own timeout, when it asked twice about each login."""
    until, rounds = time.monotonic() + OUTAGE_SECONDS, 0
    while time.monotonic() < until:
        for seconds, trouble in send_many(down, ALICE, 5):
            assert trouble is None
            assert seconds < 3 * LOGIN_SECONDS  # with a delivery
        assert seconds_of(imap, down) < LOGIN_SECONDS
        assert seconds_of(wrong_password, down) < LOGIN_SECONDS
        rounds += 1
    assert rounds > 5


def test_a_recipient_waits_a_second_for_it(down):
    start = time.monotonic()
    assert down.send(ALICE, [f"friend{number}@d1.test" for number in range(5)], addr="100.64.1.12") == {}
    assert time.monotonic() - start < 5 + 1 + LOGIN_SECONDS  # and the end of the message


def test_a_session_that_began_before_a_restart_is_asked_about_after_it(bed):
    session = bed.smtp(CAROL, addr="100.64.1.13")
    try:
        session.mail(CAROL)
        assert session.rcpt("friend@d1.test")[0] == 250
        bed.daemon.stop()
        assert session.rcpt("other@d1.test")[0] == 250
        bed.daemon.start()
        bed.ctl("lock", CAROL, "--reason", "test")
        assert session.rcpt("third@d1.test")[0] == 421
    finally:
        session.close()
        bed.ctl("unlock", CAROL, "--force", "--reason", "test")


def test_the_locked_stay_locked_without_it(down):
    with pytest.raises(smtplib.SMTPAuthenticationError):
        down.send(BOB, ["friend@d1.test"])
    with pytest.raises(imaplib.IMAP4.error):
        down.imap(BOB, addr="100.64.1.9")


def test_postfix_alone_refuses_the_locked(down):
    """By its own map, should Dovecot let them in."""
    deny = down.bed / "dovecot" / "deny"
    before = deny.read_text()
    deny.write_text("")
    try:
        def refused():
            try:
                down.send(BOB, ["friend@d1.test"], addr="100.64.1.10")
            except smtplib.SMTPAuthenticationError:
                return False  # Dovecot looks at the file once a second
            except smtplib.SMTPException:
                return True
            raise AssertionError("its mail was taken")
        down.wait(refused, "Dovecot lets it in")
    finally:
        deny.write_text(before)


def test_it_knows_everything_again(bed):
    bed.daemon.stop()
    bed.daemon.start()
    assert bed.stage(BOB) == "lock"
    assert bed.stage(ALICE) == "observe"
    assert bed.send(ALICE, ["friend@d1.test"]) == {}
