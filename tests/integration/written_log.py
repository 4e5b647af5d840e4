"""Logs written for a test: messages of accounts, with their results, in the order of time."""
import datetime
import hashlib

ZONE = datetime.timezone(datetime.timedelta(hours=1))
MONDAY = datetime.datetime(2026, 3, 2, tzinfo=ZONE)
OK = "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4X)"
UNKNOWN = ("dsn=5.1.1, status=bounced (host mx.out.example[198.51.100.1] said: 550 5.1.1 <{to}>: Recipient"
           " address rejected: User unknown (in reply to RCPT TO command))")
SPAM = ("dsn=5.7.1, status=bounced (host mx.out.example[198.51.100.1] said: 550 5.7.1 Message rejected"
        " as spam (in reply to end of DATA command))")
LATER = ("dsn=4.4.1, status=deferred (connect to mx.out.example[198.51.100.1]:25: Connection timed out)")


def at(day, hour=0, minute=0, second=0):
    """Day 1 is a Monday."""
    return MONDAY + datetime.timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


class Log:
    def __init__(self, host="mail"):
        self.host, self.lines, self.messages = host, [], 0

    def add(self, time, text, host=None):
        """One line; `text` may hold bytes above 0x7f as surrogates."""
        self.lines.append((time, f"{time.isoformat()} {host or self.host} {text}"))

    def queue_id(self):
        self.messages += 1
        return hashlib.md5(f"{self.host}{self.messages}".encode()).hexdigest()[:10].upper()

    def message(self, time, account, address, results, queue_id=None, host=None):
        """`results`: [(recipient, result)]. Returns the queue id; without LATER it is removed."""
        queue_id = queue_id or self.queue_id()
        second = datetime.timedelta(seconds=1)
        for step, text in enumerate([
                f"submission/smtpd[10]: {queue_id}: client=pc.example.test[{address}], "
                f"sasl_method=PLAIN, sasl_username={account}",
                f"cleanup[11]: {queue_id}: message-id=<{queue_id}@example.test>",
                f"qmgr[12]: {queue_id}: from=<{account}>, size=1000, nrcpt={len(results)} (queue active)"]):
            self.add(time + step * second / 4, f"postfix/{text}", host)
        for to, result in results:
            self.add(time + second, f"postfix/smtp[13]: {queue_id}: to=<{to}>, relay=mx.out.example"
                     f"[198.51.100.1]:25, delay=1, delays=0.1/0/0.5/0.4, {result.format(to=to)}", host)
        if LATER not in (result for _, result in results):
            self.add(time + second, f"postfix/qmgr[12]: {queue_id}: removed", host)
        return queue_id

    def office(self, account, days=range(1, 6), address="192.0.2.7", host=None):
        """Ordinary days: eight letters to the same ten people."""
        for day in days:
            for n in range(8):
                self.message(at(day, 9 + n, 7 * n % 60), account, address,
                             [(f"friend{(day + n) % 10}@friends.example", OK)], host=host)

    def burst(self, account, day=8, messages=60, host=None, net=203, prey="victim", queued=10):
        """Spam from many networks; what comes last stays in the queue. Returns those queue ids."""
        left = []
        for n in range(messages):
            last = n >= messages - queued
            results = [(f"{prey}{n}.{k}@out{k}.example",
                        LATER if last else (UNKNOWN, OK, SPAM, OK)[(n + k) % 4]) for k in range(4)]
            queue_id = self.message(at(day, 2, n // 4, n % 4 * 15), account, f"{net}.{n % 7}.113.{n % 50}",
                                    results, host=host)
            left += [queue_id] if last else []
        return left

    def sorted(self):
        return [line for _, line in sorted(self.lines, key=lambda pair: pair[0])]

    def bytes(self):
        return "".join(line + "\n" for line in self.sorted()).encode("utf-8", "surrogateescape")

    def write(self, path):
        path.write_bytes(self.bytes())
        return path
