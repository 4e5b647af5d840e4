"""What goes wrong around mailfuse, and what it does then. Most of it needs only the daemon; the rest the real servers."""
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest

import live_bed
import processes
from daemon import Daemon
from live_bed import LiveBed

ALICE, BOB, CAROL = (f"{name}@example.test" for name in ("alice", "bob", "carol"))
HOME = "46.48.93.60"
MEMORY = 150 << 20  # what a flood may make of it


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    with LiveBed(mailfuse) as one:
        for account in (ALICE, BOB, CAROL):
            one.send(account, ["friend@d1.test"], addr=HOME)
        yield one


def policy(port, timeout=10):
    one = socket.create_connection(("127.0.0.1", port), timeout)
    one.settimeout(timeout)
    return one


def request(account, recipient="x@d1.test", state="RCPT", **more):
    fields = {"request": "smtpd_access_policy", "protocol_state": state, "client_address": HOME,
              "sasl_username": account, "sender": account, "recipient": recipient, "instance": "1.2.3", **more}
    return "".join(f"{name}={value}\n" for name, value in fields.items()).encode() + b"\n"


def answer(one):
    """The answer to a policy request; empty when the connection was closed."""
    got = b""
    while not got.endswith(b"\n\n"):
        try:
            part = one.recv(4096)
        except ConnectionError:
            return b""
        if not part:
            return b""
        got += part
    return got.strip()


def decides(bed):
    """It answers at once."""
    with policy(bed.policy_port) as one:
        start = time.monotonic()
        one.sendall(request(ALICE))
        assert answer(one).startswith(b"action=")
        assert time.monotonic() - start < 1


def state_of(bed, name):
    return [one for one in bed.ctl("status")["attachments"] if one["name"] == name]


def resident(pid):
    return int(open(f"/proc/{pid}/statm").read().split()[1]) * resource.getpagesize()


def worker(bed):
    return bed.ctl("status")["pid"]


# -- clients


def test_half_a_request(bed):
    with policy(bed.policy_port) as half, policy(bed.policy_port) as nothing:
        half.sendall(request(ALICE)[:50])
        nothing.sendall(b"\n" * 10)
        decides(bed)
        assert bed.send(ALICE, ["friend@d1.test"], addr=HOME) == {}


@pytest.mark.parametrize("bytes_sent", [
    b"a=" + b"b" * (1 << 20), b"\0" * 100 + b"\n\n", b"recipient=\0\n\n", b"no equals sign\n\n",
    request(ALICE, "\x01\x02\xff@\x7f"), b"=\n\n"], ids=["megabyte", "nuls", "nul", "no-value", "controls", "empty"])
def test_requests_that_are_none(bed, bytes_sent):
    with policy(bed.policy_port) as one:
        try:
            one.sendall(bytes_sent)
        except ConnectionError:
            pass  # closed while we were talking
        got = answer(one)
        assert got == b"" or got.startswith(b"action=")
    decides(bed)


