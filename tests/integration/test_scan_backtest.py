"""`mailfuse scan --backtest`: what each sensitivity would have done on the same log."""
import re
import subprocess
from pathlib import Path

import pytest

from written_log import Log

SAMPLE = Path(__file__).resolve().parent.parent.parent / "samples" / "mail.log.xz"
STEPS = {"low": 0.7, "normal": 1.0, "high": 1.5}
THIEF, BOT = "jonas.weber@birke.test", "10.20.0.57"
ALICE, BOB = "alice@example.test", "bob@example.test"


def scan(mailfuse, *arguments):
    return subprocess.run([mailfuse, "scan", *arguments], capture_output=True, text=True)


def backtest(mailfuse, *arguments):
    """({step: (locked, known good, holds, late)}, {name: {step: time or None}}, names marked)"""
    run = scan(mailfuse, "--backtest", *arguments)
    assert run.returncode in (0, 1) and run.stderr == "", run.stderr
    table, names, marked, name = {}, {}, [], None
    for line in run.stdout.splitlines():
        row = re.fullmatch(r"(low|normal|high) +([\d.]+) +(\d+) +(\d+|\?) +(\d+) +(\d+)", line)
        step = re.fullmatch(r"  (low|normal|high) +(not locked|\d{4}-\S+)", line)
        if row:
            assert float(row[2]) == STEPS[row[1]]
            table[row[1]] = (int(row[3]), row[4] if row[4] == "?" else int(row[4]), int(row[5]), int(row[6]))
        elif step:
            names[name][step[1]] = None if step[2] == "not locked" else step[2]
        elif line and not line.startswith(("Sensitivity ", "(", "the table")):
            name = line.split()[0]
            names[name] = {}
            marked += [name] if line.endswith("KNOWN GOOD") else []
    assert list(table) == list(STEPS) and all(list(steps) == list(STEPS) for steps in names.values())
    return table, names, marked


@pytest.fixture(scope="module")
def stolen(tmp_path_factory):
    log = Log()
    log.office(ALICE)
    log.office(BOB, address="192.0.2.99")
    log.burst(ALICE)
    return log.write(tmp_path_factory.mktemp("log") / "mail.log")


@pytest.fixture(scope="module")
def sample(mailfuse):
    return backtest(mailfuse, SAMPLE)


def test_the_sample(sample):
    table, names, marked = sample
    counts = [table[step][0] for step in STEPS]
    assert counts == sorted(counts) and counts[0] >= 1
    assert names[THIEF]["low"] is not None and set(names) >= {THIEF}
    assert marked == [] and all(table[step][1] == "?" for step in STEPS)


def test_the_table_counts_the_names_below_it(sample):
    table, names, _ = sample
    for step in STEPS:
        assert table[step][0] == sum(steps[step] is not None for steps in names.values())


def test_more_sensitive_is_never_later(sample):
    for steps in sample[1].values():
        times = [steps[step] or "never" for step in STEPS]
        assert times == sorted(times, reverse=True)


def test_normal_is_what_a_scan_says(mailfuse, sample):
    text = scan(mailfuse, "--json", SAMPLE).stdout
    normal = {name for name, steps in sample[1].items() if steps["normal"]}
    assert normal == {THIEF, BOT}
    assert sample[1][THIEF]["normal"][:19] in text


def test_known_good_accounts_are_counted_and_marked(mailfuse, stolen, tmp_path):
    good = tmp_path / "good"
    good.write_text(f"# not abused, they said\n\n  {ALICE.upper()}  # on holiday\r\n{ALICE}\nnobody\n{BOB}")
    table, names, marked = backtest(mailfuse, "--known-good", good, stolen)
    assert marked == list(names) == [ALICE]
    assert all(table[step][:2] == (1, 1) for step in STEPS)
    good.write_text(BOB)
    table, names, marked = backtest(mailfuse, "--known-good", good, stolen)
    assert marked == [] and all(table[step][:2] == (1, 0) for step in STEPS)


def test_the_status_is_that_of_the_scan(mailfuse, stolen, tmp_path):
    quiet = Log()
    quiet.office(ALICE)
    quiet = quiet.write(tmp_path / "mail.log")
    assert scan(mailfuse, "--backtest", stolen).returncode == 1
    assert scan(mailfuse, "--backtest", quiet).returncode == 0
    table, names, _ = backtest(mailfuse, quiet)
    assert names == {} and all(row == (0, "?", 0, 0) for row in table.values())


def test_settings_hold_for_each_step(mailfuse, stolen, tmp_path):
    conf = tmp_path / "mailfuse.conf"
    conf.write_text('sensitivity = 0.5\nexceptions = "exceptions"\n')
    (tmp_path / "exceptions").write_text(f"{ALICE} 2026-03-09..2026-03-09 never-lock moves\n")
    assert backtest(mailfuse, "-c", conf, stolen)[1] == {}
    (tmp_path / "exceptions").write_text("")
    assert backtest(mailfuse, "-c", conf, stolen)[1] == backtest(mailfuse, stolen)[1] != {}


def test_each_step_begins_with_what_was_learnt(mailfuse, tmp_path):
    past, now, state = Log(), Log(), tmp_path / "state"
    past.office(ALICE)
    now.messages = 1000
    now.burst(ALICE, day=29)  # what happened lately has faded
    past, now = past.write(tmp_path / "past.log"), now.write(tmp_path / "now.log")
    assert scan(mailfuse, "--learn", state, past).returncode == 0
    assert backtest(mailfuse, "--state", state, now)[1] == backtest(mailfuse, past, now)[1]


@pytest.mark.parametrize("arguments, says", [
    (["--backtest", "--json"], "--backtest has a table of its own"),
    (["--backtest", "--queue-ids"], "--backtest has a table of its own"),
    (["--backtest", "--explain", ALICE], "--backtest has a table of its own"),
    (["--backtest", "--html", "page.html"], "--backtest has a table of its own"),
    (["--known-good", "good"], "--known-good needs --backtest"),
    (["--backtest", "--known-good", "/nowhere/good"], "/nowhere/good: No such file"),
    (["--backtest", "--known-good", "/"], "/: Is a directory"),
    (["--backtest", "--known-good"], "requires an argument"),
])
def test_wrong_usage(mailfuse, stolen, tmp_path, arguments, says):
    run = subprocess.run([mailfuse, "scan", stolen, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 2 and run.stdout == ""
    assert says in run.stderr and run.stderr.startswith("mailfuse scan: ")
    assert list(tmp_path.iterdir()) == []


def test_pseudonyms(mailfuse, stolen, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    run = scan(mailfuse, "--backtest", "--pseudonymize", key, stolen)
    assert run.returncode == 2 and ALICE not in run.stdout
