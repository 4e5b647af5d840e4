"""`mailfuse scan` as a whole: what it says of logs that were written for it."""
import itertools
import json
import re
import shutil
import subprocess

import pytest

from written_log import LATER, OK, Log, at

ALICE, BOB = "alice@example.test", "bob@example.test"


def scan(mailfuse, *arguments, stdin=None):
    return subprocess.run([mailfuse, "scan", *arguments], capture_output=True, input=stdin)


def report(mailfuse, *arguments, stdin=None):
    run = scan(mailfuse, "--json", *arguments, stdin=stdin)
    assert run.returncode in (0, 1), run.stderr.decode()
    assert run.stderr == b""
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def stolen(tmp_path_factory):
    """Two people at work for a week; then one of the accounts sends spam. (path, ids in the queue)"""
    log = Log()
    log.office(ALICE)
    log.office(BOB, address="192.0.2.99")
    for n in range(30):
        log.add(at(8, 1, n), "postfix/smtpd[9]: warning: unknown[198.51.100.66]: SASL LOGIN authentication"
                f" failed: UGFzc3dvcmQ6, sasl_username=guess{n}@example.test")
    queued = log.burst(ALICE)
    return log.write(tmp_path_factory.mktemp("log") / "mail.log"), queued


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    log = Log()
    log.office(ALICE)
    return log.write(tmp_path_factory.mktemp("log") / "mail.log")


# Exit status, and errors that say what is wrong.

def test_status_0_when_nothing_is_found(mailfuse, quiet):
    assert scan(mailfuse, quiet).returncode == 0
    assert report(mailfuse, quiet)["locks"] == []


def test_status_1_when_a_fuse_would_have_tripped(mailfuse, stolen):
    for arguments in ([], ["--json"], ["--quiet"], ["--queue-ids"], ["--explain", ALICE]):
        assert scan(mailfuse, *arguments, stolen[0]).returncode == 1


@pytest.mark.parametrize("name, make, says", [
    ("missing", None, "No such file"),
    ("folder", lambda path: path.mkdir(), "directory"),
    ("binary", lambda path: path.write_bytes(bytes(range(256)) * 50), "no log"),
    ("prose", lambda path: path.write_text("Dear all,\nthis is no log.\n" * 50), "no log"),
    ("cut.gz", lambda path: path.write_bytes(b"\x1f\x8b\x08\x00" + b"\x00" * 6 + b"\xff" * 100), "damaged"),
])
def test_status_2_names_the_file_and_the_reason(mailfuse, tmp_path, quiet, name, make, says):
    path = tmp_path / name
    if make:
        make(path)
    run = scan(mailfuse, path)
    error = run.stderr.decode()
    assert run.returncode == 2
    assert name in error and says in error, error
    assert error.count("\n") == 1 and run.stdout == b""


def test_a_damaged_file_does_not_keep_the_others_from_being_read(mailfuse, tmp_path, stolen):
    cut = tmp_path / "cut.gz"
    cut.write_bytes(b"\x1f\x8b\x08\x00" + b"\x00" * 6 + b"\xff" * 100)
    for files in ([cut, stolen[0]], [stolen[0], cut]):
        run = scan(mailfuse, "--json", *files)
        found = json.loads(run.stdout)
        assert [lock["account"] for lock in found["locks"]] == [ALICE] and run.returncode == 2
        assert any("cut.gz" in warning["text"] and "damaged" in warning["text"] for warning in found["warnings"])
        assert b"cut.gz" in run.stderr
    assert scan(mailfuse, cut, cut).returncode == 2 and scan(mailfuse, cut, cut).stdout == b""


