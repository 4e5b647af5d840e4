"""The totals of `mailfuse scan` are pflogsumm's, wherever both define the figure alike.

Where they differ on purpose, INTENDED names the lines and the reason. The test takes these lines out
and wants all figures equal on the rest; a row that no line matches any more fails.
"""
import json
import lzma
import re
import shutil
import subprocess
import sys

import pytest

from shared_logs import DATA, MAILLOG, ROOT, need

# What pflogsumm calls it, and what the JSON report does.
FIGURES = {
    "received": "received", "delivered": "sent", "forwarded": "forwarded", "deferred": "deferred",
    "deferrals": "deferrals", "bounced": "bounced", "rejected": "rejected",
    "reject warnings": "reject_warnings", "held": "held", "discarded": "discarded",
    "bytes received": "bytes_received", "bytes delivered": "bytes_sent", "senders": "senders",
    "sending hosts/domains": "sending_domains", "recipients": "recipients",
    "recipient hosts/domains": "recipient_domains",
}
# Distinct names are counted one by one up to here (DISTINCT_EXACT), then estimated.
EXACT, ERROR = 16384, 0.03

NO_COLON = (r"postfix/\S+\[\d+\] \w+: ", "pflogsumm wants the colon after the process id, which "
            "some syslog daemons leave out")
INTENDED = {
    "long-ids.log": [(r"postfix/submissions/smtpd", "pflogsumm knows the services smtps and "
                      "submission; port 465 is called submissions since Postfix 3.8")],
    "short-ids.log": [(r"postfix/submissions/smtpd", "the same")],
    "rfc3339.log": [(r"postfix/submissions/smtpd", "the same")],
    "dovecot.log": [],
    "modoboa/mail.log": [],
    "postfix-log-parser/test.log": [],
    "postfix-log-parser/test-iso8601.log": [NO_COLON],
    "postfix-log-parser/test-milter.log": [NO_COLON],
    "logwatch/maillog": [
        (r"smtpd\[\d+\]: \w+: (to|from)=<", "results of other daemons under smtpd's name, where "
         "pflogsumm does not look for them; no Postfix writes that"),
        (r"smtpd\[\d+\]: client=", "no queue id; no Postfix writes that"),
        (r"cleanup\[\d+\]: \w+: reject: content", "pflogsumm knows header, body and END-OF-MESSAGE"),
        (r"cleanup\[\d+\]: \w+: milter-reject: CONNECT", "the same"),
    ],
    "postfix-exporter/mail.log": [
        (r"NOQUEUE: reject: Unsupported", "malformed on purpose: a reject to pflogsumm, to us a "
         "line that is not understood"),
    ],
}

