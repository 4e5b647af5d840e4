"""detection_causal.py - does a verdict depend on what came after it?

Two checks. A log that is cut off at 60 % must give the same verdicts up to there. And since nothing of
a locked account would have left the server from its lock on, no result of such a message may have
counted: without the lines of those results the locks must be the same. Two differences are told and do
not count: results of others who were locked, which tell what may be expected of everybody, and those
within the very second of the lock where the log has no fractions.
"""
import re
import tempfile
from pathlib import Path

# The text of a line, after the program's tag: only there nobody else has written.
CLIENT = re.compile(r"([0-9A-Za-z]+): client=[^\[]*\[([^\]]+)\]"
                    r"(?:, sasl_method=[^,]*, sasl_username=([^,\s]+))?")
QUEUED = re.compile(r"([0-9A-Za-z]+): from=<.*>, size=\d+, nrcpt=\d+ \(queue active\)")
RESULT = re.compile(r"([0-9A-Za-z]+): to=<.* status=\w+ \(")
SPAN_S = 2  # a verdict this short before the cut may still go either way


def verdicts(result, truth, scoring):
    """[(who, time)] of locked accounts and hosts."""
    return [(str(x[key]).lower(), scoring.when(x["time"], truth))
            for among, key in (("locks", "account"), ("hosts", "host")) for x in result.get(among, [])]


def differing(a, b, until=float("inf")):
    """Verdicts before `until` that only one of the two has."""
    tenths = [{(who, round(at, 1)) for who, at in verdicts if at < until} for verdicts in (a, b)]
    return sorted(tenths[0] ^ tenths[1])


def stamp_of(line):
    return line[:15] if line[3] == " " else line.split(" ", 1)[0]


def head_of(log, out):
    """Write the first 60 % of the log; the stamp of the last line."""
    left, line = log.stat().st_size * 0.6, b""
    with open(log, "rb") as source:
        while left > 0 and (line := source.readline()):
            out.write(line)
            left -= len(line)
    out.flush()
    return stamp_of(line.decode(errors="replace"))


class Mail:
    """Which messages belong to somebody who was locked by then. Queue ids are used again."""

    def __init__(self, locks):
        self.locks = locks  # who -> time
        self.owner = {}     # queue id -> who, until it is queued
        self.stopped = set()

    def is_stopped_result(self, line, clock):
        """True for a result of a message that was queued at the lock or later."""
        end = line.find("]: ")
        tag, text = line[:end], line[end + 3:]
        if "smtpd[" in tag:
            if m := CLIENT.match(text):
                self.stopped.discard(m[1])
                self.owner[m[1]] = (m[3] or m[2]).lower()
        elif "/qmgr[" in tag:
            if (m := QUEUED.match(text)) and m[1] in self.owner:
                who = self.owner.pop(m[1])
                if who in self.locks and clock.read(line)[0] >= self.locks[who] - 0.0005:
                    self.stopped.add(m[1])
        elif m := RESULT.match(text):
            return m[1] in self.stopped
        return False


def without_results(log, out, locks, truth):
    """Copy the log without the results of what `locks` would have stopped; how many lines less."""
    import baselines  # of ../shared: reads the stamps of such logs
    mail, clock, n = Mail(locks), baselines.Clock(truth), 0
    with open(log, encoding="utf-8", errors="surrogateescape") as source:
        for line in source:
            if mail.is_stopped_result(line, clock):
                n += 1
            else:
                out.write(line.encode("utf-8", "surrogateescape"))
    out.flush()
    return n


def without_stopped(job, truth, locks, scan):
    """The result of a scan without the results of what `locks` (pairs) would have stopped, or None when
    there are no such results."""
    first = dict(sorted(locks, reverse=True))
    with tempfile.NamedTemporaryFile(suffix=".log", dir=job["dir"]) as out:
        n = without_results(job["dir"] / "mail.log", out, first, truth)
        return scan(job, truth, log=Path(out.name))[0] if n else None


def why_differs(job, truth, own, scoring, scan):
    """Whether somebody's verdicts hang on results of his own mail that came after them."""
    who = own[0][0] if own else None
    for later_s, words in ((0, None), (1, "same second")):
        if later_s and any(at % 1 for _, at in own):
            break  # stamps with fractions tell what came first
        locks = [(name, at + later_s) for name, at in own]
        result = without_stopped(job, truth, locks, scan) if own else None
        now = [v for v in verdicts(result, truth, scoring) if v[0] == who] if result else own
        if not differing(own, now):
            return words or "by others"
    return "LOOKS AHEAD"


def check(job, truth, result, scoring, scan):
    """[sentence] about each verdict that changed."""
    found, all_locks = [], verdicts(result, truth, scoring)
    with tempfile.NamedTemporaryFile(suffix=".log", dir=job["dir"]) as out:
        last = head_of(job["dir"] / "mail.log", out)
        part = verdicts(scan(job, truth, log=Path(out.name))[0], truth, scoring)
    for who, at in differing(all_locks, part, scoring.when(last, truth) - SPAN_S):
        found.append(f"LOOKS AHEAD: {who} at {at:.1f}: not the same when the log ends at 60 %")
    stopped = without_stopped(job, truth, all_locks, scan)
    if stopped is None:
        return found
    for who, at in differing(all_locks, verdicts(stopped, truth, scoring)):
        # Results of one account tell what may be expected of the others: are they its own?
        own = [verdict for verdict in all_locks if verdict[0] == who]
        found.append(f"{why_differs(job, truth, own, scoring, scan)}: {who} at {at:.1f}: not the same "
                     "without the results of mail that would have been stopped")
    return found
