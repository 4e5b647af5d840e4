#!/usr/bin/python3
"""make_sample.py [FILE] - write the sample log: a month of a small company, and its bad end.

The joinery "birke.test" has 24 accounts, a newsletter, a web form, a scanner, a webmail host, a
manager who travels, and a file server that mails its nightly report without a login. In the last
days a workstation on the LAN catches a spam bot, which only the firewall sees; and an account is
phished: its owner answers the phisher, who tries the password (and mistypes it), reads for two
days, sends one letter to himself to see whether it works, and hands the account to a botnet on
Sunday evening. The log ends on Monday morning, when honest mail is refused and the queue is full.

The same bytes every time: nothing but a seeded random number generator, and of that only the
parts that are the same in every Python. All names are reserved for examples (RFC 2606, RFC 6761),
all addresses for documentation (RFC 5737, RFC 3849) or benchmarks (RFC 2544).
"""
import datetime
import lzma
import random
import sys
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent / "mail.log.xz"

ZONE_CHANGE = datetime.datetime(2026, 10, 25, 1, tzinfo=datetime.timezone.utc)
START = datetime.date(2026, 10, 17)  # a Saturday
DAYS = 31
LAST_LINE = (30, 8.05)  # day and hour: the Monday on which somebody looks

DOMAIN = "birke.test"
SERVER = "mail.birke.test"
SERVER_IP = "192.0.2.25"
OFFICE = ("office.birke.test", "192.0.2.1")
WEBMAIL = ("webmail.birke.test", "10.20.0.5")
SCANNER = ("scanner.birke.test", "10.20.0.40")
FILE_SERVER = ("files.birke.test", "10.20.0.9")
BOT_PC = "10.20.0.57"

PEOPLE = """anna.berg ben.koch clara.lang david.roth eva.stein felix.haas greta.wolf hannah.vogt
    ida.kern jonas.weber karl.busch lena.frank martin.ott nora.simon oskar.beck paula.horn
    rosa.jung simon.graf tilda.maier vera.winter""".split()
MANAGER, VICTIM, SCEPTIC = "martin.ott", "jonas.weber", "hannah.vogt"

PROVIDERS = ["freemail.example", "webpost.example", "inbox.example", "mailhaus.example"]
PARTNERS = [f"{name}.test" for name in """ahorn-holz beschlag-hansa bauamt-nord dachwerk-sued
    eichenhof elektro-lutz fensterbau-ost glas-peters hotel-linde innung-tischler kanzlei-moor
    kita-wiese lack-und-leim maler-krug museum-hafen notar-brandt praxis-hell schule-am-see
    spedition-falk steuer-thoma treppen-ernst werkzeug-voss zimmerei-arp""".split()]
NAMES = """adam bea carl dora emil fritz gina hugo ines jan kim lars mia nils olga peter
    ruth sven tina uwe""".split()
PHISHER = "service@mailbox-renewal.example"
DROP = "check.7731@webpost.example"

QUEUE_ID_DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"


def base52(number, digits):
    text = ""
    while number or len(text) < digits:
        number, digit = divmod(number, 52)
        text = QUEUE_ID_DIGITS[digit] + text
    return text


