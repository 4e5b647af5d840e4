"""mailfuse run reads what other servers answer: that a big provider refuses this server is told once, names who
made it do so, survives a restart, and ends when mail is accepted again."""
import datetime
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import written_log
from test_control_daemon import ALICE, BOB, Daemon

EVE = "eve@example.test"
GMX = "mx00.emig.gmx.net"
BLOCKED = ("dsn=5.0.0, status=bounced (host mx00.emig.gmx.net[198.51.100.30] refused to talk to me: 554-gmx.net"
           " (mxgmx104) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is block listed. 554 For"
           " explanation visit https://postmaster.example.test/en/case?c=r0201&i=ip&v=192.0.2.1)")
CONTENT = ("dsn=5.0.0, status=bounced (host mx00.emig.gmx.net[198.51.100.30] said: 554-Transaction failed 554-Reject"
           " due to policy restrictions. 554 For explanation visit https://postmaster.example.test/en/case?c=hi (in"
           " reply to end of DATA command))")


class Site(Daemon):
    def __init__(self, mailfuse, folder):
        super().__init__(mailfuse, folder)
        self.written = written_log.Log()
        self.marks = 0

    def wait(self, what, message="nothing came"):
        for _ in range(300):
            found = what()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{message}\n{(self.folder / 'run.log').read_text()}")

    def mail(self, account, results, host=GMX):
        """A message; with its results, of all of which `host` is the server."""
        self.written.message(datetime.datetime.now(datetime.timezone.utc), account, "192.0.2.7", results)
        text = self.written.bytes().decode().replace("relay=mx.out.example[", f"relay={host}[")
        self.written.lines = []
        with open(self.folder / "mail.log", "a") as log:
            log.write(text)

    def seen(self):
        """All lines so far were read: a message to another server is, too."""
        self.marks += 1
        site = f"mark{self.marks}.example"
        self.mail(BOB, [(f"x@{site}", written_log.OK)], host=f"mx.{site}")
        self.wait(lambda: any(row["provider"] == site for row in self.json("providers")["providers"]), "a line")

    def provider(self, name="gmx"):
        rows = [row for row in self.json("providers")["providers"] if row["provider"] == name]
        return rows[0] if rows else None

    def told(self):
        return [(entry["what"], entry["account"]) for entry in self.json("journal")["entries"]
                if entry["what"] in ("blocked", "accepted")]


@pytest.fixture
def site(mailfuse):
    with tempfile.TemporaryDirectory(prefix="mailfuse-providers-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "rules").write_text("")
        (folder / "rules").chmod(0o644)
        Site.more = f'providers {{ rules = "{folder}/rules" accepted = 20 }}\ndnsbl {{ every = never }}\n'
        daemon = Site(mailfuse, folder)
        try:
            daemon.wait(lambda: daemon.run("status").returncode == 0, "no answer")
            yield daemon
        finally:
            daemon.process.terminate()
            daemon.process.wait(40)


def sent_before(site):
    """Alice writes to friends, Eve to many strangers; both at GMX."""
    for n in range(12):
        site.mail(ALICE, [(f"friend{n % 2}@gmx.de", written_log.OK)])
    for n in range(30):
        site.mail(EVE, [(f"stranger{n}.{k}@gmx.de", written_log.OK) for k in range(2)])
    site.seen()


def test_from_the_first_refusal_to_the_last(site):
    sent_before(site)
    row = site.provider()
    assert (row["state"], row["day"]["accepted"], row["hour"]["refused"], row["big"]) == ("ok", 72, 0, True)
    site.mail(EVE, [("stranger@gmx.de", CONTENT)] * 3)  # one message, not us
    site.seen()
    assert site.provider()["state"] == "ok" and site.told() == []
    assert "No provider refuses mail from here" in site.run("providers").stdout

    for n in range(9):  # everybody meets it from now on
        site.mail((ALICE, EVE, BOB)[n % 3], [(f"friend{n % 2}@gmx.de", BLOCKED)])
    site.seen()
    site.wait(site.told)
    assert site.told() == [("blocked", "GMX, web.de, mail.com (United Internet)")]
    row = site.provider()
    assert (row["state"], row["refusals"], row["cause"], row["code"], row["accepted_since"]) == (
        "blocked", 9, "address", "5.0.0", 0)
    assert row["words"] == "United Internet has our address on its block list" and row["page"].startswith("https://")
    assert "block listed" in row["text"] and row["accepted_needed"] == 20
    assert [(one["account"], one["new"], one["new_all"]) for one in row["accounts"]][0] == (EVE, 61, 63)
    assert any("GMX" in text and "mailfuse providers" in text for text in site.json("status")["warnings"])
    text = " ".join(site.run("providers").stdout.split())
    assert f"Account {EVE}: 61 of 63 new people there were written to by it" in text
    assert "our mail is refused for its reputation" in text and "blocked" in text

    evidence = {one["signal"]: one for one in site.json("explain", EVE)["evidence"]}
    assert 0.2 < evidence["provider-blocked"]["weight"] <= 2.5
    for honest in (ALICE, BOB):  # they met the block, no more
        signals = {one["signal"]: one["weight"] for one in site.json("explain", honest)["evidence"]}
        assert signals.get("provider-blocked", 0) <= 0.5 and signals.get("refused-as-spam", 0) <= 0

    site.process.terminate()  # a restart changes nothing
    assert site.process.wait(40) == 0
    site.start()
    site.wait(lambda: site.run("status").returncode == 0, "no restart")
    row = site.provider()
    assert (row["state"], row["refusals"], row["accounts"][0]["account"]) == ("blocked", 9, EVE)
    for n in range(19):
        site.mail(ALICE, [("friend1@gmx.de", written_log.OK)])
    site.seen()
    assert site.provider()["state"] == "blocked"
    site.mail(ALICE, [("friend1@gmx.de", written_log.OK)])
    site.seen()
    assert site.provider()["state"] == "ok"
    site.wait(lambda: len(site.told()) > 1)
    assert [what for what, _ in site.told()] == ["blocked", "accepted"]
    assert site.json("status")["warnings"] == [w for w in site.json("status")["warnings"] if "GMX" not in w]


def test_rules_of_ones_own_and_wrong_ones(site):
    """They are read anew; wrong ones change nothing, and say where they are wrong."""
    rules = site.folder / "rules"
    rules.write_text("provider own\n title Own Mail\n hosts own.example\n big\n rule address\n  says go away\n"
                     "  means They do not want us.\n")
    assert site.run("reload").returncode == 0
    rules.write_text("provider own\n hosts own.example\n rule adress\n  says x\n")
    run = site.run("reload")
    assert run.returncode == 1 and f"{rules}:3: rule: write what it is about" in run.stderr, run.stderr
    site.mail(ALICE, [("x@example.net", "dsn=5.7.1, status=bounced (host mx.own.example[198.51.100.9] said: 550 5.7.1"
                       " Go  AWAY \x1b[31m<b>now</b> (in reply to MAIL FROM command))")], host="mx.own.example")
    site.seen()
    row = site.provider("own")
    assert (row["state"], row["title"], row["words"]) == ("blocked", "Own Mail", "They do not want us")
    run = site.run("providers", "own")
    assert "Own Mail: our mail is refused" in run.stdout and "\x1b" not in run.stdout
    assert len(site.json("providers", "own")["providers"]) == 1
