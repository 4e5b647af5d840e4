"""The shape of the JSON report, as mailfuse(1) documents it: every key, every type, nothing else."""
import datetime
import json
import re
import subprocess

import pytest

from shared_logs import ROOT
from written_log import LATER, Log, at

TIME = "time"
OR_NULL = "or null"
TIMELINE = {"start": (TIME, OR_NULL), "width_s": float, "messages": [int], "recipients": [int], "refused": [int],
            "login_failures": [int]}
AMOUNT = {"messages": int, "recipients": int}
COMMANDS = [{"why": str, "command": str}]
FUSE = {
    "kind": str, "time": TIME, "reason": str, "score": float, "held_from": (TIME, OR_NULL),
    "decided": (TIME, OR_NULL),
    "evidence": [{"signal": str, "words": str, "observed": (float, OR_NULL), "expected": (float, OR_NULL),
                  "history": str, "weight": float, "time": TIME}],
    "messages": int, "recipients": int, "before": AMOUNT, "after": AMOUNT, "canaries": AMOUNT,
    "total": AMOUNT,
    "results": {"sent": int, "deferred": int, "bounced": int, "unknown_recipients": int, "refused_as_spam": int},
    "first_abuse": (TIME, OR_NULL), "last_abuse": (TIME, OR_NULL),
    "replies": [{"reply": str, "count": int}], "domains": [{"domain": str, "count": int}],
    "senders": [{"sender": str, "count": int}],
    "clients": [{"address": str, "name": str, "country": str, "asn": int, "network": str, "messages": int,
                 "recipients": int, "first": TIME, "last": TIME, "new": bool}],
    "clients_all": int, "way_in": str, "queue_ids": [str], "queue_host": str,
    "queues": [{"host": str, "queue_ids": [str]}], "timeline": TIMELINE,
    "commands": COMMANDS,
}
REPORT = {
    "period": {"start": (TIME, OR_NULL), "end": (TIME, OR_NULL)}, "lines": int,
    "reading": dict.fromkeys(["files", "bytes", "understood", "foreign", "unparsed", "blank", "cut", "backwards",
                              "forgotten"], int),
    "totals": dict.fromkeys(["submitted", "received", "sent", "forwarded", "deferred", "deferrals", "bounced",
                             "rejected", "reject_warnings", "held", "discarded", "bytes_received", "bytes_sent",
                             "senders", "recipients", "sending_domains", "recipient_domains", "logins",
                             "login_failures", "local_submissions"], int),
    "verdict": str, "locks": [{"account": str, **FUSE}], "hosts": [{"host": str, **FUSE}],
    "alerts": [{"account": str, "time": TIME, "reason": str, "score": float}], "watch": [{"name": str, **FUSE}],
    "holds": [{"account": str, "kind": str, "from": TIME, "until": TIME, "messages": int, "recipients": int,
               "minutes": float}],
    "delays": {"messages": int, "recipients": int, "of": int, "minutes": float},
    "accounts": [{"account": str, "kind": str, **dict.fromkeys(
        ["messages", "recipients", "sent", "deferred", "bounced", "rejected", "logins", "login_failures", "clients"],
        int), "score": float, "first": TIME, "last": TIME}],
    "brute_force": [{"address": str, "country": str, "network": str, "failures": int, "accounts": int,
                     "successes": int, "first": TIME, "last": TIME}],
    "blocking": [{"who": str, "reply": str, "count": int, "first": TIME, "last": TIME}],
    "wrote": [{"time": TIME, "account": str, "recipient": str, "queue_id": str, "status": str}],
    "timeline": TIMELINE, "unparsed": {str: int}, "warnings": [{"text": str, "count": int}],
    "preparation": COMMANDS, "pseudonyms": bool,
}


def wrong(shape, value, where="report"):
    """What differs from the shape, one line each."""
    if isinstance(shape, tuple):
        return [] if value is None else wrong(shape[0], value, where)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return sum((wrong(shape[0], item, f"{where}[{n}]") for n, item in enumerate(value)), [])
    if shape == {str: int}:
        return [] if all(isinstance(v, int) for v in value.values()) else [f"{where}: {value}"]
    if isinstance(shape, dict):
        missing = [f"{where}: {'missing' if key in shape else 'not documented'}: {key}"
                   for key in shape.keys() ^ value.keys()]
        return missing + sum((wrong(shape[key], value[key], f"{where}.{key}")
                              for key in shape.keys() & value.keys()), [])
    if shape == TIME:
        try:
            datetime.datetime.fromisoformat(value)
            return []
        except (TypeError, ValueError):
            return [f"{where}: no time: {value!r}"]
    good = type(value) is shape and (shape is not int or value >= 0)
    return [] if good else [f"{where}: {value!r} is no {shape.__name__}"]


