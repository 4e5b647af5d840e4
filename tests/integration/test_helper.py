"""The privileged helper with a real Postfix and Dovecot: what it is asked to do is done, what it must not
do is refused, and whoever dies is replaced. Driven by src/act/helper_drive.c, whose worker does what it
reads from its input. The servers are those of ../shared/testbed, on loopback, started and stopped here."""
import contextlib
import json
import os
import pwd
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import live_bed

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"
EINVAL, EIO, EPERM, ETIMEDOUT = -22, -5, -1, -110

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the helper needs root")


@pytest.fixture(scope="session")
def driver(mailfuse):
    program = mailfuse.parent / "src" / "act" / "helper_drive"
    assert program.exists(), f"{program}: build with -Dtests=enabled"
    return program


class Drive:
    """The driver, and what it has said so far."""

    def __init__(self, program, *options):
        self.process = subprocess.Popen([program, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, bufsize=0)
        self.rest, self.rows, self.pids, self.said = b"", [], {"helper": [], "worker": []}, []

    def __enter__(self):
        self.until(lambda: self.pids["helper"] and self.pids["worker"])
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def line(self, limit=30):
        deadline = time.monotonic() + limit
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], \
                f"no answer within {limit} s"
            got = os.read(self.process.stdout.fileno(), 65536)
            assert got, f"the driver has ended: {self.said}"
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode(errors="replace")

    def take(self, line):
        """An answer, or None for what else was said."""
        first = line.split(" ")[0]
        if line.startswith("row\t"):
            self.rows.append(line.split("\t")[1:])
        elif first in self.pids:
            self.pids[first].append(int(line.split()[1]))
        elif first == "supervisor:":
            self.said.append(line)
        else:
            return re.fullmatch(r"(\D*) (-?\d+) (\d+) (\d+) (.*)", line)
        return None

    def until(self, true):
        while not true():
            assert self.take(self.line()) is None

    def send(self, text):
        self.process.stdin.write(text.encode() + b"\n")

    def answer(self):
        while True:
            found = self.take(self.line())
            if found:
                return int(found[2]), int(found[3]), found[5]

    def ask(self, text):
        """(status, count, text)"""
        self.send(text)
        return self.answer()

    def list(self, login="", rcpts=False):
        self.rows = []
        status, count, text = self.ask(f"list{'-rcpts' if rcpts else ''} {login}".strip())
        assert (status, count) == (0, len(self.rows)), text
        names = ("queue", "id", "arrival", "size", "nrcpt", "client", "login", "sender", "rcpts")
        return [dict(zip(names, row)) for row in self.rows]


@pytest.fixture(scope="module")
def bed():
    with live_bed.servers(AUTH_CACHE="10M", MAIN_CF="minimal_backoff_time = 1h\\nmaximal_backoff_time = 1h") as one:
        yield one


@pytest.fixture(scope="module")
def client(bed):
    """The test bed's own client module, and its settings."""
    module = live_bed.tools()
    return module, module.load(bed)


def options(bed):
    return [f"postfix={bed}/postfix", f"dovecot={bed}/dovecot/dovecot.conf", f"queue={bed}/queue",
            f"map=hash:{bed}/postfix/locks", f"deny={bed}/dovecot/deny", f"log={bed}/mail.log"]


@pytest.fixture
def drive(driver, bed):
    with Drive(driver, *options(bed)) as d:
        yield d


def submit(client, user, n, rcpts=1):
    """Mail that is deferred and stays in the queue."""
    module, env = client
    with module.login(env, user, addr="46.48.93.60") as session:
        for i in range(n):
            session.sendmail(user, [f"defer{i}-{j}@d1.test" for j in range(rcpts)], "Subject: x\n\nx\n")


def postcat(bed, name):
    return subprocess.run(["postcat", "-c", f"{bed}/postfix", "-qe", name], stdout=subprocess.PIPE,
                          timeout=30).stdout.decode(errors="replace")


def settled(drive, login, n):
    """The list of a login, once all its mail is deferred."""
    for _ in range(300):
        rows = drive.list(login)
        if len(rows) == n and all(row["queue"] in ("deferred", "hold") for row in rows):
            return rows
        time.sleep(0.1)
    raise AssertionError(f"{login}: {rows}")


