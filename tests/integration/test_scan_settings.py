"""`mailfuse scan` with settings, and with what was learnt before: -c, --state, --learn."""
import json
import os
import resource
import subprocess

import pytest

from shared_logs import DATA, need
from written_log import OK, UNKNOWN, Log, at

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"
COUNTRIES = DATA / "maxmind" / "test-data" / "GeoLite2-Country-Test.mmdb"
BRITAIN, BHUTAN = "2.125.160.216", "67.43.156.5"  # as those databases have it
FRIENDS = [[(f"friend{n}@friends.example", OK)] for n in range(10)]


def scan(mailfuse, *arguments, **options):
    return subprocess.run([mailfuse, "scan", *arguments], capture_output=True, text=True, **options)


def report(mailfuse, *arguments):
    run = scan(mailfuse, "--json", *arguments)
    assert run.returncode in (0, 1) and run.stderr == "", run.stderr
    return json.loads(run.stdout)


def locked(mailfuse, *arguments):
    return {lock["account"]: lock["time"] for lock in report(mailfuse, *arguments)["locks"]}


def explained(mailfuse, *arguments, account=ALICE):
    run = scan(mailfuse, "--explain", account, *arguments)
    assert run.returncode in (0, 1) and run.stderr == "", run.stderr
    return run.stdout


def refused(mailfuse, *arguments):
    """The complaints, one a line, about what is wrong."""
    run = scan(mailfuse, *arguments)
    assert run.returncode == 2, run.stdout
    lines = run.stderr.splitlines()
    assert lines and all(line.startswith("mailfuse scan: ") for line in lines), run.stderr
    return [line.removeprefix("mailfuse scan: ") for line in lines]


@pytest.fixture
def settings(tmp_path):
    """Writes a file of settings, and one of exceptions beside it."""
    def write(text, exceptions=None):
        path = tmp_path / "mailfuse.conf"
        if exceptions is not None:
            (tmp_path / "exceptions").write_text(exceptions)
            text += '\nexceptions = "exceptions"\n'
        path.write_text(text)
        return path
    return write


def nameless(log, path):
    """Of clients without a name: nothing says that their networks are of one provider."""
    path.write_bytes(log.bytes().replace(b"=pc.example.test[", b"=unknown["))
    return path


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Two weeks of the same people, a file each, and the beginning of a third one with a thief."""
    folder = tmp_path_factory.mktemp("logs")
    first, second = Log(), Log()
    for account, address in ((ALICE, "192.0.2.7"), (BOB, "198.51.100.99")):
        first.office(account, address=address)
    second.messages = 1000
    second.message(at(8, 9), ALICE, "198.51.100.20", FRIENDS[0])
    second.message(at(9, 9), ALICE, "198.51.100.20", FRIENDS[0])
    second.message(at(10, 9), ALICE, "192.0.2.7", FRIENDS[1])
    thief = Log()
    thief.messages = 2000
    thief.burst(ALICE, day=15)
    return [nameless(log, folder / f"{n}.log") for n, log in enumerate((first, second, thief))]


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """Alice's week, and on Monday 25 letters to people she knows, within the hour."""
    log = Log()
    log.office(ALICE)
    for n in range(25):
        log.message(at(8, 9, n), ALICE, "192.0.2.7", FRIENDS[n % 10])
    return log.write(tmp_path_factory.mktemp("busy") / "mail.log")


@pytest.fixture(scope="module")
def stolen(tmp_path_factory):
    log = Log()
    log.office(ALICE)
    log.burst(ALICE)
    return log.write(tmp_path_factory.mktemp("stolen") / "mail.log")


# What was learnt.

def learn(mailfuse, path, *arguments):
    run = scan(mailfuse, "--learn", path, *arguments)
    assert run.returncode in (0, 1) and run.stderr == "", run.stderr
    return path.read_bytes()


def test_learn_writes_the_same_bytes_each_time(mailfuse, logs, tmp_path):
    bytes_ = learn(mailfuse, tmp_path / "state", logs[0])
    assert bytes_.startswith(b"mailfuse state\n") and ALICE.encode() in bytes_
    assert learn(mailfuse, tmp_path / "again", logs[0]) == bytes_
    assert sorted(os.listdir(tmp_path)) == ["again", "state"]


