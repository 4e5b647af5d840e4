"""past.py FILE [DAYS] - write the mail log of the company's last days, as rsyslog on Debian 12 would have.

It ends a day before now, so that what is in it counts as usual today. Its people work around the present
hour: the demo may be shown at night.
"""
import datetime
import random
import sys
import time

import people

QUEUE_ID_DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
UNKNOWN_SHARE = 0.004  # of recipients; a mistyped address now and then


class Past:
    def __init__(self, now, seed=14):
        self.now = now
        self.random = random.Random(seed)
        self.lines = []

    def say(self, at, program, pid, text):
        self.lines.append((at, len(self.lines), f"{people.SERVER.split('.')[0]} {program}[{pid}]: {text}"))

    def queue_id(self):
        return "4" + "".join(self.random.choice(QUEUE_ID_DIGITS) for _ in range(9)) + "z" + "".join(
            self.random.choice(QUEUE_ID_DIGITS) for _ in range(4))

    def letter(self, at, person, client, recipients):
        name, address = client
        pid, queue_id = self.random.randrange(4000, 9000), self.queue_id()
        smtpd = "postfix/submission/smtpd"
        self.say(at, smtpd, pid, f"connect from {name}[{address}]")
        self.say(at + 0.1, smtpd, pid, f"{queue_id}: client={name}[{address}], sasl_method=PLAIN,"
                 f" sasl_username={person.login}")
        self.say(at + 0.2, "postfix/cleanup", pid + 1,
                 f"{queue_id}: message-id={self.message_id(person, queue_id)}")
        self.say(at + 0.3, "postfix/qmgr", 812, f"{queue_id}: from=<{person.login}>,"
                 f" size={self.random.randrange(900, 9000)}, nrcpt={len(recipients)} (queue active)")
        for number, recipient in enumerate(recipients):
            self.deliver(at + 0.6 + number * 0.05, pid + 2, queue_id, recipient)
        self.say(at + 0.9, smtpd, pid, f"disconnect from {name}[{address}] ehlo=2 starttls=1 auth=1 mail=1"
                 f" rcpt={len(recipients)} data=1 quit=1 commands={7 + len(recipients)}")
        self.say(at + 1.5, "postfix/qmgr", 812, f"{queue_id}: removed")

    def deliver(self, at, pid, queue_id, recipient):
        domain = recipient.split("@")[1]
        if domain == people.DOMAIN:
            self.say(at, "postfix/virtual", pid, f"{queue_id}: to=<{recipient}>, relay=virtual, delay=0.3,"
                     " delays=0.3/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)")
            return
        relay = f"relay=mx.{domain}[203.0.113.{sum(domain.encode()) % 100 + 150}]:25"
        if self.random.random() < UNKNOWN_SHARE:
            self.say(at, "postfix/smtp", pid, f"{queue_id}: to=<{recipient}>, {relay}, delay=0.4,"
                     f" delays=0.3/0/0/0.1, dsn=5.1.1, status=bounced (host mx.{domain} said: 550 5.1.1"
                     f" <{recipient}>: Recipient address rejected: User unknown (in reply to RCPT TO command))")
        else:
            self.say(at, "postfix/smtp", pid, f"{queue_id}: to=<{recipient}>, {relay}, delay=0.4,"
                     " delays=0.3/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)")

    def message_id(self, person, queue_id):
        if person.program == "postfix":  # that of cleanup(8), for programs that give none
            return f"<{queue_id}@{people.SERVER}>"
        return people.message_id(person.program, self.random)

    def imap(self, at, person, client):
        self.say(at, "dovecot", 700, f"imap-login: Login: user=<{person.login}>, method=PLAIN, rip={client[1]},"
                 f" lip=192.0.2.25, mpid={self.random.randrange(4000, 9000)}, TLS,"
                 f" session=<{self.queue_id()}>")

    def day_of(self, person, noon):
        if person.login == people.NEWSLETTER:
            for number, reader in enumerate(person.contacts):
                self.letter(noon + number * 2, person, person.places[0], [reader])
            return
        for _ in range(self.random.randrange(2, 2 * person.letters)):
            at = noon + self.random.uniform(-5, 4) * 3600
            place = self.random.choice(person.places)
            self.imap(at - 60, person, place)
            self.letter(at, person, place,
                        self.random.sample(person.contacts, self.random.randint(1, person.readers)))

    def text(self, days, everybody):
        for day in range(days, 0, -1):
            for person in everybody:
                if person.login != people.NEWSLETTER or day % 3 == 0:
                    self.day_of(person, self.now - day * 86400 - 4 * 3600)
        rows = []
        for at, _, rest in sorted(self.lines):
            stamp = datetime.datetime.fromtimestamp(at).astimezone().isoformat(timespec="microseconds")
            rows.append(f"{stamp} {rest}\n")
        return "".join(rows)


def write(path, days=14, everybody=None):
    with open(path, "w") as log:
        log.write(Past(time.time()).text(days, everybody or people.company()))


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 14)