def busy_log():
    """A log with something in every list."""
    log = Log()
    log.office("alice@example.test")
    log.burst("alice@example.test")
    log.office("carol@example.test", days=range(1, 6))
    for n in range(6):  # abroad: suspicious, no more
        log.message(at(8, 3, n), "carol@example.test", f"198.{18 + n % 4}.7.5", [(f"new{n}@out.example", LATER)])
    for n in range(60):
        log.add(at(8, 4, 0, n), "kernel: [1.0] SMTP-OUT IN=eth1 OUT=eth0 MAC=00:11 SRC=10.0.0.57 "
                f"DST=198.51.{n}.25 LEN=60 TTL=127 ID=1 DF PROTO=TCP SPT=50000 DPT=25 WINDOW=64240 SYN URGP=0")
        log.add(at(8, 5, 0, n), "postfix/smtpd[9]: warning: unknown[198.51.100.66]: SASL LOGIN authentication failed: x")
    log.add(at(8, 6), "postfix/smtpd[9]: something new")
    return log


@pytest.fixture(scope="module")
def run(mailfuse, tmp_path_factory):
    path = busy_log().write(tmp_path_factory.mktemp("log") / "mail.log")

    def scan(*arguments):
        return subprocess.run([mailfuse, "scan", "--json", *arguments, path], capture_output=True)

    return scan


def test_every_key_and_type(run):
    report = json.loads(run("--to", "out.example").stdout)
    assert wrong(REPORT, report) == []
    for name in ("locks", "hosts", "alerts", "watch", "accounts", "brute_force", "blocking", "wrote", "unparsed"):
        assert report[name], f"{name} is empty: this log does not test it"


def test_every_key_is_in_the_manual():
    def keys(shape):
        if isinstance(shape, (list, tuple)):
            return keys(shape[0])
        if not isinstance(shape, dict) or shape == {str: int}:
            return set()
        return set(shape).union(*map(keys, shape.values()))

    manual = (ROOT / "docs" / "mailfuse.1").read_text().split("JSON REPORT\n")[1]
    assert {key for key in keys(REPORT) if not re.search(rf"\b{key}\b", manual)} == set()


def test_weights_add_up_to_the_score(run):
    report = json.loads(run().stdout)
    for fuse in report["locks"] + report["hosts"] + report["watch"]:
        weights = [e["weight"] for e in fuse["evidence"]]
        assert abs(sum(weights) - fuse["score"]) < 0.01, fuse
        assert weights == sorted(weights, reverse=True)


def test_figures_agree_with_each_other(run):
    report = json.loads(run().stdout)
    for fuse in report["locks"]:
        assert fuse["before"]["messages"] + fuse["after"]["messages"] == fuse["messages"]
        assert fuse["before"]["recipients"] + fuse["after"]["recipients"] == fuse["recipients"]
        assert fuse["first_abuse"] <= fuse["last_abuse"] and fuse["held_from"] <= fuse["time"]
        assert fuse["time"] <= fuse["decided"]
        assert fuse["canaries"]["messages"] <= fuse["before"]["messages"]
        assert fuse["canaries"]["recipients"] <= fuse["before"]["recipients"]
        assert sum(fuse["timeline"]["messages"]) == fuse["total"]["messages"]
    for row in report["accounts"]:
        assert row["first"] <= row["last"]
    reading = report["reading"]
    assert report["lines"] == sum(reading[k] for k in ("understood", "foreign", "unparsed", "blank"))


def test_it_is_ascii_and_ends_with_a_newline(run):
    out = run().stdout
    assert out.isascii() and out.endswith(b"}\n") and b"\x7f" not in out


def test_an_empty_log_has_the_same_shape(mailfuse, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    out = subprocess.run([mailfuse, "scan", "--json", tmp_path / "empty"], capture_output=True).stdout
    assert wrong(REPORT, json.loads(out)) == []
