"""mailfuse is not there: mail flows, logins work, and who was locked stays locked. Then it is there again."""
import imaplib
import smtplib
import threading
import time

import pytest

import live_bed
from live_bed import LiveBed

ALICE, BOB = "alice@example.test", "bob@example.test"
LOGIN_SECONDS = 4  # more than Dovecot waits for an auth policy server, less than Postfix waits for Dovecot


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


def test_mail_flows_while_it_is_started_again(down):
    """Not for how long one likes: Dovecot tries a port that refuses ever more seldom, and logins wait for that."""
    for _ in range(3):
        for seconds, trouble in send_many(down, ALICE, 5):
            assert trouble is None
            assert seconds < LOGIN_SECONDS
    down.imap(ALICE, addr="100.64.1.8").logout()


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