@pytest.fixture(scope="module")
def mail(bed, client, driver):
    submit(client, ALICE, 30)
    submit(client, BOB, 3, rcpts=2)
    with Drive(driver, *options(bed)) as d:
        settled(d, ALICE, 30)
        settled(d, BOB, 3)


def ids(rows):
    return " ".join(row["id"] for row in rows)


def test_the_list_is_what_postcat_says(drive, bed, mail):
    everything = drive.list()
    assert {row["login"] for row in everything} == {ALICE, BOB}
    for row in everything[:5] + drive.list(BOB):
        said = postcat(bed, row["id"])
        assert f"named_attribute: sasl_username={row['login']}" in said
        assert f"named_attribute: log_client_address={row['client']}" in said
        assert f"sender: {row['sender']}\n" in said
        assert int(row["nrcpt"]) == len(re.findall("^recipient:", said, re.M))
    theirs = subprocess.run(["postqueue", "-c", f"{bed}/postfix", "-j"], stdout=subprocess.PIPE, check=True,
                            timeout=30).stdout.splitlines()
    ours = {row["id"]: row for row in everything}
    assert len(theirs) == len(ours)
    for message in map(json.loads, theirs):
        row = ours[message["queue_id"]]
        assert message["arrival_time"] == int(row["arrival"]) // 1000
        assert message["message_size"] == int(row["size"]) and message["queue_name"] == row["queue"]
    assert drive.list("nobody@example.test") == []
    assert len(drive.list("BOB@Example.TEST")) == 3


def test_the_list_has_recipients_when_asked(drive, mail):
    assert {row["rcpts"].strip() for row in drive.list(BOB, rcpts=True)} == {
        f"defer{i}-0@d1.test defer{i}-1@d1.test" for i in range(3)}
    assert {row["rcpts"] for row in drive.list(BOB)} == {""}


def test_hold_and_release_exactly_these(drive, mail):
    alices, others = drive.list(ALICE), drive.list(BOB)
    assert drive.ask(f"hold {ids(alices)}")[:2] == (0, 30)
    assert {row["queue"] for row in drive.list(ALICE)} == {"hold"}
    assert drive.list(BOB) == others
    assert drive.ask(f"hold {ids(alices)}")[:2] == (0, 0)  # again: nothing more
    assert drive.ask(f"release {ids(alices)}")[:2] == (0, 30)
    assert {row["queue"] for row in settled(drive, ALICE, 30)} == {"deferred"}


def test_only_held_mail_is_deleted_or_requeued(drive, client, mail):
    submit(client, CAROL, 4)
    carols = settled(drive, CAROL, 4)
    assert drive.ask(f"delete {ids(carols)}")[:2] == (0, 0)
    assert drive.ask(f"requeue {ids(carols)}")[:2] == (0, 0)
    assert drive.ask(f"hold {ids(carols[:2])}")[:2] == (0, 2)
    assert drive.ask(f"delete {ids(carols)}")[:2] == (0, 2)
    assert {row["id"] for row in drive.list(CAROL)} == {row["id"] for row in carols[2:]}
    assert drive.ask(f"hold {ids(carols[2:])}")[:2] == (0, 2)
    assert drive.ask(f"requeue {carols[2]['id']}")[:2] == (0, 1)
    assert [row["id"] for row in drive.list(CAROL)] == [carols[3]["id"]]  # the other waits for pickup


def test_unknown_ids_are_left_out(drive, mail):
    one = drive.list(ALICE)[0]["id"]
    many = " ".join("%011X" % i for i in range(999))
    assert drive.ask(f"hold {many} {one}")[:2] == (0, 1)
    assert drive.ask(f"release {many} {one}")[:2] == (0, 1)


def test_a_hundred_thousand_ids(drive, mail):
    one = drive.list(ALICE)[0]["id"]
    many = " ".join("%011X" % i for i in range(100000))
    assert drive.ask(f"hold {many} {one}")[:2] == (0, 1)
    assert drive.ask(f"release {one}")[:2] == (0, 1)


@pytest.mark.parametrize("bad", [
    "hold", "hold ALL", "hold -r", "hold A1B2C3D4\tALL", "delete ../active/A1B2C3", "hold A1B2C3_",
    "kick", "kick *", "kick alice@example.tes?", "kick 0/0", "kick 127.0.0.1", "kick 2130706433", "kick -f",
    "kick a b", "flush", "flush a\tb", "open /etc/shadow", "open", "locks alice@example.test=OK",
    "locks alice@example.test\tbob=REJECT", "locks a:b=REJECT",
])
def test_what_is_not_in_order_is_refused(drive, bad):
    assert drive.ask(bad)[0] == EINVAL
    assert drive.ask("ping")[0] == 0


