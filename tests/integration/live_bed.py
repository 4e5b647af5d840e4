"""`mailfuse run` between the real Postfix and Dovecot of ../shared/testbed, for tests.

    with live_bed.LiveBed(mailfuse) as bed:
        bed.attack(user=bed.user("bob"), addrs=20, messages=200)
        assert bed.stage(bed.user("bob")) == "lock"

Everything is on loopback and below one new directory; all of it is stopped by pid. Tests that need it use
`live_bed.needed()` first: without the test bed, or without root, they are skipped and say why.
"""
import contextlib
import json
import os
import re
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BED = ROOT.parent / "shared" / "testbed"
sys.path.insert(0, str(ROOT / "samples" / "demo"))

import barepostfix  # noqa: E402
import day  # noqa: E402
from daemon import Daemon  # noqa: E402
import past  # noqa: E402
import people  # noqa: E402
import processes  # noqa: E402
from programs import Programs  # noqa: E402

# Those of tools/normal.py: user, letters on a day that we say was usual, recipients of one at most.
ORDINARY = (("alice@example.test", 12, 3), ("bob@example.test", 6, 5), ("carol@example.test", 20, 2),
            ("dave@example.test", 3, 2), ("eve@example.test", 8, 4), ("shop@shop.test", 60, 1),
            ("news@shop.test", 4, 25))


def needed():
    """Skip the test, loudly, where the servers cannot be had."""
    if not BED.exists():
        pytest.skip(f"{BED} is not there: no servers to protect")
    if os.geteuid() != 0:
        pytest.skip("the servers of the test bed need root")
    subprocess.run([BED / "install", "core"], check=True, stdout=subprocess.DEVNULL, timeout=600)


def up(bed, settings):
    """Postfix and Dovecot below the directory `bed`; those that run are started again, on the same ports."""
    for again in (True, False):  # another program may have taken a port that was free a moment ago
        done = subprocess.run([BED / "up", bed], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              timeout=120, env={**os.environ, "AUTH_PENALTY": "no", **settings}, check=False)
        if done.returncode == 0:
            return
        print(f"{BED}/up: {done.stderr}")
        if not again:
            pytest.fail(f"the servers do not start: {done.stderr}")
        down(bed)
        if not (bed / "env").exists():
            shutil.rmtree(bed, ignore_errors=True)


def down(bed):
    if bed.exists():
        subprocess.run([BED / "down", bed], stdout=subprocess.DEVNULL, timeout=60, check=False)


@contextlib.contextmanager
def servers(**settings):
    """The directory of a Postfix and Dovecot without mailfuse; settings of the test bed (the head of its `up`)."""
    needed()
    # Not below pytest's own folder: the servers' users have to reach it.
    directory = Path(tempfile.mkdtemp(prefix="mailfuse-bed-"))
    directory.chmod(0o755)
    try:
        up(directory / "bed", settings)
        yield directory / "bed"
    finally:
        down(directory / "bed")
        shutil.rmtree(directory, ignore_errors=True)


def queue_of(bed):
    """What Postfix says of its queue."""
    listing = subprocess.run(["/usr/sbin/postqueue", "-c", bed / "postfix", "-j"], check=True,
                             stdout=subprocess.PIPE, timeout=60).stdout
    return [json.loads(line) for line in listing.splitlines()]


def tools():
    """The SMTP and IMAP client of the test bed, as a module."""
    sys.path.insert(0, str(BED / "tools"))
    try:
        import client
        return client
    finally:
        sys.path.remove(str(BED / "tools"))


def free_ports(count):
    """Below those that clients are given, so that they are free later, too."""
    ports, held, port = [], [], 15000 + os.getpid() * 7 % 4000
    while len(ports) < count:
        port += 1
        one = socket.socket()
        held.append(one)
        with contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            ports.append(port)
    for one in held:
        one.close()
    return ports


def usual_addresses(account):
    """Those that tools/normal.py gives to an ordinary user."""
    return tools().world(2, seed=1000 + [login for login, _, _ in ORDINARY].index(account))


def friend_of(account, number):
    """Somebody whom an ordinary user has written to before."""
    return f"friend{[login for login, _, _ in ORDINARY].index(account)}-{number}@d{number % 9}.test"


