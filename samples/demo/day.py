"""day.py DIR day|abuse [ACCOUNT] - what happens on the mail system of the demo: a working day, or a stolen account.

A day of ordinary people is played in some seconds: each from their own places, with their own mail program, mostly
to people they know. Then the password of one of them is in the hands of somebody with computers all over
the world. Every answer of the server is kept: what it accepted, what it refused and in which words.
"""
import collections
import dataclasses
import imaplib
import json
import random
import smtplib
import sys
import threading
import time

import programs as mail_programs
import people
from mailsystem import MailSystem

TROUBLE = (smtplib.SMTPException, OSError)


@dataclasses.dataclass
class Tally:
    """Of one player. Others read it while he plays."""
    tried: int = 0  # messages
    messages: int = 0  # accepted
    recipients: int = 0  # accepted, of accepted messages
    logins: int = 0
    refused: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # words of the server
    cut: int = 0  # sessions ended by 421 or 521

    def refuse(self, stage, error):
        code, text = getattr(error, "smtp_code", 0), getattr(error, "smtp_error", str(error))
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, text = next(iter(error.recipients.values()))
        text = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        self.refused[f"{stage}: {code} {' '.join(text.split())}"] += 1
        self.cut += code in (421, 521)

    def add(self, other):
        self.tried += other.tried
        self.messages += other.messages
        self.recipients += other.recipients
        self.logins += other.logins
        self.cut += other.cut
        self.refused.update(other.refused)


def send(session, tally, sender, recipients, content):
    """One message; what is refused goes into the tally. False: the session is over."""
    tally.tried += 1
    try:
        refused = session.sendmail(sender, recipients, content)
        tally.messages += 1
        tally.recipients += len(recipients) - len(refused)
        for answer in refused.values():
            tally.refuse("recipient", smtplib.SMTPResponseException(*answer))
    except TROUBLE as error:
        tally.refuse("message", error)
        return session.sock is not None and getattr(error, "smtp_code", 0) not in (421, 521)
    return True


class Player(threading.Thread):
    """A thread with a tally and a way to end it early."""

    def __init__(self, programs, seed):
        super().__init__(daemon=True)
        self.programs, self.random = programs, random.Random(seed)
        self.tally, self.over = Tally(), threading.Event()

    def open(self, login, password, place):
        """A session, or None, with the refusal in the tally."""
        try:
            session = self.programs.smtp(login, password, place)
        except TROUBLE as error:
            self.tally.refuse("login", error)
            return None
        self.tally.logins += 1
        return session


class Colleague(Player):
    """An ordinary day: some letters, a new session for each, or a newsletter in one."""

    def __init__(self, programs, person, seconds, seed, password=None):
        super().__init__(programs, f"{person.login} {seed}")
        self.person, self.seconds, self.password = person, seconds, password or person.password

    def run(self):
        one = self.person
        if one.readers == 1 and one.letters == len(one.contacts):
            self.issue()
            return
        # at most what its log calls usual: an honest day has no surprise
        times = sorted(self.random.uniform(0, self.seconds) for _ in range(one.letters))
        start = time.monotonic()
        for number, at in enumerate(times):
            if self.over.wait(max(0, start + at - time.monotonic())):
                return
            session = self.open(one.login, self.password, one.places[number % len(one.places)])
            if session:
                to = self.random.sample(one.contacts, self.random.randint(1, one.readers))
                send(session, self.tally, one.login, to, self.words(to, f"Monday's meeting, {number}"))
                session.close()

    def issue(self):
        session = self.open(self.person.login, self.password, self.person.places[0])
        for reader in self.person.contacts:
            if session is None or self.over.wait(self.seconds / len(self.person.contacts) / 2):
                return
            if not send(session, self.tally, self.person.login, [reader], self.words([reader], "Our news")):
                return
        session.close()

    def words(self, to, subject):
        return mail_programs.letter(self.person.login, to, subject, people.message_id(self.person.program, self.random))


class Bot(Player):
    """One computer of the thief's: logs in, sends until the session ends, and comes again until that fails, too."""

    # how addresses begin that do not exist, and those where mail is refused as spam
    GONE, REFUSING = "nobody.", "blocked."

    def __init__(self, programs, login, password, address, messages, pause, seed):
        super().__init__(programs, seed)
        self.login, self.password, self.address = login, password, address
        self.left, self.pause = messages, pause
        self.refusals_left = 3  # then it believes it

    def run(self):
        session = None
        while self.left > 0 and self.refusals_left > 0 and not self.over.wait(self.random.uniform(0, 2 * self.pause)):
            session = session or self.open(self.login, self.password, (None, self.address))
            if session is None:
                self.refusals_left -= 1
                continue
            self.left -= 1
            to = [self.victim() for _ in range(self.random.randint(2, 6))]
            text = "Your parcel waits: http://parcel.invalid/pay\r\n"
            content = mail_programs.letter(self.login, to, f"Parcel {self.random.randrange(10 ** 6)}",
                                    people.message_id("thief", self.random), text)
            if not send(session, self.tally, self.login, to, content):
                session.close()
                session = None
                self.refusals_left -= 1
        if session:
            session.close()

    def victim(self):
        """Of a bought list: a third is gone long ago, and some live where nobody wants it."""
        kind = self.random.choices(["", self.GONE, self.REFUSING], [60, 33, 7])[0]
        return (f"{kind}{self.random.choice(people.FIRST_NAMES)}.{self.random.randrange(10 ** 5)}"
                f"@{self.random.choice(['freemail', 'webpost', 'inbox', 'mailhaus'])}-{self.random.randrange(9)}.test")


class Reader:
    """The thief's open IMAP session, in which he looks for what is worth reading."""

    def __init__(self, programs, login, password, address):
        self.session = programs.imap(login, password, address)
        self.session.select("INBOX")

    def alive(self):
        try:
            return self.session.noop()[0] == "OK"
        except (imaplib.IMAP4.error, OSError):
            return False

    def close(self):
        self.session.shutdown()


class Group:
    """Players that play together."""

    def __init__(self, players):
        self.players = list(players)

    def start(self):
        for player in self.players:
            player.start()
        return self

    def running(self):
        return any(player.is_alive() for player in self.players)

    def end(self):
        for player in self.players:
            player.over.set()
        self.join()

    def join(self):
        for player in self.players:
            player.join()
        return self

    def tally(self):
        total = Tally()
        for player in self.players:
            total.add(player.tally)
        return total


def working_day(programs, seconds, seed=1, without=()):
    return Group(Colleague(programs, one, seconds, seed) for one in people.company() if one.login not in without)


def abuse(programs, hosts=30, messages=20, pause=0.25, login=people.OWNER, password=None, bot=Bot):
    """A stolen account: so many hosts, so many messages each, seconds between two of one host on average."""
    password = password or next(one.password for one in people.company() if one.login == login)
    return Group(bot(programs, login, password, address, messages, pause, seed=number)
                 for number, address in enumerate(people.botnet(hosts)))


def main(directory, what, login=people.OWNER):
    programs = MailSystem(directory).programs()
    group = working_day(programs, 10) if what == "day" else abuse(programs, login=login)
    tally = group.start().join().tally()
    print(json.dumps({**vars(tally), "refused": dict(tally.refused.most_common(10))}, indent=1))


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[2] not in ("day", "abuse"):
        sys.exit(__doc__.split("\n", maxsplit=1)[0])
    main(*sys.argv[1:4])