@pytest.mark.parametrize("arguments", [
    [], ["--bogus", "FILE"], ["--top", "0", "FILE"], ["--top", "many", "FILE"], ["--client", "192.0.2.0/33", "FILE"],
    ["--client", "pc", "FILE"], ["--since", "soon", "FILE"], ["--year", "26", "FILE"], ["--tz", "Mars/Olympus", "FILE"],
    ["--json", "--queue-ids", "FILE"], ["--account", "a", "--host", "192.0.2.1", "FILE"], ["--geo", "/nowhere.mmdb", "FILE"],
    ["--unparsed", "/nowhere/at/all", "FILE"], ["--html", "/nowhere/at/all", "FILE"], ["--pseudonymize", "/nowhere", "FILE"],
    ["--pseudonymize", "FILE", "--unparsed", "/dev/null", "FILE"], ["--pseudonymize", "FILE", "--learn", "/dev/null", "FILE"],
])
def test_wrong_usage_is_status_2(mailfuse, quiet, arguments):
    run = scan(mailfuse, *[quiet if a == "FILE" else a for a in arguments])
    assert run.returncode == 2
    assert run.stdout == b"" and run.stderr.decode().startswith("mailfuse scan: ")


def test_an_empty_log_is_no_error(mailfuse, tmp_path):
    empty = tmp_path / "mail.log"
    empty.write_bytes(b"")
    run = scan(mailfuse, empty)
    assert run.returncode == 0
    assert "no line was read" in run.stdout.decode() and "is empty" in " ".join(run.stdout.decode().split())


# The verdict, and what is asked for.

def test_the_thief_is_found_and_nobody_else(mailfuse, stolen):
    found = report(mailfuse, stolen[0])
    assert [lock["account"] for lock in found["locks"]] == [ALICE]
    lock = found["locks"][0]
    assert lock["queue_ids"] == stolen[1]
    assert lock["total"] == {"messages": 40 + 60, "recipients": 40 + 240}
    assert lock["before"]["messages"] + lock["after"]["messages"] == lock["messages"] == 60
    assert lock["before"]["recipients"] <= 20 and lock["held_from"] == lock["time"]
    assert at(8, 2).isoformat() <= lock["time"] < at(8, 2, 5).isoformat()
    # What came back of the first message was known before anybody suspected it.
    assert 98 <= lock["results"]["sent"] <= 100 and 49 <= lock["results"]["unknown_recipients"] <= 50
    assert found["totals"]["submitted"] == 140
    assert [source["address"] for source in found["brute_force"]] == ["198.51.100.66"]


def test_queue_ids(mailfuse, stolen):
    assert scan(mailfuse, "--queue-ids", stolen[0]).stdout.decode().split("\n") == stolen[1] + [""]
    assert scan(mailfuse, "--queue-ids", "--account", BOB, stolen[0]).stdout == b""


