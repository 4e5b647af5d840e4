"""`mailfuse parse` reads the logs that other projects test their parsers with.

Where a project says what it expects, so do we; where we differ on purpose, the reason stands in a
table here, and a row of such a table that is no longer needed fails the test.
"""
import ast
import json
import re

import pytest

from shared_logs import DATA, MAILLOG, need, parse, unknown

# What may stay unknown: the end of the line, and why.
UNKNOWN = {
    "logwatch/maillog": {
        "postfix/smtpd[24928]: improper command pipelining after RCPT from unknown[192.168.0.1]":
            "the frame of the line stands twice in it",
    },
    "modoboa/mail.log": {},
    "postfix-log-parser/test.log": {},
    "postfix-log-parser/test-iso8601.log": {},
    "postfix-log-parser/test-milter.log": {
        "D6DDA23B0F: client=unknown[99.88.77.66]": "the year has lost its first digit",
    },
    "postfix-exporter/mail.log": {
        "# Unsupported or malformed": "a comment", "# Postscreen": "a comment",
        "# smtpd": "a comment", "# lmtp": "a comment", "# smtp": "a comment",
        "# cleanup": "a comment", "# qmgr": "a comment",
        "Jan: 1 00:00:00 hostname postfix/postscreen[12345]: foo": "no month",
        "postfix/postscreen[abcde]: foo": "malformed on purpose",
        "hostname postfix/postscreen[12345": "malformed on purpose",
        "hostname postfix/postscreen": "malformed on purpose",
        "Foo 1 00:00:00 hostname": "no month",
        "Jan 1 00:00:00": "malformed on purpose",
        "Jan": "malformed on purpose",
        "NOQUEUE: reject: Unsupported": "unsupported on purpose",
        "postfix/smtpd[12345]: Unsupported": "unsupported on purpose",
        "postfix/lmtp[12345]: Unsupported": "unsupported on purpose",
        "postfix/smtp[12345]: Unsupported": "unsupported on purpose",
        "postfix/cleanup[12345]: Unsupported": "unsupported on purpose",
        "postfix/qmgr[12345]: Unsupported": "unsupported on purpose",
        "gsmtp (in reply to RCPT TO command))": "to=<> is missing; no Postfix writes that",
        "said: 12 Malformed (in reply to RCPT TO command))": "to=<> is missing; the same",
    },
}


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_nothing_else_is_unknown(mailfuse, name):
    pairs = parse(mailfuse, need(DATA / name))
    ends = UNKNOWN[name]
    lines = unknown(pairs)
    assert [line for line in lines if not line.endswith(tuple(ends))] == []
    assert {end for end in ends if not any(line.endswith(end) for line in lines)} == set()


def logs_of_the_testbed():
    return sorted(MAILLOG.glob("*.log")) or [MAILLOG / "short-ids.log"]


@pytest.mark.parametrize("path", logs_of_the_testbed(), ids=lambda path: path.name)
def test_all_of_a_real_postfix_is_known(mailfuse, path):
    pairs = parse(mailfuse, path)
    assert unknown(pairs) == []
    assert [line for line, record in pairs if record["event"] == "foreign"] == []


def test_other_programs_are_foreign(mailfuse):
    pairs = parse(mailfuse, need(DATA / "logwatch" / "maillog"))
    foreign = {record["daemon"] for _, record in pairs if record["event"] == "foreign"}
    assert foreign == {"postfix/policy-spf", "postfix/postfwd", "postgrey"}


# --- CrowdSec: the fields of each line -----------------------------------------------------------

PARSED = {  # their name: ours
    "remote_addr": "client_address", "source_ip": "client_address",
    "remote_host": "client_name", "port": "client_port",
    "dovecot_remote_ip": "client_address", "dovecot_local_ip": "server_address",
    "dovecot_user": "sasl_username", "protocol": "protocol_name",
    "src_ip": "client_address", "dst_ip": "server_address",
    "src_port": "client_port", "dst_port": "server_port",
    "int_eth": "interface_in", "command": "stage", "reason": "reason",
    "smtp_enhanced_status_code": "dsn", "helo": "helo_name", "pid": "pid",
}

# (log, their field, ours): why.
CROWDSEC_DIFFERS = {
    ("pf-logs", "reason", ""): "the word 'match', of every line",
    ("postfix-logs", "command", ""): "what a client sent may be a password: it is left out",
    ("postfix-logs", "helo", "WIN-CLJ1B0GQ6JP"): "theirs is the address in front of the reply",
    ("proxmox-iptables-logs", "int_eth", "vmbr0.94"): "theirs is the chain, ours IN=",
    ("proxmox-iptables-logs", "int_eth", "fwbr101i0"): "the same",
}


