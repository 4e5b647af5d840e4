"""mailfuse dnsbl against real name servers: what is listed, what is only noted, and lists that lie, refuse,
keep silent or answer garbage."""
import json
import subprocess
import time
from pathlib import Path

import pytest

from name_servers import Scripted, answer, name_of, servers

TABLE = """
list good.test
  name     Good list
  asks     ip4 ip6
  gravity  grave
  code     127.0.0.2 a spam source
  code     127.0.0.4-127.0.0.7 an open proxy
  note     127.0.0.10 a dial-up line
  page     https://good.test/remove?ip=%a
  wants    The cause has ended.
  wants    A name in reverse DNS.
  wait     24h
list domain.test
  asks     domain
  bit      2 spam
  bit      8 phishing
list refuse.test
  asks     ip4
list all.test
  asks     ip4
list none.test
  asks     ip4
list silent.test
  asks     ip4
list servfail.test
  asks     ip4
list advertising.test
  asks     ip4
list abroad.test
  asks     ip4
  test     ip4 127.0.0.2 -
"""
MINE = "good domain refuse all none silent servfail advertising abroad".split()


@pytest.fixture(scope="module")
def dns():
    with servers() as (port, _):
        yield port


@pytest.fixture
def ask(mailfuse, tmp_path):
    """Run it with the table above: exit status, and its JSON or its text."""
    def run(port, *arguments, text=False, lists=None, table=TABLE):
        path = tmp_path / "table"
        path.write_text(table)
        only = [word for zone in (lists or MINE) for word in ("--list", f"{zone}.test")]
        done = subprocess.run([mailfuse, "dnsbl", "--lists", path, "--resolver", f"127.0.0.1@{port}", *only,
                               "--timeout", "1", *([] if text else ["--json"]), *arguments],
                              capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        return done.returncode, done.stdout if text else json.loads(done.stdout)
    return run


def found(reply, subject):
    """zone -> what it found of that subject."""
    [row] = [row for row in reply["subjects"] if row["subject"] == subject]
    return {one["zone"]: one for one in row["found"]}


def lives(reply):
    return {(row["zone"], row["kind"]): row["why"] for row in reply["lists"]}


def test_listed_with_code_text_and_what_the_list_wants(ask, dns):
    status, reply = ask(dns, "203.0.113.66", "203.0.113.5", "192.0.2.1")
    assert status == 1
    one = found(reply, "203.0.113.66")["good.test"]
    assert one["state"] == "listed" and one["gravity"] == "grave"
    assert one["words"] == "a spam source; an open proxy"
    assert sorted(one["text"].split("; ")) == ["An open proxy", "Listed, see https://good.test/?ip=203.0.113.66"]
    assert one["page"] == "https://good.test/remove?ip=203.0.113.66"
    assert one["wants"] == "The cause has ended.\nA name in reverse DNS." and one["wait_s"] == 86400
    assert found(reply, "203.0.113.5")["good.test"]["text"] == "Listed, see https://good.test/?ip=203.0.113.5"
    assert found(reply, "192.0.2.1") == {}


def test_lists_that_cannot_be_trusted_are_set_aside(ask, dns):
    began = time.monotonic()
    status, reply = ask(dns, "192.0.2.1", "192.0.2.2")
    assert status == 0 and time.monotonic() - began < 10
    why = lives(reply)
    assert why.pop(("good.test", "IPv4")) == "" and why.pop(("abroad.test", "IPv4")) == ""
    assert {zone: words.split(":")[0] for (zone, _), words in why.items()} == {
        "refuse.test": "127.255.255.254",
        "all.test": "lists what no list has",
        "none.test": "does not list what every list has, so that it would find nothing",
        "silent.test": "does not answer",
        "servfail.test": "answers with SERVFAIL",
        "advertising.test": "203.0.113.80",
    }
    assert found(reply, "192.0.2.1") == {} == found(reply, "192.0.2.2")


def test_ipv6_and_domains(ask, dns):
    status, reply = ask(dns, "2001:db8:bad::25", "2001:db8::1", "mail.bad.example", "PHISH.example.", "good.example")
    assert status == 1
    assert found(reply, "2001:db8:bad::25")["good.test"]["text"].endswith("?ip=2001:db8:bad::25")
    assert found(reply, "2001:db8::1") == {} == found(reply, "good.example")
    assert found(reply, "mail.bad.example")["domain.test"]["words"] == "spam"
    assert found(reply, "phish.example")["domain.test"]["words"] == "spam; phishing"


def test_a_note_is_no_listing(ask, dns):
    status, reply = ask(dns, "198.51.100.7")
    assert status == 0
    assert found(reply, "198.51.100.7")["good.test"]["state"] == "noted"
    assert reply["subjects"][0]["listed"] == 0


def test_text(ask, dns):
    status, text = ask(dns, "203.0.113.66", "192.0.2.1", text=True)
    assert status == 1
    assert "LISTED        Good list (good.test), grave: a spam source; an open proxy" in text
    assert "https://good.test/remove?ip=203.0.113.66" in text and "takes         1 d" in text
    assert "all.test (IPv4): lists what no list has: it lists everybody" in text


def test_no_list_answers(ask, dns):
    assert ask(dns, "192.0.2.1", lists=["silent", "refuse"])[0] == 2


@pytest.mark.parametrize("name, reply", [
    ("nothing", lambda question: None),
    ("noise", lambda question: b"\xff" * 40),
    ("the question itself", lambda question: question),
    ("half an answer", lambda question: answer(question, ["127.0.0.2"])[:-7]),
    ("an empty packet", lambda question: b""),
    ("other questions' answers", lambda question: b"\0\0" + answer(question, ["127.0.0.2"])[2:]),
    ("refused", lambda question: answer(question, code=5)),
])
def test_garbage(ask, name, reply):
    with Scripted(reply) as server:
        status, out = ask(server.port, "192.0.2.1", lists=["good"])
    assert status == 2 and lives(out)[("good.test", "IPv4")] != "", name


def test_a_list_that_begins_to_refuse(ask):
    """In the middle of a cycle: what it said before stands, and it is not asked to the end."""
    def reply(question):
        name = name_of(question)
        if name in ("2.0.0.127.good.test", "1.0.0.127.good.test"):
            return answer(question, ["127.0.0.2"]) if name[0] == "2" else answer(question, code=3)
        return answer(question, ["127.255.255.255"])

    with Scripted(reply) as server:
        status, out = ask(server.port, *(f"192.0.2.{i}" for i in range(1, 41)), lists=["good"])
        asked = len(server.asked)
    assert status == 2 and asked < 12
    assert lives(out)[("good.test", "IPv4")] == "127.255.255.255: it was asked too often"


def test_rate_and_order(ask):
    """No faster than told, on average; not in the order of the command line."""
    def reply(question):
        return answer(question, ["127.0.0.2"] if name_of(question).startswith("2.0.0.127.") else [],
                      0 if name_of(question).startswith("2.0.0.127.") else 3)

    subjects = [f"192.0.2.{i}" for i in range(10, 30)]
    with Scripted(reply) as server:
        status, _ = ask(server.port, "--rate", "20", *subjects, lists=["good"])
        times = [at for at, name in server.asked]
        order = [name.split(".")[0] for _, name in server.asked if name.endswith(".2.0.192.good.test")]
    assert status == 0
    assert times[-1] - times[0] > 0.5 * len(times) / 20
    assert sorted(order) == sorted(map(str, range(10, 30))) and order != sorted(order)


@pytest.mark.parametrize("arguments, complaint", [
    (["--resolver", "8.8.8.8", "192.0.2.1"], "8.8.8.8 is a public resolver (Google)."),
    (["--resolver", "2606:4700:4700::1111", "192.0.2.1"], "is a public resolver (Cloudflare)."),
    (["--resolver", "ns.example.test", "192.0.2.1"], "ns.example.test: write an IP address"),
    (["10.0.0.1"], "10.0.0.1: is no public address"),
    (["192.0.2.300"], "192.0.2.300: is neither an IP address nor a domain"),
    (["alice@example.test"], "alice@example.test: is neither an IP address nor a domain"),
    (["--list", "nowhere.test", "192.0.2.1"], "--list nowhere.test: there is no such list"),
    (["--lists", "/nowhere", "192.0.2.1"], "/nowhere: No such file or directory; write the path"),
    (["--rate", "0", "192.0.2.1"], "--rate: write a number from 1 to 1000"),
    ([], "nothing to ask for"),
])
def test_complaints(mailfuse, arguments, complaint):
    run = subprocess.run([mailfuse, "dnsbl", *arguments], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2 and run.stdout == "" and complaint in run.stderr


def test_mistakes_in_a_table(mailfuse, tmp_path):
    path = tmp_path / "lists"
    path.write_text("list good.test\n  asks ip4\n  gravty grave\nlist bad.test\n  name x\n")
    run = subprocess.run([mailfuse, "dnsbl", "--lists", path, "--table"], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2 and run.stdout == ""
    assert run.stderr.splitlines() == [
        f"mailfuse dnsbl: {path}:3: gravty: no such word; did you mean gravity?",
        f"mailfuse dnsbl: {path}:4: bad.test: it is not said what it is asked about; write asks ip4, ip6 or domain",
    ]


def test_the_table_that_comes_with_it(mailfuse):
    run = subprocess.run([mailfuse, "dnsbl", "--table", "--json"], capture_output=True, text=True, check=True, timeout=20)
    shipped = Path(__file__).resolve().parents[2] / "packaging" / "dnsbl.lists"
    zones = [line.split()[1] for line in shipped.read_text().splitlines() if line.startswith("list ")]
    assert [row["zone"] for row in json.loads(run.stdout)["lists"]] == zones