@pytest.fixture
def postsuper(mailfuse, tmp_path):
    """Types a command into a shell whose postsuper prints the ids that it is to hold."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/mailfuse").symlink_to(mailfuse)
    (tmp_path / "bin/postsuper").write_text('#!/bin/sh\ncase $2 in -) cat ;; *) echo "$@" | tr " " "\\n" ;; esac\n')
    (tmp_path / "bin/postsuper").chmod(0o755)

    def held(command):
        assert all(len(line) <= 74 for line in command.split("\n")), command
        run = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True,
                             env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})
        return [word for word in run.stdout.split() if word != "-h"]
    return held


@pytest.mark.parametrize("queued", [10, 11, 100, 101])
def test_what_is_to_be_held_is_the_mail_of_the_abuse(mailfuse, tmp_path, postsuper, queued):
    log = Log()
    log.office(ALICE)
    innocent = log.message(at(5, 17), ALICE, "192.0.2.7", [("friend1@friends.example", LATER)])
    stolen = log.burst(ALICE, messages=queued + 50, queued=queued)
    log.write(tmp_path / "mail.log")
    words = ["--since", "2026-03-02 08:00", "--tz", "+01:00", "--year", "2026", "--host", "mail", tmp_path / "mail.log"]
    found = report(mailfuse, *words)["locks"][0]
    assert found["queue_ids"] == stolen
    hold, = [c["command"] for c in found["commands"] if "postsuper" in c["command"]]
    assert postsuper(hold.replace(str(tmp_path) + "/", "")) == stolen
    assert scan(mailfuse, "--queue-ids", *words).stdout.decode().split() == stolen
    assert innocent in scan(mailfuse, "--queue-ids", "--account", ALICE, "--until", "2026-03-07", *words).stdout.decode()
    run = scan(mailfuse, "--json", "-", stdin=(tmp_path / "mail.log").read_bytes())
    holds = [c for c in json.loads(run.stdout)["locks"][0]["commands"] if "still in the queue" in c["why"]]
    assert ("JSON report" in holds[0]["why"]) == (queued > 100)


def test_account(mailfuse, stolen):
    found = report(mailfuse, "--account", "BOB@example.TEST", stolen[0])
    assert found["locks"] == []
    assert [(a["account"], a["messages"]) for a in found["accounts"]] == [(BOB, 40)]
    text = scan(mailfuse, "--account", BOB, stolen[0]).stdout.decode()
    assert BOB in text and "192.0.2.99" in text and ALICE not in text
    run = scan(mailfuse, "--account", "nobody@example.test", stolen[0])
    assert run.returncode == 0 and ALICE not in run.stdout.decode()


@pytest.mark.parametrize("words, says", [
    (["--account", "nobody@example.test"], "The log tells nothing about the account nobody@example.test."),
    (["--host", "192.0.2.250"], "The log tells nothing about the host 192.0.2.250."),
    (["--client", "192.0.2.250"], "The log tells nothing about the client 192.0.2.250."),
    (["--host", "mx9"], "Nothing to judge: no line is of the host mx9."),
    (["--since", "2027-01-01"], "Nothing to judge: no line is of the time that was asked for."),
])
def test_of_whom_the_log_does_not_tell_nothing_good_is_said(mailfuse, stolen, words, says):
    assert report(mailfuse, *words, stolen[0])["verdict"] == says
    assert scan(mailfuse, *words, stolen[0]).stdout.decode().startswith(says)


def test_client(mailfuse, stolen):
    found = report(mailfuse, "--client", "192.0.2.99", stolen[0])
    assert [(a["account"], a["messages"]) for a in found["accounts"]] == [(BOB, 40)]
    found = report(mailfuse, "--client", "192.0.2.0/24", stolen[0])
    assert {a["account"]: a["messages"] for a in found["accounts"]} == {ALICE: 40, BOB: 40}
    assert report(mailfuse, "--client", "198.51.100.66", stolen[0])["brute_force"][0]["failures"] == 30


def test_to(mailfuse, stolen):
    wrote = report(mailfuse, "--to", "friends.example", stolen[0])["wrote"]
    assert len(wrote) == 80 and {w["account"] for w in wrote} == {ALICE, BOB}
    bob = report(mailfuse, "--to", "friends.example", "--account", BOB, stolen[0])["wrote"]
    assert bob == [w for w in wrote if w["account"] == BOB]
    run = scan(mailfuse, "--to", "out1.example", "--account", BOB, stolen[0])
    assert f"{BOB} did not write to out1.example" in run.stdout.decode()
    one = report(mailfuse, "--to", "Victim0.1@OUT1.example", stolen[0])["wrote"]
    assert [(w["account"], w["recipient"], w["status"]) for w in one] == [
        (ALICE, "victim0.1@out1.example", "sent")]
    assert report(mailfuse, "--to", "friend", stolen[0])["wrote"] == []


def test_explain(mailfuse, stolen):
    text = scan(mailfuse, "--explain", ALICE, stolen[0]).stdout.decode()
    assert ALICE in text and "new-network" in text or "network" in text
    assert "nobody@example.test" not in text
    assert scan(mailfuse, "--explain", "nobody@example.test", stolen[0]).returncode == 1


def test_top(mailfuse, stolen):
    for n in (1, 3):
        found = report(mailfuse, "--top", str(n), stolen[0])
        assert len(found["locks"][0]["clients"]) == n
        assert len(found["accounts"]) == min(n, 2)
    assert found["locks"][0]["clients_all"] > 30


def test_quiet(mailfuse, quiet, stolen):
    assert scan(mailfuse, "--quiet", quiet).stdout == b""
    loud, few = scan(mailfuse, stolen[0]).stdout, scan(mailfuse, "--quiet", stolen[0]).stdout
    assert ALICE.encode() in few and len(few) < len(loud) / 2


def test_unparsed(mailfuse, tmp_path, quiet):
    log, rest = tmp_path / "mail.log", tmp_path / "rest"
    odd = ["no time stamp at all", "2026-03-02T10:00:00+01:00 mail postfix/smtpd[9]: something new",
           "2026-02-30T10:00:00+01:00 mail postfix/smtpd[9]: connect from pc[192.0.2.1]"]
    log.write_bytes(quiet.read_bytes() + "\n".join(odd).encode() + b"\n\n")
    found = report(mailfuse, "--unparsed", rest, log)
    assert rest.read_text().splitlines() == odd
    assert found["reading"]["unparsed"] == 3 and sum(found["unparsed"].values()) == 3
    assert found["reading"]["blank"] == 1
    assert b"3" in scan(mailfuse, log).stdout.split(b"Reading")[1]


def test_since_and_until(mailfuse, stolen):
    def submitted(*arguments):
        return report(mailfuse, *arguments, stolen[0])["totals"]["submitted"]

    assert submitted("--since", "2026-03-09 00:00", "--tz", "+01:00") == 60
    assert submitted("--since", "2026-03-09T00:00:00+01:00") == 60
    assert submitted("--until", "2026-03-09T00:00:00+01:00") == 80
    assert submitted("--since", "2026-03-03T00:00:00+01:00", "--until", "2026-03-04T00:00:00+01:00") == 16
    assert submitted("--until", "2020-01-01T00:00:00+01:00") == 0


# Joining.

def test_what_a_content_filter_hands_back_is_counted_once(mailfuse, tmp_path):
    log = Log()
    for n in range(20):
        first, second = log.queue_id(), log.queue_id()
        time = at(1, 9, n)
        for text in (f"submission/smtpd[1]: {first}: client=pc[192.0.2.7], sasl_method=PLAIN, sasl_username={ALICE}",
                     f"cleanup[2]: {first}: message-id=<{n}@example.test>",
                     f"qmgr[3]: {first}: from=<{ALICE}>, size=500, nrcpt=1 (queue active)",
                     f"smtpd[4]: {second}: client=localhost[127.0.0.1]",
                     f"cleanup[2]: {second}: message-id=<{n}@example.test>",
                     f"qmgr[3]: {second}: from=<{ALICE}>, size=900, nrcpt=1 (queue active)",
                     f"smtp[5]: {first}: to=<friend@out.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
                     f"delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): "
                     f"250 2.0.0 Ok: queued as {second})",
                     f"qmgr[3]: {first}: removed",
                     f"smtp[6]: {second}: to=<friend@out.example>, relay=mx[198.51.100.1]:25, delay=1, "
                     f"delays=0/0/0/1, {LATER}"):
            log.add(time, f"postfix/{text}")
    found = report(mailfuse, "--account", ALICE, log.write(tmp_path / "mail.log"))
    account = found["accounts"][0]
    assert found["totals"]["submitted"] == account["messages"] == account["deferred"] == 20
    assert found["totals"]["received"] == 40  # client= lines, as pflogsumm counts
    assert account["sent"] == 0
    assert len(scan(mailfuse, "--queue-ids", "--account", ALICE, tmp_path / "mail.log").stdout.split()) == 20


def test_two_hosts_in_one_file_have_two_queues(mailfuse, tmp_path):
    one, two = Log("mx1"), Log("mx1")  # the same queue ids, as both are named alike
    one.office(ALICE)
    queued = one.burst(ALICE)
    two.host = "mx2"
    two.messages = 40
    for n in range(60):
        two.message(at(8, 3, n % 60), BOB, "192.0.2.99", [("friend1@friends.example", OK)],
                    queue_id=queued[n % 10])
    one.lines += two.lines
    found = report(mailfuse, one.write(tmp_path / "mail.log"))
    assert [lock["account"] for lock in found["locks"]] == [ALICE]
    assert found["locks"][0]["queue_ids"] == queued
    assert found["locks"][0]["queue_host"] == "mx1"
    only = report(mailfuse, "--host", "mx2", tmp_path / "mail.log")
    assert only["locks"] == [] and [a["account"] for a in only["accounts"]] == [BOB]


def test_a_fuse_with_mail_in_two_queues(mailfuse, tmp_path):
    log = Log("mx1")
    log.office(ALICE)
    queued = log.burst(ALICE)
    log.lines = [(time, line.replace(" mx1 ", " mx2 ") if any(id in line for id in queued[::2]) else line)
                 for time, line in log.lines]
    path = log.write(tmp_path / "mail.log")
    lock = report(mailfuse, path)["locks"][0]
    queues = {queue["host"]: queue["queue_ids"] for queue in lock["queues"]}
    assert queues == {"mx1": queued[1::2], "mx2": queued[::2]}
    assert lock["queue_ids"] == sum((queue["queue_ids"] for queue in lock["queues"]), []) and lock["queue_host"] == ""
    holds = {c["why"].split(",")[0]: c["command"] for c in lock["commands"] if "postsuper" in c["command"]}
    assert holds.keys() == {"On mx1", "On mx2"}
    assert all(id in holds["On mx1"] for id in queued[1::2]) and not any(id in holds["On mx1"] for id in queued[::2])
    run = scan(mailfuse, "--queue-ids", path)
    assert run.returncode == 2 and run.stdout == b"" and b"--host" in run.stderr
    run = scan(mailfuse, "--queue-ids", "--account", ALICE, "--host", "mx1", path)
    assert run.stdout.decode().split() == queued[1::2]


# The same log in other clothes gives the same report.

def told(mailfuse, *arguments, stdin=None):
    """The JSON report without what names the files."""
    found = report(mailfuse, *arguments, stdin=stdin)
    for fuse in found["locks"] + found["hosts"] + found["watch"]:
        del fuse["commands"]
    del found["preparation"], found["reading"]["files"], found["reading"]["bytes"]
    return found


def test_twice_the_same(mailfuse, stolen, tmp_path):
    for arguments in ([], ["--json"], ["--explain", ALICE], ["--account", ALICE]):
        first, second = scan(mailfuse, *arguments, stolen[0]), scan(mailfuse, *arguments, stolen[0])
        assert first.stdout == second.stdout
    pages = [tmp_path / "1.html", tmp_path / "2.html"]
    for page in pages:
        scan(mailfuse, "--html", page, stolen[0])
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_the_order_of_the_files_does_not_matter(mailfuse, stolen, tmp_path):
    lines = stolen[0].read_bytes().splitlines(keepends=True)
    parts = []
    for n, (start, end) in enumerate([(0, 200), (200, 500), (500, None)]):
        parts.append(tmp_path / f"part{n}.log")
        parts[-1].write_bytes(b"".join(lines[start:end]))
    want = told(mailfuse, stolen[0])
    for order in itertools.permutations(parts):
        assert told(mailfuse, *order) == want


@pytest.mark.parametrize("packer", ["gzip", "xz", "zstd", "bzip2"])
def test_packed_files(mailfuse, stolen, tmp_path, packer):
    assert shutil.which(packer), f"{packer} is not installed"
    packed = tmp_path / "mail.log.1"  # the name says nothing
    packed.write_bytes(subprocess.run([packer, "-c", stolen[0]], capture_output=True, check=True).stdout)
    assert told(mailfuse, packed) == told(mailfuse, stolen[0])


def test_standard_input(mailfuse, stolen):
    log = stolen[0].read_bytes()
    assert told(mailfuse, "-", stdin=log) == told(mailfuse, stolen[0])
    packed = subprocess.run(["xz", "-c"], input=log, capture_output=True, check=True).stdout
    assert told(mailfuse, "-", stdin=packed) == told(mailfuse, stolen[0])


def test_classic_stamps(mailfuse, stolen, tmp_path):
    months = {"03": "Mar"}
    text = re.sub(r"(?m)^\d{4}-(\d\d)-0?(\d+)T([\d:]+)(?:\.\d+)?\+01:00",
                  lambda m: f"{months[m[1]]} {m[2]:>2} {m[3]}", stolen[0].read_text())
    classic = tmp_path / "mail.log"
    classic.write_text(text)
    found = report(mailfuse, "--year", "2026", "--tz", "+01:00", classic)
    assert found["locks"][0]["queue_ids"] == stolen[1]
    assert found["locks"][0]["time"][:16] == report(mailfuse, stolen[0])["locks"][0]["time"][:16]
