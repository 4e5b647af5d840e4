"""Settings that are read again hold for worker, helper and courier alike, or for none of them."""
import json
import os
import signal
import tempfile
from pathlib import Path

import pytest

from test_alerts import Telling, wait

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a helper")


class Site(Telling):
    def deny(self, name):
        path = self.folder / name
        return path.read_text().split() if path.exists() else []

    def settings(self, before, after):
        text = self.conf.read_text()
        assert before in text
        self.conf.write_text(text.replace(before, after))

    def trouble(self):
        return self.json("status")["config"]["trouble"]

    def reload(self):
        assert self.run("reload").returncode == 0

    def hang_up(self):
        """SIGHUP, and its end."""
        before = (self.folder / "run.log").read_text().count("the settings ")
        self.process.send_signal(signal.SIGHUP)
        wait(lambda: (self.folder / "run.log").read_text().count("the settings ") > before)


@pytest.fixture
def site(mailfuse):
    Site.more = ""
    with tempfile.TemporaryDirectory(prefix="mailfuse-reload-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        daemon = Site(mailfuse, folder)
        daemon.stop()
        daemon.settings("mode = observe", "mode = enforce")
        daemon.settings('dovecot-deny-file = ""', f'dovecot-deny-file = "{folder}/one"')
        daemon.start()
        try:
            wait(lambda: daemon.run("status").returncode == 0, "no daemon")
            yield daemon
        finally:
            daemon.stop()


@pytest.mark.parametrize("read_again", [Site.reload, Site.hang_up])
def test_the_helper_writes_where_the_new_settings_say(site, read_again):
    site.lock(ALICE)
    wait(lambda: site.deny("one") == [ALICE])
    site.settings("/one", "/two")
    read_again(site)
    wait(lambda: site.deny("two") == [ALICE])
    site.lock(BOB)
    wait(lambda: site.deny("two") == [ALICE, BOB])
    assert site.deny("one") == [ALICE]


@pytest.mark.parametrize("mistake", ["mode = \n", 'geo = "none.mmdb"\n', 'alerts { templates = "none" }\n'])
def test_what_the_worker_refuses_the_helper_does_not_take(site, mistake):
    site.settings("/one", "/two")
    site.hang_up()
    site.lock(ALICE)  # the helper has them, too, when it writes there
    wait(lambda: site.deny("two") == [ALICE])
    good = site.conf.read_text()
    site.conf.write_text(good.replace("/two", "/three") + mistake)
    site.hang_up()
    assert site.trouble()
    site.lock(BOB)
    wait(lambda: site.deny("two") == [ALICE, BOB])
    assert (site.deny("one"), site.deny("three")) == ([], [])
    site.conf.write_text(good)
    site.reload()
    assert site.trouble() == ""


def worker_of(site):
    return site.json("status")["pid"]


@pytest.mark.parametrize("mistake", ["mode = \n", 'geo = "none.mmdb"\n'])
def test_a_worker_that_dies_beside_wrong_settings_goes_by_the_last_good_ones(site, mistake):
    site.settings("/one", "/two")
    site.reload()
    good = site.conf.read_text()
    site.conf.write_text(good.replace("/two", "/three") + mistake)
    for account in (ALICE, BOB):
        before = worker_of(site)
        os.kill(before, signal.SIGKILL)
        wait(lambda: site.run("status").returncode == 0 and worker_of(site) != before)
        assert "mailfuse.conf" in site.trouble() or "none.mmdb" in site.trouble()
        site.lock(account)
        wait(lambda: account in site.deny("two"))
    assert site.deny("three") == []
    site.conf.write_text(good.replace("/two", "/three"))
    os.kill(worker_of(site), signal.SIGKILL)  # the next one reads what is right again
    wait(lambda: site.deny("three") == [ALICE, BOB])
    assert site.trouble() == ""


def test_wrong_settings_at_the_start_end_it(site):
    site.stop()
    site.conf.write_text(site.conf.read_text() + 'geo = "none.mmdb"\n')
    site.start()
    assert site.process.wait(20) == 2


def test_a_new_command_is_known_to_the_courier(site):
    site.conf.write_text(site.conf.read_text() + 'alerts {\ncommand first { path = "/bin/true" }\n}\n')
    site.reload()
    assert {row["result"] for row in json.loads(site.run("alert", "test", "--json").stdout)["tests"]} == {"delivered"}
    site.settings("}\n}", '}\ncommand second { path = "/usr/bin/true" }\n}')
    site.reload()
    wait(lambda: site.run("alert", "test").returncode == 0)


def test_settings_that_are_changed_again_at_once(site):
    """Whoever reads them when: in the end all go by the last ones, and nobody by those in between for long."""
    text = site.conf.read_text()
    for n in range(20):
        site.conf.write_text(text.replace("/one", f"/{n}"))
        site.process.send_signal(signal.SIGHUP)
    site.lock(ALICE)
    wait(lambda: site.deny("19") == [ALICE])
    site.lock(BOB)
    wait(lambda: site.deny("19") == [ALICE, BOB])
    assert site.trouble() == ""
