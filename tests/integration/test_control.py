"""The commands that talk to the daemon, against one that answers from files (docs/control.md)."""
import grp
import json
import os
import re
import socket
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from fake_daemon import FakeDaemon, answer_of, hostile
from terminal import Terminal

REPORT = str(Path(__file__).resolve().parents[2] / "src" / "proto" / "arf_seeds" / "abuse")
ALICE, PHISHER = "alice@example.test", "phisher@example.org"

# Command line, what is asked for it, and what its text says.
CASES = [
    (["status"], {"command": "status"},
     ["It enforces: holds and locks, since 20 Nov 10:00",
      r"ok +Postfix policy service inet:127.0.0.1:10040, 12 connections, 10,233",
      "To wire it: mailfuse setup dovecot --apply", "12 kB to go, behind by 3 min 5 s",
      "trouble  log file /var/log/kern.log: Permission denied",
      r"locked +22 Nov 09:12  alice@example.test +incident 12 +by mailfuse",
      "2 began today", "4 addresses may not log in", "/var/lib is 97 % full"]),
    (["top", "--limit", "5", "--sort", "held"], {"command": "top", "limit": 5, "sort": "held"},
     [r"alice@example.test +locked +12.3 +53 +1,240 +2 +50 +17 +12"]),
    (["incidents"], {"command": "incidents"},
     [r"12  locked +22 Nov 09:10 +alice@example.test +41 +1,204", r"9  closed +30 Dec 2025 +bob",
      "and 131 more"]),
    (["incidents", "--all", "--account", ALICE, "--limit", "3"],
     {"command": "incidents", "state": "all", "account": ALICE, "limit": 3}, []),
    (["incident", "12"], {"command": "incident", "incident": 12},
     ["Incident 12: Account alice@example.test", r"Got out +3 messages to 41 recipients",
      r"192.0.2.9 +BR  AS64501 Example Net +new +40 +1,100", r"Evidence +\+5.9  12 recipients",
      r"pending  its IMAP and POP sessions are ended: doveadm:", r"\(3 tries, the last 22 Nov 09:12:49\)",
      "      mailfuse unlock alice@example.test --reason 'password changed'\n",
      r"4jX0001 +22 Nov 09:12:31 +alice@example.test +25 +2.2 kB", "and 48 more",
      r"22 Nov 09:40:00  root for dave +release  0 messages",
      r"open +22 Nov 09:30 +203.0.113.5: listed by Example list: a spam source\n",
      r"open +22 Nov 09:41 +3 recipients complained to a provider\n",
      r"over +22 Nov 09:11 +312 messages wait", r"until\n +22 Nov 09:20; see incident 11"]),
    (["show", ALICE], {"command": "show", "what": ALICE},
     ["locked since 22 Nov 09:12, incident 12", "stays locked until its password has really changed",
      r"software +Thunderbird, iPhone Mail", r"198.51.100.0/24 +BR +22 Nov 09:30 +1  now",
      r"messages-per-hour +53 of 200", "until 1 Dec 23:59 in BR, by dave: congress in Recife"]),
    (["show", "192.0.2.9"], {"command": "show", "what": "192.0.2.9"},
     ["gw.example.test, BR, AS64501 Example Net", "17 failed logins", "3 wrong passwords",
      r"alice@example.test +locked", "192.0.2.0/24 by dave since 22 Nov 09:45: botnet"]),
    (["explain", ALICE], {"command": "explain", "account": ALICE},
     [r"\+4.0  38 recipients", "5.5 holds its mail, 8.5 locks it", r"12.3  in all"]),
    (["delist", "203.0.113.5"], {"command": "delist", "what": "203.0.113.5"},
     ["203.0.113.5 is listed by Example list", r"incident +12\n",
      r"before asking +done   the cause is found: incident 12,", r"to do  its owner chooses a new password",
      "\n +mailfuse purge 12\n", r"next +22 Nov 14:10",
      r"clean since +21 Nov 07:00 203.0.113.5: was listed by Old list: an open proxy",
      r"it wants +The cause has ended.", r"takes +1 d", r"ask there +https://bl.example.test/remove",
      r"set aside +b.example.test \(IPv4\): does not answer"]),
    (["providers", "gmx"], {"command": "providers", "provider": "gmx"},
     [r"GMX, web.de, mail.com \(United Internet\): our mail is refused", r"means +United Internet has our address",
      r"since +22 Nov 09:30; incident 12", r"9 refusals, the last 22 Nov 10:12; since then 0 accepted, of 50",
      r"sent before +Account alice@example.test: 61 of 63 new people", "the first refusal was of its mail",
      r"to do +The refusal has a link.\n +That page", r"ask there +https://postmaster.example.test/contact",
      r"gmx +1,072 +3 +12 +0  blocked\n", r"friends.example +41 +0 +1 +2"]),
    (["feedback", "--opt-outs", "--account", ALICE, "--limit", "3"],
     {"command": "opt-outs", "account": ALICE, "limit": 3},
     [r"alice@example.test\n", r"22 Nov 09:55 +2 +opt-out +carol@provider.example",
      "message 4jX0002", "and 5 more"]),
    (["alert", "list", "--limit", "3"], {"command": "alert", "what": "list", "limit": 3},
     [r"way +webhook chat: 3 failures since 22 Nov 09:40, again at 22 Nov", "212 alerts wait, 1 was given up",
      r"22 Nov 08:00 +listed +203.0.113.5 +by mail bob@example.test; given up: 550", "and 211 more"]),
    (["blocks"], {"command": "blocks"},
     [r"rcpt +phisher@example.org +22 Nov 09:50 +root for dave +3", "asks for passwords"]),
    (["queue", "--limit", "5"], {"command": "queue", "limit": 5},
     [r"312 messages at 22 Nov 10:13:30", r"more than 200", r"alice@example.test +250 +500 .* 12 ",
      r"dead.example +22", "does not answer", r"deferred +300", "since 22 Nov 10:09"]),
    (["journal", "--incident", "12", "--account", ALICE, "--limit", "7"],
     {"command": "journal", "incident": 12, "account": ALICE, "limit": 7},
     [r"22 Nov 09:50:00  root for dave +block +rcpt phisher@example.org; reason:"]),
    (["hold", ALICE, "--reason", "asked to"],
     {"command": "hold", "account": ALICE, "reason": "asked to"}, ["alice@example.test is held."]),
    (["lock", ALICE], {"command": "lock", "account": ALICE},
     ["alice@example.test is locked.", r"Actions +done +no mail of it is taken by Postfix",
      "mailfuse incident 12 tells all about it"]),
    (["unlock", ALICE], {"command": "unlock", "account": ALICE}, ["as soon as its password has changed"]),
    (["unlock", ALICE, "--force"], {"command": "unlock", "account": ALICE, "force": True}, []),
    (["release", ALICE], {"command": "release", "account": ALICE}, ["50 messages of alice"]),
    (["release", "12"], {"command": "release", "incident": 12}, []),
    (["release", "12", "4jX0001"], {"command": "release", "incident": 12, "queue_id": "4jX0001"}, []),
    (["release", "--account", "12"], {"command": "release", "account": "12"}, []),
    (["block", "rcpt", PHISHER, "--reason", "asks for passwords"],
     {"command": "block", "kind": "rcpt", "value": PHISHER, "reason": "asks for passwords"},
     ["nobody may write to"]),
    (["block", "client", "192.0.2.0/24"],
     {"command": "block", "kind": "client", "value": "192.0.2.0/24"}, []),
    (["unblock", "rcpt", PHISHER], {"command": "unblock", "kind": "rcpt", "value": PHISHER}, []),
    (["trust", ALICE, "--until", "2026-12-01", "--country", "br", "--reason", "congress"],
     {"command": "trust", "account": ALICE, "until": "2026-12-01T23:59:59+01:00", "country": "BR",
      "reason": "congress"}, ["may be in BR"]),
    (["untrust", ALICE], {"command": "untrust", "account": ALICE}, []),
    (["relay", "emergency", "status"], {"command": "relay", "action": "status"},
     [r"mail of accounts without evidence leaves by \[smtp.relay.example\]:587\.", "on since +22 Nov 09:30 by mailfuse",
      "tested +20 Nov 10:00: it works", "by itself while a grave list has us; back 23 Nov 10:00", r"grave lists +1",
      "7 addresses of suspicious accounts leave directly, 3 messages of"]),
    (["relay", "emergency", "on", "--only", "clean", "--force", "--reason", "listed"],
     {"command": "relay", "action": "on", "only": "clean", "force": True, "reason": "listed"}, []),
    (["relay", "emergency", "off"], {"command": "relay", "action": "off"}, []),
    (["reload"], {"command": "reload"}, ["the settings were read again; 2 have changed."]),
]