def test_kick_ends_the_sessions_of_one_user(drive, client):
    module, env = client
    mine, his = module.imap(env, ALICE), module.imap(env, BOB)
    assert drive.ask(f"kick {ALICE}")[:2] == (0, 1)
    with pytest.raises(Exception, match="shutting down|closed|EOF|reset|[Bb]roken"):
        for _ in range(50):
            mine.noop()
            time.sleep(0.1)
    assert his.noop()[0] == "OK"
    his.logout()
    status, count, text = drive.ask(f"kick {ALICE}")
    assert (status, count) == (0, 0) and "no users" in text


def test_flush(drive):
    status, count, text = drive.ask(f"flush {ALICE}")
    assert (status, count) == (0, 0) and "flushed" in text


def query(bed, account):
    return subprocess.run(["postmap", "-c", f"{bed}/postfix", "-q", account, f"hash:{bed}/postfix/locks"],
                          stdout=subprocess.PIPE, timeout=30).stdout.decode().strip()


def may_log_in(client, user):
    module, env = client
    try:
        module.imap(env, user).logout()
    except module.imaplib.IMAP4.error:
        return False
    return True


def test_lock_files_are_seen_by_both_servers(drive, bed, client):
    assert drive.ask(f"locks {ALICE}=REJECT 5.7.1 Locked, incident 7|{BOB}=521 5.7.1 Go away")[:2] == (0, 2)
    assert query(bed, ALICE) == "REJECT 5.7.1 Locked, incident 7"
    assert query(bed, BOB.upper()) == "521 5.7.1 Go away"
    assert query(bed, CAROL) == ""
    deadline = time.monotonic() + 10
    while may_log_in(client, ALICE):  # Dovecot looks once a second
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not may_log_in(client, BOB) and may_log_in(client, CAROL)
    assert drive.ask("locks")[:2] == (0, 0)
    assert query(bed, ALICE) == ""
    while not may_log_in(client, ALICE):
        assert time.monotonic() < deadline + 10
        time.sleep(0.1)
    assert not list(Path(bed).glob("*/.mailfuse*"))


