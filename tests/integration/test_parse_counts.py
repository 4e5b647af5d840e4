"""What others count in a log, and what they follow through the queue, counted from our lines."""
import json
import re
from collections import Counter, defaultdict

import pytest

from shared_logs import DATA, need, parse

# postfix_exporter: the name of a counter and how it comes out of our records.
COUNTERS = {
    "postfix_connects_total": lambda r: r["event"] == "connect",
    "postfix_disconnects_total": lambda r: r["event"] == "disconnect",
    "postfix_lost_connections_total": lambda r: r["event"] == "lost_connection",
    "postfix_login_failures_total": lambda r: r["event"] == "login_failure",
    "postfix_milter_actions_total": lambda r: r["event"] == "milter",
    "postfix_qmgr_statuses_total": lambda r: r["event"] == "expired",
    "postfix_statuses_total": lambda r: r["event"] == "delivery",
    "postfix_postscreen_actions_total":
        lambda r: r["event"] in ("postscreen", "reject") and r["daemon"] == "postscreen",
}

LABELS = {"subprogram": "daemon", "method": "sasl_method", "action": "action", "status": "status"}

# (counter, label): why ours is another.
COUNTS_DIFFER = {
    ("postfix_statuses_total", "deferred"): "its lines have no to=<>; no Postfix writes that",
}


def counters(path):
    """{(name, {label: value})} -> number"""
    for line in need(path).read_text().split("\n"):
        if found := re.fullmatch(r'(\w+)\{(.*)\} (\d+)', line):
            yield found.group(1), dict(re.findall(r'(\w+)="([^"]*)"', found.group(2))), \
                int(found.group(3))


def postscreen_action(label):
    """Theirs has the stage of a reject, and of "DATA without valid RCPT" the first word."""
    words = {"NOQUEUE: CONNECT": ("reject", "CONNECT"), "NOQUEUE: RCPT": ("reject", "RCPT"),
             "DATA": ("DATA without valid RCPT", None), "BDAT": ("BDAT without valid RCPT", None)}
    return words.get(label, (label, None))


def matches(record, labels):
    for label, value in labels.items():
        if label == "action" and record["daemon"] == "postscreen":
            action, stage = postscreen_action(value)
            if record["action"] != action or (stage and record["stage"] != stage):
                return False
        elif record.get(LABELS[label]) != value:
            return False
    return True


def test_counts_are_those_of_postfix_exporter(mailfuse):
    folder = DATA / "postfix-exporter"
    records = [record for _, record in parse(mailfuse, need(folder / "mail.log"))]
    checked = 0
    for name, labels, want in counters(folder / "metrics-without-config.txt"):
        if name not in COUNTERS or (name, labels.get("status")) in COUNTS_DIFFER:
            continue
        checked += 1
        got = sum(COUNTERS[name](record) and matches(record, labels) for record in records)
        assert got == want, (name, labels)
    assert checked > 30


FIELDS = {  # postfix-log-parser: ours
    "client_hostname": "client_name", "client_ip": "client_address",
    "sasl_method": "sasl_method", "sasl_username": "sasl_username",
    "message_id": "message_id", "from": "sender", "size": "size", "nrcpt": "nrcpt",
}


def messages(pairs):
    """queue id -> ({field: value}, Counter of (recipient, result), new queue ids)"""
    found = defaultdict(lambda: ({}, Counter(), set()))
    for _, record in pairs:
        fields, results, notices = found[record.get("queue_id", "")]
        if record["event"] in ("client", "message_id", "queue_active", "milter"):
            fields.update({name: str(record[name]) for name in FIELDS.values() if name in record})
        if record["event"] == "delivery":
            results[record["recipient"], record["status"]] += 1
        if record["event"] == "milter":
            results[record.get("recipient", ""), "milter-" + record["action"]] += 1
        if record["event"] == "bounce_notice":
            notices.add(record["new_queue_id"])
    return found


@pytest.mark.parametrize("log, out", [("test.log", "test.146.out"),
                                      ("test-iso8601.log", "test-iso8601.log.146.out"),
                                      ("test-milter.log", "test-milter.146.out")])
def test_messages_are_those_of_postfix_log_parser(mailfuse, log, out):
    folder = DATA / "postfix-log-parser"
    found = messages(parse(mailfuse, need(folder / log)))
    for line in need(folder / out).read_text().splitlines():
        want = json.loads(line)
        if want["queue_id"] == "":
            continue  # nothing to find it by
        fields, results, notices = found[want["queue_id"]]
        for theirs, ours in FIELDS.items():
            if want[theirs]:
                assert fields.get(ours) == want[theirs], (want["queue_id"], theirs)
        for message in want["messages"]:
            assert results[message["to"], message["status"]] > 0, want["queue_id"]
            assert not message["bounce_id"] or message["bounce_id"] in notices