def test_ten_thousand_idle_connections(bed):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 10500:
        pytest.skip(f"no more than {hard} file descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (10500, hard))
    many = []
    try:
        for _ in range(10000):
            many.append(policy(bed.policy_port))
        decides(bed)
        connections, = [one["connections"] for one in state_of(bed, "policy")]
        print(f"{connections} connections, {resident(worker(bed)) >> 20} MiB")
        assert bed.send(ALICE, ["friend@d1.test"], addr=HOME) == {}
    finally:
        for one in many:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    bed.wait(lambda: state_of(bed, "policy")[0]["connections"] < 100, "the end of the connections")


def test_a_flood_of_invented_accounts(bed):
    """100,000 names, through both doors; nobody real is any worse off."""
    before, known = resident(worker(bed)), bed.ctl("status")["accounts"]["known"]
    with policy(bed.policy_port, 60) as one:
        for start in range(0, 50000, 500):
            one.sendall(b"".join(request(f"ghost{n}@example.test", instance=f"{n}.1.1")
                                 for n in range(start, start + 500)))
            read_answers(one, 500)
    with socket.create_connection(("127.0.0.1", bed.auth_policy_port), 60) as one:
        reader = one.makefile("rb")
        for start in range(50000, 100000, 500):
            one.sendall(b"".join(http_report(f"ghost{n}@example.test", n) for n in range(start, start + 500)))
            for _ in range(500):
                read_http(reader)
    grown = resident(worker(bed)) - before
    print(f"100,000 invented names: {grown >> 20} MiB more, {bed.ctl('status')['accounts']['known']} accounts known")
    assert grown < MEMORY and bed.ctl("status")["accounts"]["known"] <= known + 10
    assert bed.send(ALICE, ["friend@d1.test"], addr=HOME) == {}
    assert bed.stage(ALICE) == "observe"


def read_answers(one, count):
    got = 0
    while got < count:
        part = one.recv(1 << 16)
        assert part
        got += part.count(b"action=")


def http_report(login, number):
    body = (f'{{"device_id":"","login":"{login}","protocol":"imap","pwhash":"{number & 0xffff:04x}",'
            f'"remote":"100.{number >> 16 & 63}.{number >> 8 & 255}.{number & 255}","session_id":"","success":false,'
            '"policy_reject":false,"tls":true}').encode()
    return (f"POST /?command=report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def read_http(reader):
    length = 0
    assert b" 200 " in reader.readline()
    while (line := reader.readline().strip()):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    reader.read(length)


# -- servers and helper


def test_servers_are_restarted(bed):
    log = bed.bed / "mail.log"
    subprocess.run(["/usr/sbin/postfix", "-c", bed.bed / "postfix", "stop"], check=True, capture_output=True, timeout=60)
    subprocess.run(["/usr/sbin/postfix", "-c", bed.bed / "postfix", "start"], check=True, capture_output=True,
                   timeout=60)
    subprocess.run(["/usr/bin/doveadm", "-c", bed.bed / "dovecot" / "dovecot.conf", "reload"], check=True,
                   capture_output=True, timeout=60)
    assert log.exists()

    def sends():
        try:
            return bed.send(ALICE, ["restarted@d1.test"], addr=HOME) == {}
        except (OSError, live_bed.tools().smtplib.SMTPException):
            return False
    bed.wait(sends, "Postfix is back")
    reply = bed.ctl("lock", CAROL, "--reason", "restart")
    assert [one for one in reply["actions"] if one["state"] not in ("done", "skipped")] == []
    bed.ctl("unlock", CAROL, "--force", "--reason", "restart")


def test_the_helper_is_killed(bed):
    helper = [pid for pid in bed.daemon.pids() if pid not in (bed.daemon.process.pid, worker(bed))]
    for pid in helper:
        os.kill(pid, signal.SIGKILL)
    reply = bed.ctl("lock", BOB, "--reason", "no helper")
    assert reply["stage"] == "lock"
    bed.wait(lambda: not pending(bed, reply["incident"]), "actions without a helper", 20)
    assert BOB in bed.lock_map.read_text()
    bed.ctl("unlock", BOB, "--force", "--reason", "helper")
    bed.wait(lambda: BOB not in bed.lock_map.read_text(), "the file without it")


def pending(bed, number):
    return [one for one in bed.ctl("incident", number)["incident"]["actions"] if one["state"] == "pending"]


def test_sqlite_is_locked_by_another(bed):
    with sqlite3.connect(bed.daemon.settings["state_directory"] / "state.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        decides(bed)
        assert bed.send(ALICE, ["friend@d1.test"], addr=HOME) == {}
        asking = threading.Thread(target=lambda: bed.ctl("lock", CAROL, "--reason", "sqlite"))
        asking.start()
        bed.wait(lambda: bed.stage(CAROL) == "lock", "the lock, in memory", 5)
        time.sleep(2)
        other.execute("ROLLBACK")
    asking.join()
    bed.wait(lambda: CAROL in bed.lock_map.read_text(), "the lock in the files", 20)
    bed.wait(lambda: state_of(bed, "store")[0]["state"] == "ok", "the store is well again", 20)
    bed.ctl("unlock", CAROL, "--force", "--reason", "sqlite")


# -- daemons without servers


@pytest.fixture
def lonely(mailfuse, tmp_path_factory):
    """Daemons that nobody is attached to; each below a directory of its own."""
    made = []

    def make(**settings):
        directory = live_bed.Path(live_bed.tempfile.mkdtemp(prefix="mailfuse-lonely-"))
        directory.chmod(0o755)
        port, auth_port = live_bed.free_ports(2)
        one = Daemon(mailfuse, directory / "mailfuse", {
            "policy_listen": [f"inet:127.0.0.1:{port}"],
            "auth_policy_listen": [f"inet:127.0.0.1:{auth_port}"], **settings})
        one.policy_port = port
        one.prepare()
        made.append((one, directory))
        return one
    yield make
    for one, directory in made:
        one.stop()
        subprocess.run(["/usr/bin/umount", "-q", "-l", directory / "mailfuse" / "state"], check=False)
        shutil.rmtree(directory, ignore_errors=True)


def run_once(daemon, seconds=20, **options):
    """`mailfuse run` that is expected to end by itself: (status, words)."""
    done = subprocess.run([daemon.program, "run", "-c", daemon.config], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, timeout=seconds, check=False, **options)
    return done.returncode, done.stdout


def needs_root():
    if os.geteuid() != 0:
        pytest.skip("needs root")


def test_a_log_that_is_not_there_yet(lonely):
    daemon = lonely()
    log = daemon.dir / "mail.log"
    daemon.settings["logs"] = [str(log)]
    daemon.prepare()
    daemon.start()
    state, = [one for one in daemon.ctl("status")["attachments"] if one["name"] == "log"]
    assert state["state"] in ("trouble", "waiting")
    log.write_text("Nov 22 03:04:05 mail postfix/qmgr[1]: ABC: removed\n")
    log.chmod(0o644)
    processes.wait_until(lambda: [one for one in daemon.ctl("status")["attachments"]
                                  if one["name"] == "log" and one["state"] == "ok"], 15, "the log is followed")


def test_two_daemons_on_one_state(lonely):
    first = lonely().start()
    second = lonely(state_directory=first.settings["state_directory"])
    status, words = run_once(second)
    assert status == 2 and str(first.settings["state_directory"]) in words
    assert first.ctl("status")["mode"]


@pytest.mark.parametrize("name", ["state.db", "pictures.db"])
@pytest.mark.parametrize("damage", ["corrupt", "newer"])
def test_state_that_cannot_be_read_is_not_overwritten(lonely, name, damage):
    daemon = lonely().start()
    daemon.ctl("lock", ALICE, "--reason", "state")
    daemon.stop()
    path = live_bed.Path(daemon.settings["state_directory"]) / name
    if damage == "newer":
        with sqlite3.connect(path, isolation_level=None) as db:
            db.execute("PRAGMA user_version = 999")
    else:
        path.write_bytes(path.read_bytes()[:100] + b"\xff" * 5000)
        for extra in ("-wal", "-shm"):
            path.with_name(name + extra).unlink(missing_ok=True)
    before = path.read_bytes()
    status, words = run_once(daemon)
    print(words)
    assert status == 2 and name in words
    assert path.read_bytes() == before


def test_a_full_disk(lonely):
    needs_root()
    daemon = lonely()
    state = live_bed.Path(daemon.settings["state_directory"])
    if subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", "size=12m", "none", state], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    shutil.chown(state, "nobody")
    daemon.start()
    filler = state / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    for number in range(40):
        daemon.ask("block", kind="rcpt", value=f"full{number}@{'x' * 60}.test", reason="y" * 400)
        if store_of(daemon)["state"] == "trouble":
            break
    assert daemon.ask("lock", account=ALICE, reason="full")["stage"] == "lock"
    with policy(daemon.policy_port) as one:
        one.sendall(request(ALICE))
        assert answer(one).startswith(b"action=421")
    processes.wait_until(lambda: store_of(daemon)["state"] == "trouble", 15, "status says that the disk is full")
    print(store_of(daemon)["words"], daemon.ctl("status")["warnings"])
    filler.unlink()
    processes.wait_until(lambda: store_of(daemon)["state"] == "ok", 40, "writes again")
    daemon.stop()
    daemon.start()
    assert daemon.ctl("show", ALICE)["stage"] == "lock"


def store_of(daemon):
    return next(one for one in daemon.ask("status")["attachments"] if one["name"] == "store")


def test_file_descriptors_run_out(lonely):
    daemon, many = lonely(), []
    program = daemon.program
    daemon.program = daemon.dir / "few"
    daemon.program.write_text(f'#!/bin/sh\nulimit -n 64\nexec {program} "$@"\n')
    daemon.program.chmod(0o755)
    daemon.start()
    daemon.program = program
    pid = daemon.ask("status")["pid"]
    try:
        for _ in range(150):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", daemon.policy_port))
            many.append(one)
        time.sleep(1)
        assert processes.alive(processes.name(pid))
    finally:
        for one in many:
            one.close()

    def answers():
        with policy(daemon.policy_port, 5) as one:
            one.sendall(request(ALICE))
            return answer(one) == b"action=DUNNO"
    processes.wait_until(answers, 20, "it answers again")
    assert daemon.ask("status")["pid"] == pid


def test_postsuper_fails_and_works_again(mailfuse):
    live_bed.needed()
    bed = LiveBed(mailfuse, learnt=False)
    commands = bed.dir / "commands"
    commands.mkdir()
    for name in ("postsuper", "postmap", "postconf", "postqueue"):
        (commands / name).write_text(f"#!/bin/sh\nif [ -e {commands}/broken ]; then echo '{name}: out of order' >&2;"
                                     f" exit 1; fi\nexec /usr/sbin/{name} \"$@\"\n")
        (commands / name).chmod(0o755)
    bed.daemon.settings["postfix_command_directory"] = str(commands)
    with bed:
        bed.send(ALICE, ["defer@d1.test"], addr=HOME)
        bed.wait(lambda: bed.queue("deferred"), "deferred mail")
        (commands / "broken").touch()
        number = bed.ctl("lock", ALICE, "--reason", "broken")["incident"]
        why = bed.wait(lambda: pending(bed, number), "actions that fail")
        print(why)
        assert any("out of order" in one["why"] for one in why)
        assert bed.ctl("status")["warnings"]
        (commands / "broken").unlink()
        bed.wait(lambda: not pending(bed, number), "actions that work again", 60)
        assert len(bed.queue("hold", ALICE)) == 1 and ALICE in bed.lock_map.read_text()


def test_a_lock_during_a_reload(mailfuse):
    """The helper is replaced, and what it had not done yet is done by the next one in its turn: the files are not
    overwritten by what was to be written before."""
    bed = LiveBed(mailfuse, learnt=False)
    deny = Path(bed.daemon.settings["dovecot_deny_file"])
    with bed:
        for number in range(25):
            account = f"user{number}@example.test"
            os.kill(bed.daemon.process.pid, signal.SIGHUP)
            assert "is locked" in bed.daemon.run("lock", account, "--reason", "test").stdout
            bed.wait(lambda: account in deny.read_text(), f"{account} in the deny file", 10)
            bed.ctl("unlock", account, "--force")
            bed.wait(lambda: account not in deny.read_text(), f"{account} gone from the deny file", 10)