HOST = "Nov 22 03:04:%02d mail "
# Each counter at least once, and what must not move it.
EVERY_COUNTER = """\
postfix/smtpd[1]: 4F0C2DA1: client=mail.out.example[192.0.2.1]
postfix/cleanup[2]: 4F0C2DA1: message-id=<1@out.example>
postfix/qmgr[3]: 4F0C2DA1: from=<Carol@Out.Example>, size=1000, nrcpt=3 (queue active)
postfix/lmtp[4]: 4F0C2DA1: to=<alice@example.test>, relay=mail.example.test[private/lmtp], delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 saved)
postfix/local[4]: 4F0C2DA1: to=<bob@example.test>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (forwarded as 4F0C2DA2)
postfix/lmtp[4]: 4F0C2DA1: to=<nobody@example.test>, relay=mail.example.test[private/lmtp], delay=0.1, delays=0.1/0/0/0, dsn=5.1.1, status=bounced (host mail.example.test[private/lmtp] said: 550 5.1.1 User unknown)
postfix/cleanup[2]: 4F0C2DA2: message-id=<1@out.example>
postfix/qmgr[3]: 4F0C2DA2: from=<Carol@Out.Example>, size=1100, nrcpt=1 (queue active)
postfix/smtp[5]: 4F0C2DA2: to=<bob@elsewhere.example>, orig_to=<bob@example.test>, relay=mx.elsewhere.example[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
postfix/bounce[6]: 4F0C2DA1: sender non-delivery notification: 4F0C2DA3
postfix/qmgr[3]: 4F0C2DA3: from=<>, size=2000, nrcpt=1 (queue active)
postfix/smtp[5]: 4F0C2DA3: to=<carol@out.example>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.out.example[192.0.2.1]:25: Connection timed out)
postfix/qmgr[3]: 4F0C2DA3: from=<>, size=2000, nrcpt=1 (queue active)
postfix/smtp[5]: 4F0C2DA3: to=<carol@out.example>, relay=none, delay=90, delays=60/0/30/0, dsn=4.4.1, status=deferred (connect to mx.out.example[192.0.2.1]:25: Connection timed out)
postfix/qmgr[3]: 4F0C2DA3: from=<>, status=expired, returned to sender
postfix/qmgr[3]: 4F0C2DA1: removed
postfix/submission/smtpd[1]: 4F0C2DB1: client=pc.example.test[192.0.2.9], sasl_method=PLAIN, sasl_username=alice@example.test
postfix/qmgr[3]: 4F0C2DB1: from=<alice@example.test>, size=500, nrcpt=2 (queue active)
postfix/smtp[5]: 4F0C2DB1: to=<Dave@out.example>, relay=mx.out.example[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
postfix/smtp[5]: 4F0C2DB1: to=<dave@OUT.example>, relay=mx.out.example[198.51.100.1]:25, conn_use=2, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
postfix/pickup[7]: 4F0C2DC1: uid=33 from=<www-data>
postfix/qmgr[3]: 4F0C2DC1: from=<www-data@mail.example.test>, size=300, nrcpt=1 (queue active)
postfix/discard[8]: 4F0C2DC1: to=<x@out.example>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (silently)
postfix/smtpd[1]: 4F0C2DD1: client=unknown[203.0.113.7]
postfix/qmgr[3]: 4F0C2DD1: from=<>, size=70, nrcpt=1 (queue active)
postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.7]: 554 5.7.1 <x@out.example>: Relay access denied; from=<a@b.example> to=<x@out.example> proto=ESMTP helo=<pc>
postfix/smtps/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.7]: 554 5.7.1 <x@out.example>: Relay access denied; from=<a@b.example> to=<x@out.example> proto=ESMTP helo=<pc>
postfix/smtpd[1]: 4F0C2DD2: reject: DATA from unknown[203.0.113.7]: 550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce; from=<> proto=ESMTP helo=<pc>
postfix/postscreen[9]: NOQUEUE: reject: RCPT from [203.0.113.8]:4711: 550 5.7.1 Service unavailable; client [203.0.113.8] blocked using bl.example; from=<a@b.example>, to=<alice@example.test>, proto=ESMTP, helo=<pc>
postfix/cleanup[2]: 4F0C2DD3: reject: header Subject: pills from unknown[203.0.113.7]; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>: 5.7.1 no
postfix/cleanup[2]: 4F0C2DD4: milter-reject: END-OF-MESSAGE from unknown[203.0.113.7]: 5.7.1 spam; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>
postfix/smtpd[1]: NOQUEUE: milter-reject: RCPT from unknown[203.0.113.7]: 550 5.7.1 no; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>
postfix/smtpd[1]: NOQUEUE: reject_warning: RCPT from unknown[203.0.113.7]: 554 5.7.1 <x@out.example>: Relay access denied; from=<a@b.example> to=<x@out.example> proto=ESMTP helo=<pc>
postfix/cleanup[2]: 4F0C2DD5: warning: header Subject: odd from unknown[203.0.113.7]; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>
postfix/smtpd[1]: warning: hostname pc.example does not resolve to address 203.0.113.7
postfix/smtpd[1]: NOQUEUE: hold: RCPT from unknown[203.0.113.7]: <pc>: Helo command triggers HOLD action; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>
postfix/cleanup[2]: 4F0C2DD6: milter-hold: END-OF-MESSAGE from unknown[203.0.113.7]: milter triggers HOLD action; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>
postfix/cleanup[2]: 4F0C2DD7: hold: body odd words from unknown[203.0.113.7]; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>
postfix/cleanup[2]: 4F0C2DD8: discard: header Subject: worm from unknown[203.0.113.7]; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>: bye
postfix/smtpd[1]: NOQUEUE: discard: RCPT from unknown[203.0.113.7]: <pc>: Helo command triggers DISCARD action; from=<a@b.example> to=<alice@example.test> proto=ESMTP helo=<pc>
postfix/smtpd[1]: 4F0C2DE1: client=localhost[127.0.0.1]
postfix/qmgr[3]: 4F0C2DE1: from=<erp@example.test>, size=400, nrcpt=1 (queue active)
postfix/smtp[5]: 4F0C2DE1: to=<x@out.example>, relay=none, delay=0, delays=0/0/0/0, dsn=4.4.1, status=deferred (connect to mx.out.example[192.0.2.1]:25: Connection refused)
postfix/postsuper[10]: 4F0C2DE1: requeued
postfix/pickup[7]: 4F0C2DE2: uid=107 from=<erp@example.test> orig_id=4F0C2DE1
postfix/qmgr[3]: 4F0C2DE2: from=<erp@example.test>, size=480, nrcpt=1 (queue active)
postfix/smtp[5]: 4F0C2DE2: to=<x@out.example>, relay=none, delay=0, delays=0/0/0/0, dsn=4.4.1, status=deferred (connect to mx.out.example[192.0.2.1]:25: Connection refused)
"""
EVERY_COUNTER_TOTALS = {
    "received": 6, "sent": 5, "forwarded": 1, "deferred": 3, "deferrals": 4, "bounced": 1,
    "rejected": 6, "reject_warnings": 2, "held": 3, "discarded": 2, "bytes_received": 2750,
    "bytes_sent": 3400, "senders": 5, "sending_domains": 4, "recipients": 5, "recipient_domains": 3,
}