def ordinary_past(path):
    """The log of the last days of the users of tools/normal.py, from the addresses that it gives them."""
    everybody = []
    for login, letters, most in ORDINARY:
        places = tuple(("unknown", address) for address in usual_addresses(login))
        friends = tuple(friend_of(login, i) for i in range(40))
        everybody.append(people.Person(login, places, "postfix", friends, letters, most))
    past.write(path, everybody=everybody)
    return path


class Letters(threading.Thread):
    """Ordinary users who write one letter after the other to their friends, from home, each with a login of its
    own, until stopped: how many were sent, how long each took, what was refused."""

    def __init__(self, bed, *accounts, pause):
        super().__init__(daemon=True)
        self.bed, self.accounts, self.pause, self.over = bed, accounts, pause, threading.Event()
        self.sent, self.seconds, self.trouble = 0, [], []

    def run(self):
        while not self.over.wait(self.pause):
            who = self.accounts[self.sent % len(self.accounts)]
            friend = self.sent // len(self.accounts) % 9
            start = time.monotonic()
            try:
                self.bed.send(who, [friend_of(who, friend)], addr=usual_addresses(who)[0])
                self.sent += 1
            except (smtplib.SMTPException, OSError) as error:
                self.trouble.append((who, error))
            self.seconds.append(time.monotonic() - start)

    def stop(self):
        self.over.set()
        self.join()


class BedBot(day.Bot):
    """Of the demo, with the recipients of the test bed's sink."""
    GONE, REFUSING = "nouser.", "spamrej."
    OURS = re.compile(r"@(freemail|webpost|inbox|mailhaus)-\d\.test$")


def postmap(*words, **options):
    """Postfix's program, whatever settings this machine has."""
    with tempfile.TemporaryDirectory() as folder:
        settings = barepostfix.make(Path(folder) / "postfix")
        return subprocess.run(["/usr/sbin/postmap", "-c", settings, *words], timeout=20, **options)