def asserted(folder):
    """[(message, {field: value})] of the lines that CrowdSec's parser understood."""
    entries = {}
    pattern = re.compile(r'results\["(s0[01]-\w+)"\]\["([^"]+)"\]\[(\d+)\]\.'
                         r'(?:Success|Evt\.Parsed\["(\w+)"\]) == (.*)')
    for line in need(DATA / "crowdsec-hub" / folder / "parser.assert").read_text().split("\n"):
        if found := pattern.match(line):
            stage, parser, index, field, value = found.groups()
            entry = entries.setdefault((stage, parser, int(index)), {})
            entry[field] = value == "true" if field is None else ast.literal_eval(value)
    for (stage, _, index), entry in entries.items():
        if stage == "s01-parse" and entry[None]:
            frame = entries.get(("s00-raw", "crowdsecurity/syslog-logs", index), {})
            yield entry.get("message") or frame["message"], entry


@pytest.mark.parametrize("folder", ["dovecot-logs", "dovecot-slow-bf", "dovecot-time-based-bf",
                                    "dovecot-slow-bf-no-overlap", "dovecot-slow-bf-user-enum",
                                    "dovecot-time-based-bf-user-enum", "iptables-logs", "pf-logs",
                                    "postfix-logs", "postscreen-logs", "proxmox-iptables-logs"])
def test_fields_are_those_of_crowdsec(mailfuse, folder):
    log, = need(DATA / "crowdsec-hub" / folder).glob("*.log")
    pairs = parse(mailfuse, log)
    differ, checked = set(), 0
    for message, want in asserted(folder):
        record = next(record for line, record in pairs if line.endswith(message))
        for theirs, ours in PARSED.items():
            if want.get(theirs):
                checked += 1
                got = str(record.get(ours, ""))
                if got != want[theirs].strip():
                    differ.add((folder, theirs, got))
    assert checked > 0
    assert differ == {key for key in CROWDSEC_DIFFERS if key[0] == folder}


def scenarios():
    return sorted(path.parent.name for path in DATA.glob("crowdsec-hub/*/scenario.assert"))


@pytest.mark.parametrize("folder", scenarios() or ["postfix-sasl-bf"])
def test_addresses_that_crowdsec_would_ban_are_read(mailfuse, folder):
    log, = need(DATA / "crowdsec-hub" / folder).glob("*.log")
    read = {record.get("client_address") for _, record in parse(mailfuse, log)}
    named = set(re.findall(r'"([^"]+)" in results\[\d+\]\.Overflow\.GetSources\(\)',
                           (log.parent / "scenario.assert").read_text()))
    assert named and named <= read


# --- fail2ban: who failed, and when --------------------------------------------------------------

# What we do not read, and why: how the line begins, or what stands in it.
FAIL2BAN_DIFFERS = {
    r"@4000": "stamps of multilog (TAI64N) are not read",
    r"Apr 19 05:22:20 vm5 auth: pam_unix": "a line of PAM, not of Dovecot",
    r"Mar 7 02:09:33": "their date has a day of one digit",
}


def judged(pairs):
    """[(what fail2ban says, line, record)]"""
    said = None
    for line, record in pairs:
        if found := re.match(r"# failJSON: (\{.*\})", line):
            said = json.loads(found.group(1))
        elif not line.startswith("#") and said is not None:
            yield said, line, record
            said = None


def differences(said, record):
    if said["match"] and record.get("client_address") != said["host"]:
        yield "host"
    if said["match"] and "user" in said and record.get("sasl_username") != said["user"]:
        yield "user"
    if "time" in said and record.get("time", "")[4:19] != said["time"][4:]:
        yield "time"


@pytest.mark.parametrize("name", ["postfix", "dovecot"])
def test_failures_are_those_of_fail2ban(mailfuse, name):
    lines = list(judged(parse(mailfuse, need(DATA / "fail2ban" / name))))
    assert len(lines) > 50
    differ = [(line, list(differences(said, record))) for said, line, record in lines
              if any(differences(said, record))]
    assert [row for row in differ if not re.match("|".join(FAIL2BAN_DIFFERS), row[0])] == []


@pytest.mark.parametrize("name", ["exim", "roundcube-auth", "sieve"])
def test_logs_of_other_servers_are_not_ours(mailfuse, name):
    events = {record["event"] for _, record in parse(mailfuse, need(DATA / "fail2ban" / name))}
    assert events <= {"foreign", "unknown"}
