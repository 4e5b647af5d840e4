"""mailfuse run looks at the lists by itself: a listing begins, survives a restart and a list that fails, and
ends; mailfuse delist says what is to be done."""
import os
import re
import tempfile
import time
from pathlib import Path

import pytest

from name_servers import SOA, only_these_lists, servers
from test_control_daemon import Daemon

LISTED = "203.0.113.5"
WITH = ":127.0.0.2:Listed, see https://good.test/?ip=$\n127.0.0.2\n203.0.113.0/24\n"
WITHOUT = ":127.0.0.2:Listed\n127.0.0.2\n"
TABLE = """
list good.test
  name     Good list
  asks     ip4
  gravity  grave
  code     127.0.0.2 a spam source
  page     https://good.test/remove?ip=%a
  wants    The cause has ended.
  wait     24h
list domain.test
  asks     domain
"""


def wait(what, message):
    for _ in range(300):
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(message)


class Watching(Daemon):
    def attachment(self):
        [one] = [row for row in self.json("status")["attachments"] if row["name"] == "dnsbl"]
        return one

    def cycle(self):
        """Let it look now, and wait for the end of that."""
        before = self.attachment()["last"]
        assert self.run("reload").returncode == 0
        wait(lambda: self.attachment()["last"] not in (None, before), "no cycle")

    def what(self):
        return [(entry["what"], entry["account"], entry["detail"]) for entry in self.json("journal")["entries"]
                if entry["what"] in ("listed", "delisted")]


@pytest.fixture
def site(mailfuse):
    with servers([("good.test", "ip4set", WITH), ("domain.test", "dnset", ":127.0.0.2:Spam\ntest\n")]) as (port, dns), \
            tempfile.TemporaryDirectory(prefix="mailfuse-dnsbl-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        only_these_lists(folder / "lists", TABLE)
        Watching.more = (f'dnsbl {{ lists = "{folder}/lists" resolvers = {{"127.0.0.1@{port}"}} '
                         f'addresses = {{"{LISTED}", "192.0.2.1"}} domains = {{"example.test"}} }}\n')
        daemon = Watching(mailfuse, folder)
        try:
            wait(lambda: daemon.run("status").returncode == 0, (folder / "run.log").read_text())
            yield daemon, dns
        finally:
            daemon.process.terminate()
            daemon.process.wait(40)


def zone(dns, text):
    """Other contents, which rbldnsd sees within two seconds."""
    path = dns / "zone0"
    path.write_text(SOA.format("good.test") + text)
    os.utime(path, (time.time() + 5, time.time() + 5))
    time.sleep(2.2)  # it looks every second, and says nothing of it


def test_from_the_first_sighting_to_clean(site):
    daemon, dns = site
    assert daemon.attachment()["state"] == "waiting"
    daemon.cycle()
    assert daemon.attachment()["state"] == "ok"
    assert re.fullmatch(r"\d+ of ours asked for, 1 listing, 2 lists alive, 0 set aside", daemon.attachment()["words"])
    wait(daemon.what, "nothing in the journal")
    assert daemon.what() == [("listed", LISTED, "Good list: a spam source")]
    assert any("on DNS lists" in text for text in daemon.json("status")["warnings"])

    [row] = daemon.json("delist")["listings"]
    assert (row["subject"], row["zone"], row["gravity"]) == (LISTED, "good.test", "grave")
    assert row["text"].startswith("Listed, see") and row["page"].endswith(LISTED) and row["wait_s"] == 86400
    assert {step["step"]: step["done"] for step in row["steps"]} == {
        "cause": False, "queue": True, "hosts": True, "actions": True} and not row["ready"]
    figures = daemon.json("status")["figures"]
    assert figures["mailfuse_dnsbl_listings"]["good.test"] == 1 and len(figures["mailfuse_dnsbl_listings"]) == 2
    assert figures["mailfuse_dnsbl_lists"] == {"alive": 2, "aside": 0} and figures["mailfuse_dnsbl_trouble"] == 0
    assert sum(figures["mailfuse_dnsbl_listings"].values()) == 1 and figures["mailfuse_dnsbl_look_timestamp_seconds"] > 0
    text = daemon.run("delist", LISTED).stdout
    assert f"{LISTED} is listed by Good list" in text and "to do  find the cause" in text
    [incident] = daemon.json("incidents")["incidents"]  # of its own, since nobody's explains it
    assert (incident["account"], incident["kind"], incident["state"]) == (LISTED, "address", "open")
    assert row["incident"] == incident["incident"]
    number = str(incident["incident"])
    for words in (["release", number], ["purge", number], ["lock", number], ["hold", LISTED], ["unlock", LISTED]):
        run = daemon.run(*words)
        assert run.returncode == 1 and f"incident {number} is about {LISTED}, which a DNS list has" in run.stderr
        assert f"mailfuse delist {LISTED}" in run.stderr
    assert daemon.json("incidents")["incidents"] == [incident]
    assert "Nothing of ours is listed" in daemon.run("delist", "192.0.2.1").stdout

    daemon.process.terminate()  # a restart changes nothing
    assert daemon.process.wait(40) == 0
    daemon.start()
    wait(lambda: daemon.run("status").returncode == 0, "no restart")
    assert [row["since"] for row in daemon.json("delist")["listings"]] == [row["since"]]
    assert daemon.json("incidents")["incidents"] == [incident]
    assert daemon.json("status")["figures"]["mailfuse_dnsbl_listings"] == {"good.test": 1}

    zone(dns, ":127.0.0.2:x\n192.0.2.200\n")  # the test point is gone: the list is set aside, nothing is clean
    daemon.cycle()
    assert [one["zone"] for one in daemon.json("delist")["aside"]] == ["good.test"]
    assert len(daemon.json("delist")["listings"]) == 1 and len(daemon.what()) == 1

    zone(dns, WITHOUT)
    daemon.cycle()
    assert daemon.json("delist")["listings"] == []
    assert set(daemon.json("status")["figures"]["mailfuse_dnsbl_listings"].values()) == {0}
    wait(lambda: len(daemon.what()) == 2, "nothing in the journal")  # which is read from the disk
    assert daemon.what()[1:] == [("delisted", LISTED, "Good list")]
    [clean] = daemon.json("delist")["clean"]
    assert (clean["subject"], clean["state"], clean["incident"]) == (LISTED, "over", incident["incident"])
    assert daemon.json("incidents")["incidents"] == []
    whole = daemon.json("incident", str(incident["incident"]))["incident"]
    run = daemon.run("release", number)
    assert run.returncode == 1 and f"it is over: mailfuse incident {number}" in run.stderr
    assert whole["state"] == "closed" and whole["open_measures"] == []
    assert [event["what"] for event in whole["events"]] == ["listed", "delisted"]
    assert f"own address {LISTED}" in daemon.run("incident", str(incident["incident"])).stdout
    lines = [line for line in (daemon.folder / "run.log").read_text().splitlines() if "listed" in line and LISTED in line]
    assert [line.split(": ", 2)[1:] for line in lines] == [
        [f'alert listed severity=critical incident={number} subject="{LISTED}"', "Good list: a spam source"],
        [f'alert delisted severity=info incident={number} subject="{LISTED}"', "it is no longer listed; Good list"]]