def test_a_running_postfix_sees_the_change(driver, bed, client):
    """check_sasl_access with the map, without reload. A session that was begun before goes on (to end it
    is the policy service's part), the next one is refused."""
    module, env = client
    with Drive(driver, *options(bed), "deny=") as drive:  # for Postfix alone
        assert drive.ask("locks")[0] == 0
        for command in (["postconf", "-c", f"{bed}/postfix", "-e",
                         f"mua_recipient_restrictions = check_sasl_access hash:{bed}/postfix/locks"],
                        ["postfix", "-c", f"{bed}/postfix", "reload"]):
            subprocess.run(command, check=True, timeout=30, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with module.login(env, CAROL, addr="46.48.93.60") as session:
            assert session.docmd("MAIL", f"FROM:<{CAROL}>")[0] == 250
            assert session.docmd("RCPT", "TO:<ok@d1.test>")[0] == 250
        assert drive.ask(f"locks {CAROL}=521 5.7.1 Locked")[0] == 0
        with module.login(env, CAROL, addr="46.48.93.61") as session:
            assert session.docmd("MAIL", f"FROM:<{CAROL}>")[0] == 250
            code, text = session.docmd("RCPT", "TO:<ok@d1.test>")
            assert code == 521 and b"5.7.1" in text and b"Locked" in text
        assert drive.ask("locks")[0] == 0


def relay_says(bed, *senders):
    """What Postfix finds in the map of the relay, as sender_dependent_default_transport_maps asks it."""
    file = f"hash:{bed}/postfix/locks.relay"
    maps = (file, "pipemap:{static:*," + file + "}")
    found = []
    for sender in senders:
        asked = (subprocess.run(["postmap", "-c", f"{bed}/postfix", "-q", sender, one], capture_output=True, text=True,
                                check=False).stdout.strip() for one in maps)
        found.append(next((answer for answer in asked if answer), None))
    return found


def test_the_map_of_the_relay(driver, bed):
    file = bed / "postfix" / "locks.relay"
    with Drive(driver, *options(bed), "relay=[relay.test]:587") as drive:
        assert drive.ask("relay off")[0] == 0 and not file.exists()  # Postfix was never told of it
        assert drive.ask("relay on")[:2] == (0, 0)
        assert relay_says(bed, ALICE, "<>") == ["mailfuse-relay:[relay.test]:587"] * 2
        assert drive.ask(f"relay on {BOB} {ALICE} {BOB}")[:2] == (0, 2)
        assert relay_says(bed, ALICE, BOB, CAROL, "<>") == ["DUNNO", "DUNNO"] + ["mailfuse-relay:[relay.test]:587"] * 2
        before = file.read_bytes()
        for odd in ("@example.test", "*", "carol", "Carol@example.test", "a@b\tOK", "#a@b", "<>"):
            status, _, text = drive.ask(f"relay on {odd}")
            assert (status, file.read_bytes()) == (EINVAL, before) and "not in the map of the relay" in text, odd
        assert drive.ask("relay off")[:2] == (0, 0)
        assert relay_says(bed, ALICE, BOB) == [None, None] and file.read_bytes() == b""


def test_no_relay_no_map(drive, bed):
    """Where mail may be led the settings say, not the worker."""
    assert drive.ask("relay on")[0] == EINVAL
    assert relay_says(bed, ALICE) == [None]


def test_what_is_deferred_is_tried_again(drive, bed, mail):
    name = next(row["id"] for row in drive.list(BOB) if row["queue"] == "deferred")

    def tries():
        return (bed / "mail.log").read_text(errors="replace").count(f": {name}: to=")

    before = tries()
    assert drive.ask("run")[:2] == (0, 0)
    for _ in range(300):
        if tries() > before:
            return
        time.sleep(0.1)
    raise AssertionError("nothing was tried")


def test_odd_accounts_do_not_keep_others_unlocked(drive, bed):
    status, count, text = drive.ask(f"locks {ALICE}=REJECT a|#odd=REJECT b|{BOB}=REJECT c|{BOB.upper()}=REJECT d")
    assert (status, count) == (EINVAL, 2) and "#odd: left out" in text
    assert query(bed, ALICE) == "REJECT a" and query(bed, BOB) in ("REJECT c", "REJECT d")


def test_accounts_that_postfix_takes_for_one(drive, bed):
    """It folds more than we do: the first line stands for both, and others are locked all the same."""
    folded = "É@example.test=REJECT a|é@example.test=REJECT b|straße@example.test=REJECT c|strasse@example.test=REJECT d"
    assert drive.ask(f"locks {folded}|{ALICE}=REJECT e")[:2] == (0, 5)
    assert query(bed, "É@example.test") == query(bed, "é@example.test") != ""
    assert query(bed, ALICE) == "REJECT e"
    assert "É@example.test\né@example.test\n" in (bed / "dovecot" / "deny").read_text()
    assert drive.ask("locks")[0] == 0


def test_many_locks(drive, bed):
    locks = "|".join(f"user{i}@example.test=REJECT 5.7.1 Locked, incident {i}" for i in range(20000))
    assert drive.ask(f"locks {locks}")[:2] == (0, 20000)
    assert query(bed, "user19999@example.test") == "REJECT 5.7.1 Locked, incident 19999"
    assert drive.ask("locks")[0] == 0


def test_a_name_with_a_line_end_locks_nobody_else(drive, bed):
    status, count, text = drive.ask(f"locks {ALICE}\t{BOB}=REJECT")
    assert (status, count) == (EINVAL, 0) and f"{ALICE} {BOB}: left out" in text
    assert query(bed, BOB) == ""


def test_locked_for_mail_only(drive, bed):
    assert drive.ask(f"locks {ALICE}==REJECT a|{BOB}=REJECT b")[:2] == (0, 2)
    assert query(bed, ALICE) == "REJECT a" and query(bed, BOB) == "REJECT b"
    assert (bed / "dovecot" / "deny").read_text() == f"{BOB}\n"
    assert drive.ask("locks")[0] == 0


def test_mode_and_group_stay(drive, bed):
    deny = bed / "dovecot" / "deny"
    gid = pwd.getpwnam("dovecot").pw_gid
    os.chown(deny, 0, gid)
    deny.chmod(0o640)
    assert drive.ask(f"locks {ALICE}=REJECT")[0] == 0
    assert (deny.stat().st_mode & 0o777, deny.stat().st_gid) == (0o640, gid)
    deny.chmod(0o644)
    assert drive.ask("locks")[0] == 0


def test_lock_files_in_a_place_that_others_can_write_to(driver, bed, tmp_path):
    """Not followed: links of theirs. Refused: a directory of theirs, unless its sticky bit is set."""
    place = Path(tempfile.mkdtemp(prefix="mailfuse-locks-"))
    try:
        with Drive(driver, f"deny={place}/deny", f"map=hash:{place}/locks",
                   f"postfix={live_bed.barepostfix.make(tmp_path / 'postfix')}") as d:
            place.chmod(0o777)
            status, _, text = d.ask(f"locks {ALICE}=REJECT")
            assert status == EPERM and "others than root" in text and not list(place.iterdir())
            place.chmod(0o1777)
            victim = place / "victim"
            victim.write_text("untouched")
            nobody = pwd.getpwnam("nobody").pw_uid
            (place / "deny").symlink_to(victim)
            (place / "locks.db").write_text("theirs")
            for name in ("deny", "locks.db"):
                os.chown(place / name, nobody, -1, follow_symlinks=False)
            assert d.ask(f"locks {ALICE}=REJECT")[0] == 0
            assert victim.read_text() == "untouched" and not (place / "deny").is_symlink()
            assert (place / "locks.db").stat().st_uid == 0
            (place / ".mailfuse-new").mkdir(0o700)
            os.chown(place / ".mailfuse-new", nobody, -1)
            status, _, text = d.ask(f"locks {BOB}=REJECT")
            assert status == EPERM and "somebody else's" in text
            (place / ".mailfuse-new").rmdir()
            os.chown(place, nobody, 0)
            assert d.ask(f"locks {BOB}=REJECT")[0] == EPERM
            assert (place / "deny").read_text() == f"{ALICE}\n"
    finally:
        shutil.rmtree(place)


def test_a_map_that_cannot_be_built(driver, bed, tmp_path):
    """The old one stays; the other file is written nevertheless."""
    false = tmp_path / "postmap"
    false.write_text("#!/bin/sh\necho no space left >&2\nexit 1\n")
    false.chmod(0o755)
    with Drive(driver, *options(bed)) as d:
        assert d.ask(f"locks {ALICE}=REJECT before")[0] == 0
    with Drive(driver, *options(bed), f"postmap={false}") as d:
        status, _, text = d.ask(f"locks {BOB}=REJECT after")
        assert status == 1 and "no space left" in text
    assert query(bed, ALICE) == "REJECT before" and query(bed, BOB) == ""
    assert (bed / "dovecot" / "deny").read_text() == f"{BOB}\n"
    with Drive(driver, *options(bed), f"map=pcre:{bed}/postfix/locks") as d:
        status, _, text = d.ask("locks")
        assert status == EINVAL and "hash, btree" in text


def test_logs(drive, bed):
    status, _, text = drive.ask(f"open {bed}/mail.log")
    assert status == 0 and "postfix" in text
    (bed / "mail.log.1").write_text("older")
    (bed / "mail.log.2").symlink_to("/etc/shadow")
    os.mkfifo(bed / "mail.log.3")
    assert drive.ask(f"open {bed}/mail.log.1")[::2] == (0, "older")
    status, _, text = drive.ask(f"open {bed}/mail.log.2")
    assert status == -40 and "symbolic link" in text
    assert drive.ask(f"open {bed}/mail.log.3")[0] == EINVAL
    assert drive.ask(f"open {bed}/mail.log.4")[0] == -2


def test_a_program_that_hangs_is_stopped_with_all_that_it_started(driver, bed, tmp_path):
    fake, children = tmp_path / "postsuper", tmp_path / "pids"
    fake.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! $$ >{children}\nwait\n")
    fake.chmod(0o755)
    with Drive(driver, *options(bed), f"postsuper={fake}", "ms=3000") as d:
        d.send("hold A1B2C3D4E5")
        d.send("ping")  # others do not wait for it
        assert d.answer()[0] == 0
        assert d.answer()[0] == ETIMEDOUT
        # What it started is killed, not waited for.
        wait_for(lambda: not any(alive(int(pid)) for pid in children.read_text().split()))


def alive(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_helper_that_is_killed_is_replaced_and_the_request_done(driver, bed, tmp_path):
    """In the middle of a request: the first time the program hangs, the second time it works."""
    fake, tried = tmp_path / "postsuper", tmp_path / "tried"
    fake.write_text(f"#!/bin/sh\necho $$ >>{tried}\n[ $(wc -l <{tried}) -gt 1 ] || exec sleep 1000\n"
                    "cat >/dev/null\necho 'postsuper: Placed on hold: 1 message'\n")
    fake.chmod(0o755)
    with Drive(driver, *options(bed), f"postsuper={fake}") as d:
        d.send("hold A1B2C3D4E5")
        wait_for(lambda: tried.exists() and tried.read_text().endswith("\n"))
        os.kill(d.pids["helper"][0], signal.SIGKILL)
        assert d.answer()[:2] == (0, 1)
        assert len(d.pids["helper"]) == 2 and len(d.pids["worker"]) == 1
        assert "ended by signal 9" in d.said[0]
        wait_for(lambda: not alive(int(tried.read_text().split()[0])))
        assert d.ask("ping")[0] == 0


def wait_for(true, limit=20):
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_worker_that_dies_is_replaced_and_the_helper_goes_on(driver, bed):
    with Drive(driver, *options(bed)) as d:
        d.send("crash")
        d.until(lambda: len(d.pids["worker"]) == 2)
        assert len(d.pids["helper"]) == 1
        assert d.ask("ping")[0] == 0
        assert d.ask("hold A1B2C3D4E5")[:2] == (0, 0)


def test_nobody_is_left_when_the_supervisor_is_killed(driver, bed):
    d = Drive(driver, *options(bed))
    with d:
        d.process.kill()
        d.process.wait(10)
        wait_for(lambda: not any(alive(pid) for pids in d.pids.values() for pid in pids))


def test_without_helper(driver):
    d = Drive(driver, "no-helper")
    d.until(lambda: d.pids["worker"])
    status, _, text = d.ask("hold A1B2C3D4E5")
    assert status == EPERM and "not started as root" in text
    d.__exit__()


def test_the_worker_in_its_sandbox(driver, bed, mail):
    """As another user, with the system calls that are left to it, it still does all of its work."""
    with Drive(driver, *options(bed), "user=nobody") as d:
        status = Path(f"/proc/{d.pids['worker'][0]}/status").read_text()
        assert re.search(r"^Uid:(\t%d){4}$" % pwd.getpwnam("nobody").pw_uid, status, re.M)
        for line in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert re.search(rf"^{line}:\t0+$", status, re.M)
        assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
        assert len(d.list(ALICE)) == 30
        one = d.list(ALICE)[0]["id"]
        assert d.ask(f"hold {one}")[:2] == (0, 1)
        assert d.ask(f"release {one}")[:2] == (0, 1)
        assert d.ask(f"open {bed}/mail.log")[0] == 0
        helper = Path(f"/proc/{d.pids['helper'][0]}/status").read_text()
        assert re.search(r"^Uid:(\t0){4}$", helper, re.M) and "NoNewPrivs:\t1" in helper
        assert int(re.search(r"^CapEff:\t(\w+)$", helper, re.M)[1], 16).bit_count() <= 6


def test_many_requests_at_once(driver, bed, mail):
    """More than the helper takes at a time: the rest waits in the socket, and each is answered."""
    with Drive(driver, *options(bed)) as d:
        for _ in range(60):
            d.send(f"flush {ALICE}")
            d.send("ping")
            d.send("hold A1B2C3D4E5")
            d.send("kick nobody@example.test")
        assert {d.answer()[0] for _ in range(240)} == {0}


def test_both_die_again_and_again(driver, bed, mail):
    """Whoever is killed, and when: the next request is answered, and only what was asked for is done."""
    with Drive(driver, *options(bed)) as d:
        for i in range(3):
            d.send("list")
            d.send("hold " + " ".join("%011X" % n for n in range(5000)))
            with contextlib.suppress(ProcessLookupError):  # it may be waiting for its next start
                os.kill(d.pids["helper"][-1], signal.SIGKILL)
            d.send("crash")
            while len(d.pids["worker"]) < i + 2:
                d.take(d.line())
        assert d.ask("ping")[0] == 0
        assert len(d.list(ALICE)) == 30