@pytest.fixture
def daemon(tmp_path):
    daemon = FakeDaemon(tmp_path / "control")
    yield daemon
    daemon.close()


@pytest.fixture
def ask(mailfuse, daemon):
    def run(command, *options, **more):
        environment = {"TZ": "Europe/Berlin", "PATH": os.environ["PATH"], **more.pop("env", {})}
        return subprocess.run([mailfuse, command, "--socket", daemon.path, *options], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, env=environment)
    return run


def command_of(words):
    """What the daemon is asked for."""
    return "opt-outs" if "--opt-outs" in words else words[0]


@pytest.mark.parametrize("words, asked, says", CASES, ids=[" ".join(case[0]) for case in CASES])
def test_asks_and_tells(ask, daemon, words, asked, says):
    run = ask(*words)
    assert (run.returncode, run.stderr) == (0, "")
    assert daemon.requests == [asked]
    assert [text for text in says if not re.search(text, run.stdout)] == [], run.stdout
    assert all(len(line) <= 80 for line in run.stdout.split("\n"))
    assert "\x1b" not in run.stdout and not re.search(" \n", run.stdout)


@pytest.mark.parametrize("words", [case[0] for case in CASES], ids=lambda words: " ".join(words))
def test_json_is_what_the_daemon_said(ask, daemon, words):
    said = {}
    daemon.answers[command_of(words)] = lambda request: said.setdefault("reply", {
        **answer_of("status"), "unheard of": [1.5, None, "\u00e4\u001b"]})
    run = ask(*words, "--json")
    assert run.returncode == 0 and run.stdout.isascii() and "\x1b" not in run.stdout
    assert json.loads(run.stdout) == said["reply"]