def pflogsumm(path):
    """{name: (figure, "" or "k" or "m")} of its Grand Totals."""
    if shutil.which("pflogsumm") is None:
        print("\npflogsumm is not installed: this test did not run", file=sys.stderr)
        pytest.skip("pflogsumm is not installed")
    run = subprocess.run(["pflogsumm", "--detail", "0", path], capture_output=True, check=True)
    text = run.stdout.decode("utf-8", "replace")
    totals = {"deferrals": (0, "")}
    for number, unit, name in re.findall(r"^ *(\d+)([ km])  ([a-z][^\n(]*?) *(?:\(.*)?$",
                                         text.split("Grand Totals")[1].split("Per-")[0], re.M):
        totals[name] = (int(number), unit.strip())
    more = re.search(r"\((\d+)([ km]) deferrals\)", text)
    if more:
        totals["deferrals"] = (int(more[1]), more[2].strip())
    return totals


def scan_totals(mailfuse, path):
    run = subprocess.run([mailfuse, "scan", "--json", "--tz", "UTC", path], capture_output=True)
    assert run.returncode in (0, 1), run.stderr
    return json.loads(run.stdout)["totals"]


def same(name, theirs, ours):
    """Equal after pflogsumm's rounding; an estimate may be off by its error."""
    number, unit = theirs
    if name in ("senders", "recipients") and number > EXACT:
        return abs(ours - number) <= ERROR * number
    return ours // {"": 1, "k": 1024, "m": 1024 * 1024}[unit] == number


def differences(mailfuse, path):
    theirs, ours = pflogsumm(path), scan_totals(mailfuse, path)
    return {name: f"pflogsumm {''.join(map(str, theirs[name]))}, mailfuse {ours[field]}"
            for name, field in FIGURES.items() if not same(name, theirs[name], ours[field])}


def without(path, patterns, tmp_path):
    """A copy without the lines that match; each pattern must match one."""
    lines = path.read_bytes().split(b"\n")
    for pattern in patterns:
        assert any(re.search(pattern.encode(), line) for line in lines), f"no line has {pattern}"
    copy = tmp_path / "rest.log"
    copy.write_bytes(b"\n".join(line for line in lines
                                if not any(re.search(p.encode(), line) for p in patterns)))
    return copy


@pytest.fixture
def every_counter(tmp_path):
    path = tmp_path / "every-counter.log"
    path.write_text("".join(HOST % (n % 60) + line + "\n"
                            for n, line in enumerate(EVERY_COUNTER.splitlines())))
    return path


def test_each_counter(mailfuse, every_counter):
    totals = scan_totals(mailfuse, every_counter)
    assert {name: totals[name] for name in EVERY_COUNTER_TOTALS} == EVERY_COUNTER_TOTALS


def test_each_counter_is_pflogsumm_s(mailfuse, every_counter):
    assert set(EVERY_COUNTER_TOTALS) == set(FIGURES.values())
    assert differences(mailfuse, every_counter) == {}


def test_our_own_sample(mailfuse, tmp_path):
    log = tmp_path / "mail.log"
    log.write_bytes(lzma.decompress((ROOT / "samples" / "mail.log.xz").read_bytes()))
    assert differences(mailfuse, log) == {}


@pytest.mark.parametrize("name", sorted(INTENDED))
def test_logs_of_others(mailfuse, tmp_path, name):
    path = need((DATA if "/" in name else MAILLOG) / name)
    rest = without(path, [pattern for pattern, _ in INTENDED[name]], tmp_path)
    assert differences(mailfuse, rest) == {}


@pytest.mark.parametrize("form", [[], ["--rfc3339", "--long-ids"]])
def test_a_generated_log_of_a_busy_server(mailfuse, tmp_path, form):
    generator = need(ROOT.parent / "shared" / "bench" / "mkmaillog.py")
    log = tmp_path / "mail.log"
    subprocess.run([sys.executable, generator, "20M", *form, "-o", log], check=True,
                   capture_output=True)
    assert differences(mailfuse, log) == {}