def test_learn_replaces_the_file_as_a_whole(mailfuse, logs, tmp_path):
    state, old = tmp_path / "state", tmp_path / "old"
    state.write_text("what stood there before")
    os.link(state, old)
    learn(mailfuse, state, logs[0])
    assert old.read_text() == "what stood there before"
    assert sorted(os.listdir(tmp_path)) == ["old", "state"]


def test_learn_changes_nothing_in_the_report(mailfuse, logs, tmp_path):
    plain, learning = scan(mailfuse, logs[0], logs[2]), scan(mailfuse, "--learn", tmp_path / "s", logs[0], logs[2])
    assert (plain.stdout, plain.returncode) == (learning.stdout, learning.returncode)
    assert plain.returncode == 1


def test_where_nothing_can_be_written(mailfuse, logs, tmp_path):
    nowhere = tmp_path / "no" / "folder"
    error, = refused(mailfuse, "--learn", nowhere, logs[0])
    assert str(nowhere) in error and "No such file" in error
    folder = tmp_path / "folder"
    folder.mkdir()
    error, = refused(mailfuse, "--learn", folder, logs[0])
    assert str(folder) in error and "directory" in error
    assert os.listdir(tmp_path) == ["folder"]


def test_a_full_disk_leaves_the_old_file(mailfuse, logs, tmp_path):
    state = tmp_path / "state"
    before = learn(mailfuse, state, logs[0])
    run = scan(mailfuse, "--state", state, "--learn", state, logs[1], restore_signals=False,
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)))
    assert run.returncode == 2
    assert run.stderr == f"mailfuse scan: {state}: File too large\n"
    assert state.read_bytes() == before and os.listdir(tmp_path) == ["state"]


@pytest.mark.parametrize("name, make, says", [
    ("missing", None, "No such file"),
    ("folder", lambda path, good: path.mkdir(), "directory"),
    ("empty", lambda path, good: path.write_bytes(b""), "is no state of mailfuse"),
    ("foreign", lambda path, good: path.write_text("a letter to somebody\n" * 99), "is no state of mailfuse"),
    ("short", lambda path, good: path.write_bytes(good[:25]), "is cut off"),
    ("cut", lambda path, good: path.write_bytes(good[:-50]), "is damaged"),
    ("flipped", lambda path, good: path.write_bytes(good[:-100] + b"\xff" + good[-99:]), "is damaged"),
    ("longer", lambda path, good: path.write_bytes(good + b"\n"), "is damaged"),
    ("newer", lambda path, good: path.write_bytes(good[:15] + b"\x63" + good[16:]), "another version"),
])
def test_a_state_that_is_none(mailfuse, logs, tmp_path, name, make, says):
    path = tmp_path / name
    if make:
        make(path, learn(mailfuse, tmp_path / "good", logs[0]))
    for arguments in ([], ["--backtest"], ["--learn", tmp_path / "never"]):
        error, = refused(mailfuse, "--state", path, *arguments, logs[1])
        assert error.startswith(f"{path}: ") and says in error, error
    assert not (tmp_path / "never").exists()


def test_what_the_first_log_taught_is_known_in_the_second(mailfuse, logs, tmp_path):
    state = tmp_path / "state"
    learn(mailfuse, state, logs[0])
    assert "new-network" in explained(mailfuse, logs[1])  # the office, on the third day
    assert "new-network" in explained(mailfuse, "--state", state, logs[1])  # the first day elsewhere
    learn(mailfuse, state, "--state", state, logs[1])  # one file for both
    third = Log()
    third.message(at(15, 9), ALICE, "192.0.2.7", FRIENDS[2])
    third.message(at(15, 10), ALICE, "198.51.100.20", FRIENDS[2])
    third.message(at(15, 11), BOB, "203.0.113.200", FRIENDS[2])
    third = nameless(third, tmp_path / "third.log")
    assert "new-network" not in explained(mailfuse, "--state", state, third)
    assert "new-network" in explained(mailfuse, "--state", state, third, account=BOB)