@pytest.mark.parametrize("words", [case[0] for case in CASES], ids=lambda words: " ".join(words))
def test_hostile_text_is_harmless(ask, daemon, words):
    name = command_of(words) if words[0] != "show" else \
        "show-address" if words[1][0].isdigit() else "show-account"
    daemon.answers[command_of(words)] = hostile(answer_of(name))
    run = ask(*words)
    assert run.returncode == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", run.stdout)
    long = [line for line in run.stdout.split("\n") if len(line) > 80]
    assert [line for line in long if "command" not in line and "owned" not in line] == []


@pytest.mark.parametrize("words", [case[0] for case in CASES], ids=lambda words: " ".join(words))
@pytest.mark.parametrize("reply", [
    {"ok": True}, {"ok": True, "incident": 7, "rows": {}, "evidence": "x", "actions": [[], 1, None],
                   "attachments": [None, {}], "accounts": [], "entries": [{}], "blocks": [{"hits": -1}],
                   "incidents": [{}], "words": 1, "time": "yesterday"}])
def test_a_strange_answer_is_shown_as_far_as_it_goes(ask, daemon, words, reply):
    daemon.answers[command_of(words)] = reply
    run = ask(*words)
    assert run.returncode == 0 and run.stderr == ""


def test_a_report_is_told(ask, daemon):
    """The fields of a complaint, and never its bytes; the answer in a line, whatever it is."""
    run = ask("feedback", REPORT)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"{REPORT}: abuse, about mail of alice@example.test; it counts\n"
    [asked] = daemon.requests
    assert asked["command"] == "feedback" and asked["type"] == "abuse" and re.fullmatch("[0-9a-f]{16}", asked["report"])
    assert set(asked) <= {"command", "for", "type", "report", "reporter", "agent", "message_id", "queue_ids", "source",
                          "servers", "recipients", "incidents"}
    assert json.loads(ask("feedback", REPORT, "--json").stdout) == answer_of("feedback")
    daemon.answers["feedback"] = hostile(answer_of("feedback"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", ask("feedback", REPORT).stdout)
    daemon.answers["feedback"] = {"ok": False, "error": "there were too many", "hint": "later"}
    run = ask("feedback", REPORT)
    assert (run.returncode, run.stdout, run.stderr) == (75, "", "mailfuse feedback: there were too many; later\n")


def test_what_the_daemon_refuses(ask, daemon):
    daemon.answers["incident"] = {"ok": False, "error": "no incident 13\x1b[2J",
                                  "hint": "mailfuse incidents lists them"}
    run = ask("incident", "13")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "mailfuse incident: no incident 13?[2J; mailfuse incidents lists them\n"
    run = ask("incident", "13", "--json")
    assert run.returncode == 1
    assert json.loads(run.stdout)["error"].startswith("no incident 13")


def test_an_action_that_failed_is_a_failure(ask, daemon):
    failed = answer_of("lock")
    failed["actions"][1] |= {"state": "failed", "why": "Read-only file system"}
    daemon.answers["lock"] = failed
    run = ask("lock", ALICE)
    assert run.returncode == 1
    assert re.search(r"failed +Dovecot refuses its logins, even without mailfuse:\n +Read-only", run.stdout)


# Wrong usage, and no daemon.

@pytest.mark.parametrize("words, says", [
    (["lock"], "what is missing: ACCOUNT"),
    (["lock", "a", "b"], "too much: b"),
    (["lock", "a", "--yes"], "unrecognized option '--yes'"),
    (["incident", "twelve"], "an incident is named by its number"),
    (["incident", "0"], "an incident is named by its number"),
    (["purge", "alice@example.test"], "an incident is named by its number"),
    (["release"], "name an account or an incident"),
    (["release", ALICE, "4jX0001"], "a queue id stands behind the number of its incident"),
    (["release", "12", "--account", "x"], "name an account or an incident"),
    (["trust", ALICE, "--reason", "x"], "until when? --until DATE"),
    (["trust", ALICE, "--until", "2026-12-01"], "why? --reason TEXT"),
    (["trust", ALICE, "--until", "soon", "--reason", "x"], "this is no time: soon"),
    (["journal", "--since", "soon"], "this is no time: soon"),
    (["journal", "--limit", "many"], "this is no number: many"),
    (["lock", b"\xff"], "not written in UTF-8"),
])
def test_wrong_usage(ask, daemon, words, says):
    run = ask(*words)
    assert run.returncode == 2 and says in run.stderr, run.stderr
    assert daemon.requests == []


def refused(mailfuse, *options, **more):
    run = subprocess.run([mailfuse, "status", *options], capture_output=True, text=True, **more)
    assert (run.returncode, run.stdout) == (2, "")
    return run.stderr


def test_without_a_daemon(mailfuse, tmp_path):
    path = tmp_path / "control"
    assert "the daemon does not run.\nStart it: 'systemctl start mailfuse'" in \
        refused(mailfuse, "--socket", path)
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(path))
    assert "the daemon does not run any more.\n" in refused(mailfuse, "--socket", path)


@pytest.mark.skipif(os.geteuid() != 0, reason="root can become somebody without rights")
def test_without_permission(mailfuse):
    """The message names the group that may."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        daemon = FakeDaemon(f"{folder}/control")
        try:
            os.chown(daemon.path, 0, grp.getgrnam("mail").gr_gid)
            os.chmod(daemon.path, 0o660)
            says = refused(mailfuse, "--socket", daemon.path, user=65534, group=65534, extra_groups=[])
        finally:
            daemon.close()
    assert "you may not talk to the daemon" in says and "member of the group 'mail'" in says


@pytest.mark.parametrize("reply, says", [
    (b"", "the daemon hung up"), (b"[]\n", "this is no answer of mailfuse"),
    (b"HTTP/1.1 400\r\n", "this is no answer of mailfuse"), (b"{\"ok\":true", "the daemon hung up")])
def test_a_server_of_another_kind(ask, daemon, reply, says):
    daemon.answers["status"] = reply
    run = ask("status")
    assert run.returncode == 2 and says in run.stderr


def test_the_settings_name_the_socket(mailfuse, daemon, tmp_path):
    conf = tmp_path / "mailfuse.conf"
    conf.write_text(f'control-socket = "{daemon.path}"\n')
    run = subprocess.run([mailfuse, "reload", "-c", conf], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    conf.write_text("control-socket = \n")
    run = subprocess.run([mailfuse, "reload", "-c", conf], capture_output=True, text=True)
    assert run.returncode == 2 and str(conf) in run.stderr
    run = subprocess.run([mailfuse, "reload", "-c", tmp_path / "none"], capture_output=True, text=True)
    assert run.returncode == 2 and "No such file" in run.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="sudo(8) makes one root")
def test_who_became_root_is_told(ask, daemon):
    ask("lock", ALICE, env={"SUDO_USER": "dave"})
    assert daemon.requests == [{"command": "lock", "account": ALICE, "for": "dave"}]


# Deleting asks.

def purge_at_terminal(mailfuse, daemon, typed):
    terminal = Terminal([mailfuse, "purge", "12", "--socket", daemon.path])
    try:
        terminal.wait_for(r"Incident 12, alice@example.test: delete 50 messages to 1,204 recipients",
                          where="text")
        terminal.wait_for(r"\[y/N\]", where="text")
        terminal.type(typed)
        return terminal.end(), terminal.text
    finally:
        terminal.close()


def purged(daemon):
    return [request for request in daemon.requests if request["command"] == "purge"]


@pytest.mark.parametrize("typed", ["n\n", "\n", "yep\n", "\x04"])
def test_purge_takes_no_for_an_answer(mailfuse, daemon, typed):
    status, text = purge_at_terminal(mailfuse, daemon, typed)
    assert status == 1 and "nothing was changed" in text
    assert purged(daemon) == []


@pytest.mark.parametrize("typed", ["y\n", "YES\n"])
def test_purge_sends_the_number_that_was_shown(mailfuse, daemon, typed):
    status, text = purge_at_terminal(mailfuse, daemon, typed)
    assert status == 0 and "50 messages of incident 12 are deleted" in text
    assert purged(daemon) == [{"command": "purge", "incident": 12, "messages": 50}]


def test_purge_in_a_script_needs_yes(ask, daemon):
    run = ask("purge", "12")
    assert run.returncode == 1 and "--yes" in run.stderr
    assert purged(daemon) == []
    run = ask("purge", "12", "--yes", "--reason", "spam")
    assert run.returncode == 0
    assert purged(daemon) == [{"command": "purge", "incident": 12, "messages": 50, "reason": "spam"}]


def test_nothing_to_purge(ask, daemon):
    empty = answer_of("incident")
    empty["incident"]["held"] = {"messages": 0, "recipients": 0}
    daemon.answers["incident"] = empty
    run = ask("purge", "12", "--yes")
    assert run.returncode == 1 and "nothing of it is held" in run.stderr
    assert purged(daemon) == []


# An incident that is nobody's.

def test_an_incident_of_an_address(ask, daemon, tmp_path):
    daemon.answers["incident"] = answer_of("incident-address")
    text = ask("incident", "14").stdout
    for words in ["Incident 14: own address 203.0.113.5", r"State +open\n", "listed by Example list: a spam source\n",
                  r"alice@example.test +41 +38 +13\n", r"news@shop.test +2,400 +12 +3\n", "mailfuse delist 203.0.113.5"]:
        assert re.search(words, text), text
    assert "Got out" not in text
    page = tmp_path / "incident.html"
    ask("incident", "14", "--html", page)
    text = "".join(ElementTree.fromstring(page.read_text()).itertext())
    for words in ["own address", "203.0.113.5", "Who may have caused it", "alice@example.test", "First seen"]:
        assert words in text
    assert "Got out" not in text
    daemon.answers["incident"] = hostile(answer_of("incident-address"))
    run = ask("incident", "14")
    assert run.returncode == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", run.stdout)
    ask("incident", "14", "--html", page)
    assert not list(ElementTree.fromstring(page.read_text()).iter("script"))


# The page to hand on.

@pytest.mark.parametrize("change", [lambda reply: reply, hostile, lambda reply: {"ok": True, "incident": {}}],
                         ids=["as it is", "hostile", "empty"])
def test_page(ask, daemon, tmp_path, change):
    daemon.answers["incident"] = change(answer_of("incident"))
    page = tmp_path / "incident.html"
    run = ask("incident", "12", "--html", page)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    text = page.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "html" and not list(root.iter("script"))
    assert "default-src 'none'" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)


def test_page_tells_all(ask, tmp_path):
    page = tmp_path / "incident.html"
    ask("incident", "12", "--html", page)
    text = "".join(ElementTree.fromstring(page.read_text()).itertext())
    for words in ["Incident 12", ALICE, "22 Nov 2026 09:12:44", "1,204", "12 recipients within an hour",
                  "mailfuse unlock alice@example.test", "AS64501 Example Net", "Connection refused",
                  "root for dave", "What was found", "3 recipients complained", "and 15 more addresses", "The password was probably guessed"]:
        assert words in text


def test_page_that_cannot_be_written(ask, tmp_path):
    run = ask("incident", "12", "--html", tmp_path / "none" / "x.html")
    assert run.returncode == 2 and "No such file" in run.stderr
