"""`mailfuse run` with real servers: ordinary life goes on, accounts that are abused from 1, 20 and 200 addresses
are stopped, and what came of each message is accounted for."""
import smtplib

import pytest

import live_bed
from live_bed import LiveBed

ABUSES = {  # of whom: from how many addresses, messages from each, seconds between two of one address
    "bob@example.test": (1, 120, 0.05),
    "carol@example.test": (20, 10, 1.0),
    "dave@example.test": (200, 2, 5.0),
}
LEAK = 60  # recipients at most; about ten are usual
OWN = "46.48.93.60"


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    with LiveBed(mailfuse) as one:
        yield one


@pytest.fixture(scope="module")
def life(bed):
    """Ordinary users, while three accounts are abused one after the other: (their day, account -> attack)."""
    background = bed.begin_normal(seconds=25, speed=40)
    attacks = {}
    for account, (hosts, messages, pause) in ABUSES.items():
        attacks[account] = bed.abuse(account, hosts, messages, pause)
    day = bed.end(background)
    bed.settled()
    return day, attacks


def test_nobody_else_was_refused(bed, life):
    day, _ = life
    wrong = [(account, words) for account, words in day["refused"] if account not in ABUSES]
    assert wrong == []
    stages = {account: bed.stage(account) for account, _, _ in live_bed.ORDINARY if account not in ABUSES}
    assert set(stages.values()) == {"observe"}, stages


@pytest.mark.parametrize("account", ABUSES)
def test_the_abused_account_is_locked_and_little_got_out(bed, life, account):
    _, attacks = life
    thief, (hosts, messages, _) = attacks[account], ABUSES[account]
    out = bed.abusive(account)
    print(f"{account} from {hosts} addresses: {hosts * messages} messages wanted, {thief.messages} taken to"
          f" {thief.recipients} recipients, {out} of whom were reached; {thief.cut} sessions cut")
    assert bed.stage(account) == "lock"
    assert thief.cut > 0 and out <= LEAK
    assert {words.split(":")[1].split()[0] for words in thief.refused} <= {"421", "535"}


@pytest.mark.parametrize("account", ABUSES)
def test_each_message_is_accounted_for(bed, life, account):
    """The counts of the incident are those of the queue and of the world."""
    number = bed.ctl("show", account)["incident"]
    incident = bed.ctl("incident", number)["incident"]
    assert incident["account"] == account and incident["stage"] == "lock"
    held = bed.queue("hold", account)
    assert incident["held"]["messages"] == len(held)
    assert incident["purged"]["messages"] == 0
    assert [one for one in incident["actions"] if one["state"] not in ("done", "skipped")] == []


@pytest.mark.parametrize("account", ABUSES)
def test_a_locked_account_can_do_nothing_more(bed, life, account):
    with pytest.raises(smtplib.SMTPException):
        bed.send(account, ["ok-more@d1.test"], addr=OWN)
    assert not [one for one in bed.sink(account) if "ok-more@d1.test" in one["to"]]


def test_nothing_of_it_waits_to_be_delivered(bed, life):
    assert [one for one in bed.queue() if one["queue_name"] != "hold" and one["sender"] in ABUSES] == []