def test_a_thief_is_found_sooner(mailfuse, logs, tmp_path):
    state = tmp_path / "state"
    learn(mailfuse, state, logs[0])
    fresh, knowing = locked(mailfuse, logs[2]), locked(mailfuse, "--state", state, logs[2])
    at_once = locked(mailfuse, logs[0], logs[2])
    assert list(fresh) == list(knowing) == list(at_once) == [ALICE]
    assert at_once[ALICE] <= fresh[ALICE]
    assert knowing[ALICE] == at_once[ALICE]


def test_one_file_for_both(mailfuse, logs, tmp_path):
    one, two, both = tmp_path / "1", tmp_path / "2", tmp_path / "both"
    learn(mailfuse, one, logs[0])
    learn(mailfuse, two, "--state", one, logs[1])
    learn(mailfuse, both, logs[0])
    learn(mailfuse, both, "--state", both, logs[1])
    assert both.read_bytes() == two.read_bytes() != one.read_bytes()


def test_who_is_only_in_the_state_is_not_in_the_report(mailfuse, logs, tmp_path):
    learn(mailfuse, tmp_path / "state", logs[0])
    run = scan(mailfuse, "--state", tmp_path / "state", logs[1])
    assert BOB not in run.stdout
    found = report(mailfuse, "--state", tmp_path / "state", logs[1])
    assert BOB not in json.dumps(found)
    assert found["totals"] == report(mailfuse, logs[1])["totals"]


def test_a_thief_is_not_learnt(mailfuse, logs, stolen, tmp_path):
    learn(mailfuse, tmp_path / "state", stolen)
    again = Log()
    again.burst(ALICE, day=15)
    again = again.write(tmp_path / "again.log")
    assert locked(mailfuse, "--state", tmp_path / "state", again)[ALICE] <= at(15, 2, 5).isoformat()


# Settings.

def test_settings_that_say_nothing_change_nothing(mailfuse, stolen, settings):
    assert scan(mailfuse, "-c", settings(""), stolen).stdout == scan(mailfuse, stolen).stdout
    assert scan(mailfuse, "--config", settings("# nothing\n"), stolen).stdout == scan(mailfuse, stolen).stdout


def test_sensitivity(mailfuse, settings, tmp_path):
    log = Log()
    log.office(ALICE)
    for n in range(60):  # from a new network, and one in seven comes back
        log.message(at(8, 2, n // 2, n % 2 * 30), ALICE, "203.0.113.5", [
            (f"victim{n}@out.example", UNKNOWN if n % 7 == 0 else OK)])
    log = log.write(tmp_path / "mail.log")
    times = [locked(mailfuse, "-c", settings(f"sensitivity = {value}\n"), log).get(ALICE, "never")
             for value in ("0.5", "low", "normal", "high", "2.0")]
    assert times == sorted(times, reverse=True) and times[0] > times[-1]
    assert times[2] == locked(mailfuse, log).get(ALICE, "never")
    assert times[1] == locked(mailfuse, "-c", settings("sensitivity = 0.7\n"), log).get(ALICE, "never")


def limit(text, at_limit="hold"):
    return f"limits {{\n{text}\nat-limit = {at_limit}\n}}\n"


def test_a_limit_holds(mailfuse, busy, settings):
    found = report(mailfuse, "-c", settings(limit("messages-per-hour = 20")), busy)
    assert found["locks"] == []
    watch, = found["watch"]
    assert watch["name"] == ALICE and watch["held_from"][:19] == at(8, 9, 20).isoformat()[:19]
    words, = [e["words"] for e in watch["evidence"] if e["signal"] == "limit"]
    assert words == "21 messages or recipients within the hour or day; the settings allow 20"


@pytest.mark.parametrize("sensitivity", ["low", "normal", "high"])
def test_a_limit_locks(mailfuse, busy, settings, sensitivity):
    conf = settings(f"sensitivity = {sensitivity}\n" + limit("messages-per-hour = 20", "lock"))
    run = scan(mailfuse, "-c", conf, busy)
    assert run.returncode == 1 and "the settings allow 20" in " ".join(run.stdout.split())
    found, = report(mailfuse, "-c", conf, busy)["locks"]
    assert found["before"]["messages"] + found["after"]["messages"] == 25
    assert found["after"]["messages"] == 5


