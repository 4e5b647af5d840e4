"""Alerts do not leave from an address of ours that a DNS list has, as long as there is another; when all are listed
they leave nevertheless. In a network of its own, whose loopback has public addresses; with real DNS lists."""
import ctypes
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from name_servers import SOA, only_these_lists, servers
from receivers import MailServer
from test_alerts import Telling, to, wait

FIRST, SECOND, GONE = "203.0.113.71", "203.0.113.72", "203.0.113.79"  # the last is none of this machine
ADMIN = "postmaster@example.test"
CLEAN = ":127.0.0.2:Listed\n127.0.0.2\n"
CLONE_NEWNET = 0x40000000
TABLE = "list good.test\n name Good list\n asks ip4\n code 127.0.0.2 a spam source\n"


@pytest.fixture
def network():
    """This thread, and what it starts, has a loopback of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", encoding="ascii") as before:
        if os.geteuid() != 0 or libc.unshare(CLONE_NEWNET) != 0:
            pytest.skip("no network of our own may be made here")
        try:
            for words in (["link", "set", "lo", "up"], *(["address", "add", one, "dev", "lo"] for one in (FIRST, SECOND))):
                subprocess.run(["ip", *words], check=True, timeout=10)
            yield
        finally:
            assert libc.setns(before.fileno(), CLONE_NEWNET) == 0


@pytest.fixture
def site(mailfuse, network):
    mail = MailServer()
    with servers([("good.test", "ip4set", CLEAN)]) as (port, dns), \
            tempfile.TemporaryDirectory(prefix="mailfuse-alerts-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        only_these_lists(folder / "lists", TABLE)
        Telling.more = f'''
            dnsbl {{ lists = "{folder}/lists" resolvers = {{"127.0.0.1@{port}"}} }}
            alerts {{
                mail-server = "smtp://127.0.0.1:{mail.server_address[1]}"
                mail-from = "mailfuse@mail.example.test"
                log = stderr
                source-addresses = {{"{FIRST}", "{SECOND}"}}
                recipient "{ADMIN}" {{ severity = info }}
            }}
        '''
        daemon = Telling(mailfuse, folder)
        daemon.dns = dns
        try:
            wait(lambda: daemon.run("status").returncode == 0, "no daemon")
            yield daemon, mail
        finally:
            daemon.stop()
            mail.shutdown()
            mail.server_close()


def listed(daemon, *addresses):
    """The list has these, and mailfuse knows it."""
    path = daemon.dns / "zone0"
    path.write_text(SOA.format("good.test") + CLEAN + "".join(f"{one}\n" for one in addresses))
    os.utime(path, (time.time() + 5, time.time() + 5))

    def seen():
        """After one more look; the name server reads its files each second."""
        last = daemon.json("delist")["last"]
        assert daemon.run("reload").returncode == 0
        wait(lambda: daemon.json("delist")["last"] not in (None, last))
        return {row["subject"] for row in daemon.json("delist")["listings"]} == set(addresses)
    wait(seen, f"{addresses} are not seen on the list")


def next_from(daemon, mail, number):
    """From where the alert of one more incident came."""
    before = len(mail.mails)
    daemon.lock(f"user{number}@example.test")
    wait(lambda: any(f"user{number}@" in message["Subject"] for message in to(mail, ADMIN)[before:]), "no alert")
    return {peer for (_, message), peer in zip(mail.mails[before:], mail.peers[before:])}


def settings(daemon, old, new):
    daemon.conf.write_text(daemon.conf.read_text().replace(old, new))
    assert daemon.run("reload").returncode == 0


def test_the_listed_address_is_avoided(site):
    daemon, mail = site
    assert next_from(daemon, mail, 1) == {FIRST}
    listed(daemon, FIRST)
    assert next_from(daemon, mail, 2) == {SECOND}  # that it is listed was told from there, too
    assert "listed" in [message["X-Mailfuse-Alert"] for message in to(mail, ADMIN)]
    listed(daemon, FIRST, SECOND)
    assert next_from(daemon, mail, 3) == {FIRST}
    listed(daemon)
    assert next_from(daemon, mail, 4) == {FIRST}
    kinds = [message["X-Mailfuse-Alert"] for message in to(mail, ADMIN)]
    assert (kinds.count("listed"), kinds.count("delisted")) == (2, 2)


def test_an_address_that_is_refused_or_lost(site):
    """The server of those who are told looks at lists that mailfuse does not know; an address may be gone."""
    daemon, mail = site
    mail.refused[FIRST] = f"554 5.7.1 Service unavailable; Client host [{FIRST}] blocked using other.test"
    daemon.lock("user1@example.test")
    wait(lambda: mail.mails, "no alert from another address")
    assert (mail.turned_away, mail.peers) == ([FIRST], [SECOND])
    assert daemon.json("alert", "list")["given_up"] == 0
    assert f"an alert did not leave from {FIRST}: 554" in (daemon.folder / "run.log").read_text()
    assert next_from(daemon, mail, 2) == {SECOND}  # at once: what failed lately is tried later
    settings(daemon, f'{{"{FIRST}", "{SECOND}"}}', f'{{"{GONE}"}}')
    daemon.lock("user3@example.test")
    wait(lambda: len(mail.mails) == 3, "whatever the system takes")
    assert mail.peers[2] == "127.0.0.1"


def test_a_refusal_of_something_else_is_final(site):
    daemon, mail = site
    mail.refused[FIRST] = "550 5.1.1 no such user here"
    daemon.lock("user1@example.test")
    wait(lambda: daemon.json("alert", "list")["given_up"] == 1)
    assert mail.turned_away == [FIRST] and mail.mails == []