class LiveBed:
    """Postfix, Dovecot, and mailfuse between them.

    settings   more keys of mailfuse.conf, with underscores; they replace those made here
    more       text for the end of mailfuse.conf
    bed        more settings of the test bed (the head of its `up`)
    learnt     begin with two weeks of the ordinary users' log
    """

    def __init__(self, program, settings=None, more="", bed=None, learnt=True):
        self.policy_port, self.auth_policy_port = free_ports(2)
        # Not below pytest's own folder: the servers' users have to reach it.
        self.dir = Path(tempfile.mkdtemp(prefix="mailfuse-live-"))
        self.dir.chmod(0o755)
        self.bed, self.learnt, self.env = self.dir / "bed", learnt, {}
        self.lock_map = self.dir / "mailfuse" / "locked-accounts"
        self.daemon = Daemon(program, self.dir / "mailfuse", {
            "policy_listen": [f"inet:127.0.0.1:{self.policy_port}"],
            "auth_policy_listen": [f"inet:127.0.0.1:{self.auth_policy_port}"],
            "logs": [str(self.bed / "mail.log"), str(self.bed / "dovecot.log")],
            "postfix_config_directory": str(self.bed / "postfix"),
            "dovecot_config": str(self.bed / "dovecot" / "dovecot.conf"),
            "postfix_lock_map": f"hash:{self.lock_map}",
            "dovecot_deny_file": str(self.bed / "dovecot" / "deny"), **(settings or {})}, more)
        self.bed_settings = {
            "POLICY": f"inet:127.0.0.1:{self.policy_port}",
            "POLICY_OPTS": "timeout=3s, default_action=DUNNO",
            "AUTH_POLICY_URL": f"http://127.0.0.1:{self.auth_policy_port}/",
            # as mailfuse setup writes it: two questions make logins wait and fail while nobody answers
            "DOVECOT_CONF": "auth_policy_server_timeout_msecs = 250\\nauth_policy_check_after_auth = no",
            "MAIN_CF": f"mua_sender_restrictions = check_sasl_access hash:{self.lock_map},"
                       " reject_sender_login_mismatch\\nin_flow_delay = 0", **(bed or {})}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.daemon.prepare()
        self.lock_map.touch()
        postmap(f"hash:{self.lock_map}", check=True)
        self.servers_up()
        if self.learnt:
            self.daemon.learn(ordinary_past(self.dir / "past.log"))
        self.daemon.start()

    def servers_up(self):
        up(self.bed, self.bed_settings)
        self.env = tools().load(self.bed)

    def servers_down(self):
        down(self.bed)

    def stop(self):
        try:
            self.daemon.stop()
        finally:
            self.servers_down()
            # A busy machine needs a moment until the servers' children are gone, too.
            with contextlib.suppress(TimeoutError, RuntimeError):
                processes.wait_until(lambda: not processes.of_directory(self.dir), 15, "servers that end")
            left = processes.of_directory(self.dir)
            if os.environ.get("MAILFUSE_KEEP"):
                print(f"kept: {self.dir}")
            else:
                shutil.rmtree(self.dir, ignore_errors=True)
        assert left == [], f"processes that did not end: {left}"

    # -- traffic

    def _tool(self, name, options, *words):
        arguments = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        return subprocess.Popen(["/usr/bin/python3", BED / "tools" / name, self.bed, *words, *arguments],
                                stdout=subprocess.PIPE, text=True)

    def begin_normal(self, **options):
        """Ordinary users, in the background; end_normal() has what happened."""
        return self._tool("normal.py", {"speed": 60, "seconds": 10, **options})

    @staticmethod
    def end(process, seconds=120):
        """What a tool of the test bed printed."""
        out, _ = process.communicate(timeout=seconds)
        return json.loads(out)

    def normal(self, **options):
        return self.end(self.begin_normal(**options))

    def attack(self, **options):
        """An abused account: options of tools/attack.py; what was accepted and what refused."""
        return self.end(self._tool("attack.py", options))

    def abuse(self, user, hosts, messages, pause):
        """A stolen account, from so many hosts with so many messages each: its tally (samples/demo/day.py). The
        list of addresses is as bad as bought ones are from the first message on, which attack.py's is not."""
        programs = Programs(self.env["CA_FILE"], int(self.env["SUBMISSION_PORT"]), int(self.env["IMAPS_PORT"]))
        return day.abuse(programs, hosts, messages, pause, user, user.split("@")[0] + "-pw", BedBot).start().join().tally()

    def abusive(self, user):
        """Recipients whom abuse() has reached."""
        return sum(1 for note in self.sink(user) for to in note["to"] if BedBot.OURS.search(to))

    def send(self, user, to, addr="46.48.93.60", subject="test", password=None):
        """One message; what a server that does not want it says is raised as smtplib.SMTPException."""
        session = tools().login(self.env, user, password, addr=addr)
        try:
            return session.sendmail(user, to, f"From: {user}\r\nTo: {to[0]}\r\nSubject: {subject}\r\n\r\nHello\r\n")
        finally:
            session.close()

    def smtp(self, user, **options):
        return tools().login(self.env, user, **options)

    def imap(self, user, **options):
        return tools().imap(self.env, user, **options)

    # -- what came of it

    def ctl(self, *words):
        return self.daemon.ctl(*words)

    def stage(self, account):
        return self.ctl("show", account)["stage"]

    def queue(self, name=None, sender=None):
        """What Postfix says of its queue, or of one of its queues or one sender; without the envelopes of what was
        delivered while it was put on hold, which are let go after a minute."""
        return [one for one in queue_of(self.bed)
                if name in (None, one["queue_name"]) and sender in (None, one["sender"]) and one["recipients"]]

    def login_of(self, queue_id):
        """Who sent a message that is in the queue: from Postfix's own queue file."""
        envelope = subprocess.run(["/usr/sbin/postcat", "-c", self.bed / "postfix", "-qe", queue_id], check=True,
                                  stdout=subprocess.PIPE, timeout=20).stdout.decode(errors="replace")
        return next((line.split("sasl_username=", 1)[1] for line in envelope.splitlines()
                     if "sasl_username=" in line), None)

    def settled(self, seconds=30):
        """Wait until nothing is under way any more; what is left in the queue is held or deferred."""
        processes.wait_until(lambda: not self.queue("active") and not self.queue("incoming"), seconds,
                             "mail that is being delivered")

    def sink(self, sender=None):
        """What the rest of the world took."""
        path = self.bed / "sink" / "accepted.jsonl"
        notes = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
        return [note for note in notes if sender in (None, note["from"])]

    def set_password(self, user, password):
        """As an administrator would; Dovecot looks at the file once a second."""
        path = self.bed / "dovecot" / "users"
        lines = [line if line.split(":")[0] != user else f"{user}:{{PLAIN}}{password}::::::"
                 for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")

    def wait(self, condition, what, seconds=30):
        return processes.wait_until(condition, seconds, what)
