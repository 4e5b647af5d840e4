"""Quiet hours and the hourly digest, by a clock that is set: the daemon with a real mail server and web server."""
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from receivers import MailServer, WebServer
from test_alerts import Telling, to, wait
from test_live_clock import Clock

ALICE, BOB, CAROL, DAVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave"))
SLEEPER, WATCH = "postmaster@example.test", "watch@example.test"
HOUR = 3600

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mail is held by the helper")


class Sleeping(Telling):
    """A daemon whose clock goes forward while it is away: what is set while it runs moves along what waits."""

    def start(self):
        self.log = open(self.folder / "run.log", "a")
        self.process = subprocess.Popen([self.mailfuse, "run", "-c", self.conf], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **self.clock.env})

    def again(self):
        self.start()
        wait(lambda: self.run("status").returncode == 0, "no daemon")

    def later(self, seconds):
        """Not running until so much after the true time."""
        self.stop()
        self.clock.set(seconds)
        self.again()

    def hold(self, account):
        done = self.run("hold", account, "--reason", "test")
        assert done.returncode == 0, done.stderr


def quiet_now():
    """An hour that has begun some minutes ago, on the clock of the daemon."""
    begin = time.time() - 600
    return "-".join(time.strftime("%H:%M", time.localtime(at)) for at in (begin, begin + HOUR))


@pytest.fixture
def site(mailfuse, settings):
    mail, web = MailServer(), WebServer()
    with tempfile.TemporaryDirectory(prefix="mailfuse-alerts-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "owners").write_text("".join(f"watched{n}@example.test owner{n}@private.test\n" for n in range(9)))
        Sleeping.clock = Clock(folder)
        Sleeping.more = (f'alerts {{ mail-server = "smtp://127.0.0.1:{mail.server_address[1]}"\n'
                         'mail-from = "mailfuse@mail.example.test" log = stderr tell-owner = yes '
                         'owner-addresses = owners\n' +
                         settings.replace("PORT", str(web.server_address[1])).replace("QUIET", quiet_now()) + "}\n")
        daemon = Sleeping(mailfuse, folder)
        try:
            wait(lambda: daemon.run("status").returncode == 0, "no daemon")
            yield daemon, mail, web
        finally:
            daemon.stop()
            for server in (mail, web):
                server.shutdown()
                server.server_close()


def about(messages):
    return [(message["X-Mailfuse-Alert"], re.search(r"\S+@\S+", message["Subject"])[0]) for message in messages]


@pytest.mark.parametrize("settings", [f'''
    recipient "{SLEEPER}" {{ severity = info quiet-hours = "QUIET" }}
    recipient "{WATCH}" {{ severity = info }}
    webhook "all" {{ url = "http://127.0.0.1:PORT/" severity = info quiet-hours = "QUIET" }}
'''], ids=["quiet"])
def test_quiet_hours(site):
    """What is critical comes at once; the rest in one letter when they are over, whatever happened in between."""
    daemon, mail, web = site
    daemon.hold(ALICE)
    daemon.hold(CAROL)
    wait(lambda: len(to(mail, WATCH)) == 2)  # who has no quiet hours
    daemon.lock(BOB)
    daemon.lock(CAROL)
    wait(lambda: len(to(mail, SLEEPER)) == 2 and len(web.hooks) == 2)
    assert sorted(about(to(mail, SLEEPER))) == [("incident-locked", BOB), ("incident-locked", CAROL)]
    wait(lambda: len(to(mail, WATCH)) == 4)

    daemon.kill()
    daemon.again()
    daemon.hold(DAVE)
    assert daemon.run("unlock", ALICE, "--force").returncode == 0
    wait(lambda: len(to(mail, WATCH)) == 6)
    wait(lambda: daemon.waiting() == 6, "three for each of those who sleep")
    assert len(to(mail, SLEEPER)) == 2 and len(web.hooks) == 2

    daemon.later(2 * HOUR)
    wait(lambda: daemon.waiting() == 0, "they did not leave")
    [*_, morning] = to(mail, SLEEPER)
    assert len(to(mail, SLEEPER)) == 3 and morning["X-Mailfuse-Alert"] == "digest"
    rows = [line for line in morning.get_content().split("\n") if "@example.test" in line]
    assert [next(name for name in (ALICE, CAROL, DAVE, BOB) if name in row) for row in rows] == [ALICE, DAVE, ALICE]
    [*_, (_, hook, _)] = web.hooks
    assert len(web.hooks) == 3 and [(one["kind"], one["subject"]) for one in hook["alerts"]] == [
        ("incident-held", ALICE), ("incident-held", DAVE), ("incident-closed", ALICE)]

    daemon.hold("eve@example.test")  # by day
    wait(lambda: len(to(mail, SLEEPER)) == 4 and len(web.hooks) == 4)
    assert about(to(mail, SLEEPER)[3:]) == [("incident-held", "eve@example.test")]
    wait(lambda: daemon.waiting() == 0)
    assert len(to(mail, WATCH)) == 7  # each once


@pytest.mark.parametrize("settings", [f'recipient "{SLEEPER}" {{ severity = info }}\n'], ids=["flood"])
def test_a_digest_an_hour(site):
    """A hundred accounts at once, and more of them all the time: ten letters, then one an hour, with everything."""
    daemon, mail, _ = site

    def digests():
        return [message for message in to(mail, SLEEPER) if message["X-Mailfuse-Alert"] == "digest"]

    def more(number, accounts):
        """These; the owner of the last one is told by a way of his own, so all that leaves now has left."""
        for n in range(accounts):
            daemon.lock(f"user{number}-{n}@example.test")
        daemon.lock(f"watched{number}@example.test")
        wait(lambda: to(mail, f"owner{number}@private.test"))

    more(0, 100)
    wait(lambda: len(to(mail, SLEEPER)) == 10)
    assert digests() == []
    daemon.later(200)  # they are gathered for two minutes
    wait(digests, "no digest")
    wait(lambda: daemon.waiting() == 0)
    for number, minutes in ((1, 4), (2, 30), (3, 60)):
        daemon.later(minutes * 60)
        more(number, 20)
        assert len(digests()) == 1 and len(to(mail, SLEEPER)) == 11
    daemon.later(66 * 60)
    wait(lambda: daemon.waiting() == 0, "the second one")
    assert len(digests()) == 2 and len(to(mail, SLEEPER)) == 12
    told = "".join(message.get_content() for message in to(mail, SLEEPER))
    locked = [f"user{number}-{n}" for number, all_of in ((0, 100), (1, 20), (2, 20), (3, 20)) for n in range(all_of)]
    assert [name for name in locked + [f"watched{n}" for n in range(4)] if f"{name}@example.test" not in told] == []
    daemon.later(3 * HOUR)
    more(4, 0)  # a long time without any: singly again
    wait(lambda: len(to(mail, SLEEPER)) == 13)
    assert about(to(mail, SLEEPER)[12:]) == [("incident-locked", "watched4@example.test")]