@pytest.mark.parametrize("text", [
    "limits { messages-per-hour = 25 }", limit("messages-per-day = 25", "lock"), limit("recipients-per-hour = 25", "lock"),
    limit("messages-per-hour = 20", "lock") + f'account "{ALICE}" {{ limits {{ messages-per-hour = none }} }}',
    f'account "{BOB}" {{ ' + limit("messages-per-hour = 2", "lock") + "}",
])
def test_what_a_limit_admits_is_no_news(mailfuse, busy, settings, text):
    assert scan(mailfuse, "-c", settings(text), busy).stdout == scan(mailfuse, busy).stdout


def test_limits_of_the_top_level_are_those_of_accounts(mailfuse, settings, tmp_path):
    log = Log()
    for n in range(100):
        queue_id, time = log.queue_id(), at(1, 9, n // 2)
        for text in (f"smtpd[10]: {queue_id}: client=app.example.test[10.0.0.5]",
                     f"cleanup[11]: {queue_id}: message-id=<{queue_id}@example.test>",
                     f"qmgr[12]: {queue_id}: from=<app@example.test>, size=1000, nrcpt=1 (queue active)",
                     f"smtp[13]: {queue_id}: to=<friend{n % 10}@friends.example>, relay=mx.out.example[198.51.100.1]"
                     f":25, delay=1, delays=0.1/0/0.5/0.4, {OK}", f"qmgr[12]: {queue_id}: removed"):
            log.add(time, f"postfix/{text}")
    run = scan(mailfuse, "-c", settings(limit("messages-per-hour = 20", "lock")), log.write(tmp_path / "mail.log"))
    assert run.returncode == 0, run.stdout


def test_trusted_bulk(mailfuse, settings, tmp_path):
    log = Log()
    log.office(ALICE)
    for n in range(400):
        log.message(at(8, 9, n // 10, n % 10 * 6), ALICE, "192.0.2.7", [
            (f"reader{n}@out{n % 5}.example", UNKNOWN if n % 50 == 0 else OK)])
    log = log.write(tmp_path / "mail.log")
    assert "volume" in explained(mailfuse, log)
    for who in (ALICE, "@example.test", "ALICE@Example.Test"):
        text = explained(mailfuse, "-c", settings(f'trusted-bulk = {{"{who}"}}'), log)
        assert "volume" not in text and "strangers" not in text
    assert "volume" in explained(mailfuse, "-c", settings(f'trusted-bulk = {{"{BOB}"}}'), log)


@pytest.mark.parametrize("net, shared", [("203.0.113.5", True), ("203.0.113.0/24", True), ("203.0.114.0/24", False)])
def test_shared_clients(mailfuse, settings, tmp_path, net, shared):
    log = Log()
    log.office(ALICE)
    log.message(at(8, 9), ALICE, "203.0.113.5", FRIENDS[0])
    log = log.write(tmp_path / "mail.log")
    text = explained(mailfuse, "-c", settings(f'shared-clients = {{"{net}"}}'), log)
    assert ("new-network" not in text) == shared


@pytest.fixture(scope="module")
def abroad(tmp_path_factory):
    log = Log()
    log.office(ALICE, days=range(1, 13), address=BRITAIN)
    log.message(at(15, 9), ALICE, BHUTAN, FRIENDS[0])
    return log.write(tmp_path_factory.mktemp("abroad") / "mail.log")


@pytest.mark.parametrize("text, exceptions, news", [
    ("", None, True),
    ('home-countries = {"GB"}', None, True),
    ('home-countries = {"GB", "BT"}', None, False),
    ("", f"{ALICE} 2026-03-10..2026-03-20 country BT a fair\n", False),
    ("", "@example.test 2026-03-16..2026-03-16 country BT a fair\n", False),
    ("", f"{ALICE} 2026-03-10..2026-03-20 country JP a fair\n", True),
    ("", f"{ALICE} 2026-03-10..2026-03-15 country BT a fair\n", True),
    ("", f"{BOB} 2026-03-10..2026-03-20 country BT a fair\n", True),
    ('ignored-signals = {"new-country"}', None, False),
])
def test_countries(mailfuse, abroad, settings, text, exceptions, news):
    conf = settings(text, exceptions)
    text = explained(mailfuse, "-c", conf, "--geo", need(COUNTRIES), abroad)
    assert ("new-country" in text.partition("16 Mar")[2]) == news
    conf.write_text(f'geo = {{"{COUNTRIES}"}}\n' + conf.read_text())
    assert explained(mailfuse, "-c", conf, abroad) == text


def test_ignored_signals(mailfuse, stolen, settings):
    assert "new-network" in explained(mailfuse, stolen)
    text = explained(mailfuse, "-c", settings('ignored-signals = {"new-network", "many-networks"}'), stolen)
    assert "(new-network)" not in text and "many-networks" not in text and "unknown-recipients" in text


def test_exceptions(mailfuse, stolen, settings):
    day = "2026-03-09..2026-03-09"
    for what, status in ((f"{ALICE} {day} never-lock moves", 0), (f"{ALICE} {day} never-hold moves", 0),
                         (f"@example.test {day} never-hold moves", 0), (f"{BOB} {day} never-hold moves", 1),
                         (f"{ALICE} 2026-03-01..2026-03-08 never-hold moves", 1)):
        conf = settings("", what + "\n")
        run = scan(mailfuse, "-c", conf, stolen)
        assert run.returncode == status, (what, run.stdout)
        watch = {w["name"]: w for w in report(mailfuse, "-c", conf, stolen)["watch"]}
        if status == 0:
            assert bool(watch[ALICE].get("held_from")) == ("never-lock" in what)


def test_an_exception_stretches_a_limit(mailfuse, busy, settings):
    text = limit("messages-per-hour = 10", "lock")
    assert scan(mailfuse, "-c", settings(text), busy).returncode == 1
    day = "2026-03-09..2026-03-09"
    assert scan(mailfuse, "-c", settings(text, f"{ALICE} {day} limit x 2.5 letters\n"), busy).returncode == 0
    assert scan(mailfuse, "-c", settings(text, f"{ALICE} {day} limit x 2.4 letters\n"), busy).returncode == 1


# What is wrong with settings.

def test_a_signal_that_there_is_not(mailfuse, busy, settings):
    conf = settings('sensitivity = low\nignored-signals = {"odd-hours"}\n')
    assert refused(mailfuse, "-c", conf, busy) == [
        f'{conf}:2: ignored-signals: there is no signal "odd-hours"; write "odd-hour"']
    error, = refused(mailfuse, "-c", settings('ignored-signals = {"odd-hour", "xyzzy"}'), busy)
    assert ':1: ignored-signals: there is no signal "xyzzy"; write for example "' in error


def test_all_errors_are_told(mailfuse, busy, settings):
    errors = refused(mailfuse, "-c", settings(
        'sensitivity = 7\nhome-countries = {"UK"}\n\nlimits { messages-per-day = 0 }\nexception = "x"\n'), busy)
    lines = [int(error.split("mailfuse.conf:")[1].split(":")[0]) for error in errors]
    assert lines == [1, 2, 4, 5]


def test_signals_and_exceptions_are_told_together(mailfuse, busy, settings):
    conf = settings('ignored-signals = {"nothing", "odd-hour", "all"}', f"{ALICE} 2026-03-01 never-lock x\n")
    errors = refused(mailfuse, "-c", conf, busy)
    assert any("exceptions:1" in error for error in errors)
    many = settings("\n".join(f"wrong{n} = 1" for n in range(30)))
    assert len(refused(mailfuse, "-c", many, busy)) == 21


def test_settings_that_are_not_there(mailfuse, busy, tmp_path, settings):
    error, = refused(mailfuse, "-c", tmp_path / "missing.conf", busy)
    assert "missing.conf" in error and "No such file" in error
    error, = refused(mailfuse, "-c", settings('exceptions = "nowhere"'), busy)
    assert "nowhere" in error
    error, = refused(mailfuse, "-c", settings('geo = {"nowhere.mmdb"}'), busy)
    assert "nowhere.mmdb" in error