class Sample:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.end = self.at(*LAST_LINE)
        self.qmgr_pid = 812
        self.home = {name: (f"dsl-{n}.access.test", f"198.18.{n * 7 + 3}.{n + 20}")
                     for n, name in enumerate(PEOPLE)}
        self.contacts = {name: [f"{self.random.choice(NAMES)}@{self.random.choice(PARTNERS)}"
                                for _ in range(14)]
                         + [f"{self.random.choice(NAMES)}.{self.random.randrange(90)}@"
                            f"{self.random.choice(PROVIDERS)}" for _ in range(4)]
                         for name in PEOPLE}

    # -- time and lines

    def at(self, day, hour):
        """Seconds since 1970 of that hour of local time; winter time begins in the sample."""
        noon = datetime.datetime.combine(START + datetime.timedelta(day), datetime.time(12),
                                         tzinfo=datetime.timezone.utc)
        return (noon - datetime.timedelta(hours=12 + (2 if noon < ZONE_CHANGE else 1))
                ).timestamp() + hour * 3600

    def weekday(self, day):
        return (START + datetime.timedelta(day)).weekday()

    def say(self, at, program, text, host="mail", pid=None):
        if at <= self.end:
            pid = "" if pid is None else f"[{pid}]"
            self.lines.append((at, len(self.lines), host, f"{program}{pid}: {text}"))

    def text(self):
        rows = []
        for at, _, host, rest in sorted(self.lines):
            offset = 2 if at < ZONE_CHANGE.timestamp() else 1
            stamp = datetime.datetime.fromtimestamp(
                int(at), datetime.timezone(datetime.timedelta(hours=offset)))
            rows.append(f"{stamp.isoformat()} {host} {rest}\n")
        return "".join(rows)

    # -- one message

    def pid(self, at):
        return 4000 + int(at) // 600 % 25000 + self.random.randrange(4)

    def queue_id(self, at):
        return (base52(int(at), 6) + base52(int(at % 1 * 1000000), 4) + "z"
                + base52(self.random.randrange(140000, 320000), 3))

    def submit(self, at, account, client, recipients, sender=None, service="submission"):
        """A message from a login; `recipients` are pairs of address and result."""
        name, address = client
        smtpd, pid = f"postfix/{service}/smtpd", self.pid(at)
        self.say(at, smtpd, f"connect from {name}[{address}]", pid=pid)
        if self.random.random() < 0.15:
            self.say(at + 0.1, smtpd, f"Anonymous TLS connection established from {name}[{address}]:"
                     " TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)", pid=pid)
        queue_id = self.queue_id(at + 0.2)
        self.say(at + 0.2, smtpd, f"{queue_id}: client={name}[{address}], sasl_method=PLAIN,"
                 f" sasl_username={account}", pid=pid)
        self.queued(at + 0.3, queue_id, sender or account, recipients)
        self.say(at + 0.9, smtpd, f"disconnect from {name}[{address}] ehlo=2 starttls=1 auth=1 mail=1"
                 f" rcpt={len(recipients)} data=1 quit=1 commands={7 + len(recipients)}", pid=pid)

    def receive(self, at, client, sender, recipients):
        """A message from outside, or from a host that needs no login."""
        name, address = client
        pid, queue_id = self.pid(at), self.queue_id(at + 0.2)
        self.say(at, "postfix/smtpd", f"connect from {name}[{address}]", pid=pid)
        self.say(at + 0.2, "postfix/smtpd", f"{queue_id}: client={name}[{address}]", pid=pid)
        self.queued(at + 0.3, queue_id, sender, recipients)
        self.say(at + 0.9, "postfix/smtpd", f"disconnect from {name}[{address}] ehlo=2 starttls=1"
                 f" mail=1 rcpt={len(recipients)} data=1 quit=1 commands={6 + len(recipients)}", pid=pid)

    def local(self, at, uid, sender, recipients):
        queue_id = self.queue_id(at)
        self.say(at, "postfix/pickup", f"{queue_id}: uid={uid} from=<{sender}>", pid=self.pid(at))
        self.queued(at + 0.1, queue_id, sender, recipients)

    def queued(self, at, queue_id, sender, recipients):
        self.say(at, "postfix/cleanup", f"{queue_id}: message-id=<{queue_id}@{SERVER}>",
                 pid=self.pid(at))
        size = 900 + self.random.randrange(60) * self.random.randrange(400)
        pending, active, bounced = recipients, at + 0.1, False
        while pending and active <= self.end:
            self.say(active, "postfix/qmgr", f"{queue_id}: from=<{sender}>, size={size},"
                     f" nrcpt={len(pending)} (queue active)", pid=self.qmgr_pid)
            later = []
            for number, (recipient, result) in enumerate(pending):
                done = active + 0.4 + number * 0.05
                left = self.deliver(done, at, queue_id, recipient, result)
                bounced = bounced or left == "bounced"
                if left not in ("sent", "bounced"):
                    later.append((recipient, left))
            pending = later
            if pending:  # as qmgr(8) does: again after as long as it has been there
                active += min(max(active - at, 300), 4000) + self.random.randrange(40)
        if pending:
            return
        gone = done + 0.2
        if bounced:
            notice = self.queue_id(gone)
            self.say(gone, "postfix/bounce",
                     f"{queue_id}: sender non-delivery notification: {notice}", pid=self.pid(gone))
            if sender.endswith("@" + DOMAIN):
                self.queued(gone + 0.01, notice, "", [(sender, "sent")])
        self.say(gone + 0.1, "postfix/qmgr", f"{queue_id}: removed", pid=self.qmgr_pid)

    def deliver(self, at, queued, queue_id, recipient, result):
        """One delivery attempt; gives "sent", "bounced", or what will come next time."""
        domain = recipient.split("@")[1]
        mx = f"mx.{domain}[203.0.113.{sum(domain.encode()) % 150 + 100}]"
        delay = f"{at - queued:.2f}" if at - queued < 10 else f"{at - queued:.0f}"
        if domain == DOMAIN:
            self.say(at, "postfix/lmtp", f"{queue_id}: to=<{recipient}>, relay={SERVER}"
                     f"[private/dovecot-lmtp], delay={delay}, delays={delay}/0/0/0, dsn=2.0.0,"
                     f" status=sent (250 2.0.0 <{recipient}> Saved)", pid=self.pid(at))
            return "sent"
        status, dsn, reply, then = {
            "sent": ("sent", "2.0.0", "250 2.0.0 Ok: queued", "sent"),
            "greylisted": ("deferred", "4.2.0", f"450 4.2.0 <{recipient}>: Recipient address"
                           " rejected: Greylisted, try again in five minutes", "sent"),
            "unknown": ("bounced", "5.1.1", f"550 5.1.1 <{recipient}>: Recipient address rejected:"
                        " User unknown in virtual mailbox table", "bounced"),
            "spam": ("bounced", "5.7.1", f"554 5.7.1 Message from [{SERVER_IP}] refused as spam,"
                     f" see https://{domain}/refused", "bounced"),
            "listed": ("bounced", "5.7.1", f"550 5.7.1 Service unavailable; client [{SERVER_IP}]"
                       " blocked using bl.dnsbl.example", "bounced"),
            "throttled": ("deferred", "4.7.0", f"421 4.7.0 [{SERVER_IP}] Too many messages from"
                          " your address, try again later", "throttled"),
        }[result]
        if status != "sent":
            reply = f"host {mx} said: {reply} (in reply to RCPT TO command)"
        self.say(at, "postfix/smtp", f"{queue_id}: to=<{recipient}>, relay={mx}:25, delay={delay},"
                 f" delays={delay}/0/0/0, dsn={dsn}, status={status} ({reply})", pid=self.pid(at))
        return then

    # -- logins

    def imap_login(self, at, account, address, ok=True):
        session = base52(self.random.randrange(52 ** 11), 11)
        if ok:
            self.say(at, "dovecot", f"imap-login: Login: user=<{account}>, method=PLAIN,"
                     f" rip={address}, lip={SERVER_IP}, mpid={self.pid(at)}, TLS,"
                     f" session=<{session}>")
        else:
            self.say(at, "dovecot", "imap-login: Disconnected: Connection closed (auth failed, 1"
                     f" attempts in 2 secs): user=<{account}>, method=PLAIN, rip={address},"
                     f" lip={SERVER_IP}, TLS, session=<{session}>")

    def smtp_login_failure(self, at, account, address):
        pid, smtpd = self.pid(at), "postfix/submission/smtpd"
        self.say(at, smtpd, f"connect from unknown[{address}]", pid=pid)
        self.say(at + 2, smtpd, f"warning: unknown[{address}]: SASL LOGIN authentication failed:"
                 f" (reason unavailable), sasl_username={account}", pid=pid)
        self.say(at + 3, smtpd, f"disconnect from unknown[{address}] ehlo=1 auth=0/1 quit=1"
                 " commands=2/3", pid=pid)

    # -- ordinary life

    def result(self):
        chance = self.random.random()
        return "unknown" if chance < 0.006 else "greylisted" if chance < 0.03 else "sent"

    def where(self, person, day):
        if person == MANAGER and 9 <= day <= 13:  # a trade fair; every day another network
            return (f"guest-{day}.hotel.example", f"2001:db8:{day}07::2b")
        if self.weekday(day) >= 5 or self.random.random() < 0.12:
            return self.home[person]
        return WEBMAIL if PEOPLE.index(person) % 7 == 3 else OFFICE

    def letter(self, person, at, day):
        recipients = {self.random.choice(self.contacts[person]): self.result()}
        while self.random.random() < 0.25:
            colleague = f"{self.random.choice(PEOPLE)}@{DOMAIN}"
            recipients[colleague] = "sent"
        self.submit(at, f"{person}@{DOMAIN}", self.where(person, day), list(recipients.items()))

    def person_day(self, person, day):
        busy = PEOPLE.index(person) % 5 + 2
        if self.weekday(day) >= 5:
            busy = 1 if self.random.random() < 0.2 else 0
        elif person == "rosa.jung" and 16 <= day <= 25:
            return  # on holiday
        address = self.where(person, day)[1]
        for _ in range(2 if self.weekday(day) < 5 else 1):
            self.imap_login(self.at(day, 7 + self.random.random() * 11), f"{person}@{DOMAIN}", address)
        for _ in range(self.random.randrange(busy * 2 + 1)):
            self.letter(person, self.at(day, 7.6 + self.random.random() * 9.4), day)

    def inbound(self, day):
        for _ in range(30 if self.weekday(day) < 5 else 8):
            at = self.at(day, 6 + self.random.random() * 16)
            domain = self.random.choice(PARTNERS + PROVIDERS)
            client = (f"out.{domain}", f"203.0.113.{sum(domain.encode()) % 150 + 100}")
            self.receive(at, client, f"{self.random.choice(NAMES)}@{domain}",
                         [(f"{self.random.choice(PEOPLE)}@{DOMAIN}", "sent")])
        for _ in range(6):  # strangers
            at = self.at(day, self.random.random() * 24)
            address, pid = f"198.19.{self.random.randrange(200)}.{self.random.randrange(250)}", self.pid(at)
            self.say(at, "postfix/smtpd", f"NOQUEUE: reject: RCPT from unknown[{address}]: 554 5.7.1"
                     f" <{self.random.choice(NAMES)}@inbox.example>: Relay access denied;"
                     f" from=<offer@webpost.example> to=<{self.random.choice(NAMES)}@inbox.example>"
                     " proto=ESMTP helo=<localhost>", pid=pid)
        for _ in range(10):  # guessers, in vain
            account = self.random.choice(["info", "admin", "test", "scanner"] + PEOPLE)
            self.smtp_login_failure(self.at(day, self.random.random() * 24), f"{account}@{DOMAIN}",
                                    f"198.51.100.{self.random.choice([17, 18, 66])}")

    def machines(self, day):
        self.receive(self.at(day, 2.5), FILE_SERVER, f"backup@{DOMAIN}",
                     [(f"david.roth@{DOMAIN}", "sent")])
        self.local(self.at(day, 4.2), 0, f"root@{SERVER}", [(f"david.roth@{DOMAIN}", "sent")])
        if self.weekday(day) < 5:
            for _ in range(self.random.randrange(1, 5)):
                self.submit(self.at(day, 8 + self.random.random() * 9), f"scanner@{DOMAIN}", SCANNER,
                            [(f"{self.random.choice(PEOPLE)}@{DOMAIN}", "sent")], service="smtps")
            for _ in range(self.random.randrange(3)):
                self.local(self.at(day, 9 + self.random.random() * 12), 33, f"form@{DOMAIN}",
                           [(f"info@{DOMAIN}", "sent")])
            for _ in range(self.random.randrange(2, 7)):
                self.submit(self.at(day, 8.5 + self.random.random() * 8), f"info@{DOMAIN}", OFFICE,
                            [(f"{self.random.choice(NAMES)}@{self.random.choice(PARTNERS)}",
                              self.result())])
        if self.weekday(day) == 1:  # the newsletter, to a list that is looked after
            readers = [f"{name}@{domain}" for domain in PARTNERS[:8] for name in NAMES[:12]]
            for number, reader in enumerate(readers):
                self.submit(self.at(day, 10) + number * 2, f"newsletter@{DOMAIN}", OFFICE,
                            [(reader, self.result())])
        if (START + datetime.timedelta(day)).day == 2:  # invoices
            for number in range(45):
                self.submit(self.at(day, 14) + number * 7, f"invoices@{DOMAIN}", OFFICE,
                            [(f"{NAMES[number % 20]}@{PARTNERS[number % 23]}", self.result())])

    # -- what goes wrong

    def lan_bot(self, day):
        """The firewall forbids port 25 to all but the mail server, and writes down who tries."""
        at = self.at(day, 18.4)
        while at < self.at(day, 21):
            at += 5 + self.random.randrange(40)
            target = f"198.19.{self.random.randrange(256)}.{self.random.randrange(1, 255)}"
            self.say(at, "kernel", f"[{int(at - self.at(0, 0)) + 3600}.{self.random.randrange(10 ** 6):06}]"
                     " LAN-SMTP IN=br0 OUT=ppp0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:39:08:00"
                     f" SRC={BOT_PC} DST={target} LEN=52 TOS=0x00 PREC=0x00 TTL=127"
                     f" ID={self.random.randrange(65536)} DF PROTO=TCP"
                     f" SPT={self.random.randrange(49152, 65536)} DPT=25 WINDOW=8192 RES=0x00 SYN"
                     " URGP=0", host="gw")

    def phishing(self, day):
        targets = self.random.sample(sorted(set(PEOPLE) - {VICTIM, SCEPTIC}), 7) + [VICTIM, SCEPTIC]
        for number, person in enumerate(targets):
            self.receive(self.at(day, 9.1) + number * 3, ("unknown", "198.51.100.201"), PHISHER,
                         [(f"{person}@{DOMAIN}", "sent")])
        self.submit(self.at(day, 9.35), f"{SCEPTIC}@{DOMAIN}", OFFICE, [(PHISHER, "sent")])
        self.submit(self.at(day, 9.7), f"{VICTIM}@{DOMAIN}", OFFICE, [(PHISHER, "sent")])

    def thief_looks_in(self, day):
        account, address = f"{VICTIM}@{DOMAIN}", "198.51.100.77"
        for number in range(4):
            self.imap_login(self.at(day, 2.2) + number * 21, account, address, ok=False)
        for hour in (2.24, 2.9, 13.1, 23.6):
            self.imap_login(self.at(day, hour), account, address)
        self.submit(self.at(day + 1, 3.3), account, ("unknown", address), [(DROP, "sent")])

    def botnet(self, day):
        account = f"{VICTIM}@{DOMAIN}"
        hosts = [("unknown", f"198.19.{n}.{self.random.randrange(1, 255)}") for n in range(3, 170, 2)]
        hosts += [("unknown", f"2001:db8:{n:x}:{self.random.randrange(65536):x}::1")
                  for n in range(0x4000, 0x4020)]
        domains = PROVIDERS * 8 + [f"{name}-{n}.example" for name in ("mail", "post") for n in range(15)]
        start, stop = self.at(day, 21.1), self.at(day + 1, 1.9)
        at = start
        while at < stop:
            at += 6 + self.random.randrange(39)
            spoilt = (at - start) / (stop - start)  # refusals grow with the run
            recipients = {}
            for _ in range(self.random.randrange(2, 9)):
                address = (f"{self.random.choice(NAMES)}.{self.random.choice(NAMES)}"
                           f"{self.random.randrange(100)}@{self.random.choice(domains)}")
                chance = self.random.random()
                recipients[address] = ("unknown" if chance < 0.3
                                       else "spam" if chance < 0.3 + 0.4 * spoilt
                                       else "throttled" if chance < 0.31 + 0.42 * spoilt
                                       else "sent")
            self.submit(at, account, self.random.choice(hosts), list(recipients.items()),
                        sender=account if self.random.random() < 0.8 else "account@webpost.example")

    def monday(self, day):
        """Honest mail meets the list on which the server has landed."""
        for number, person in enumerate(["anna.berg", "felix.haas", "ida.kern", "anna.berg", "eva.stein"]):
            recipient = self.contacts[person][number]
            self.submit(self.at(day, 7.3 + number * 0.12), f"{person}@{DOMAIN}", OFFICE,
                        [(recipient, "listed")])

    def month(self):
        for day in range(DAYS):
            self.machines(day)
            self.inbound(day)
            for person in PEOPLE:
                self.person_day(person, day)
        self.lan_bot(25)
        self.phishing(26)
        self.thief_looks_in(27)
        self.botnet(29)
        self.monday(30)
        return self.text()


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    text = Sample(seed=2026).month().encode()
    path.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)
                     if path.suffix == ".xz" else text)
    print(f"{path}: {len(text.splitlines())} lines, {len(text)} bytes,"
          f" {path.stat().st_size} on disk")


if __name__ == "__main__":
    main()
