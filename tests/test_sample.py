"""The sample log in samples/ is what its generator writes, and stays small."""
import importlib.util
import json
import lzma
import subprocess
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


@pytest.fixture(scope="module")
def log():
    return lzma.decompress((SAMPLES / "mail.log.xz").read_bytes())


def test_the_generator_writes_the_same_bytes_again(log):
    spec = importlib.util.spec_from_file_location("make_sample", SAMPLES / "make_sample.py")
    make_sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_sample)
    # not "==" of two megabytes: pytest would explain the difference for minutes
    again = make_sample.Sample(seed=2026).month().encode()
    different = [n for n, (a, b) in enumerate(zip(again.splitlines(), log.splitlines()), 1) if a != b]
    assert different[:1] == []
    assert len(again) == len(log)


def test_it_stays_small():
    assert (SAMPLES / "mail.log.xz").stat().st_size < 400_000


def test_its_queue_ids_belong_to_one_message_each(log):
    clients = [line.split()[3] for line in log.decode().splitlines() if " client=" in line]
    assert len(clients) == len(set(clients))


def scan(mailfuse, *arguments):
    return subprocess.run([mailfuse, "scan", *arguments, SAMPLES / "mail.log.xz"],
                          capture_output=True, text=True)


def test_scan_finds_the_thief_and_the_bot_and_nobody_else(mailfuse):
    run = scan(mailfuse, "--json")
    report = json.loads(run.stdout)
    assert run.returncode == 1
    assert [lock["account"] for lock in report["locks"]] == ["jonas.weber@birke.test"]
    assert "2026-11-15T21:06" < report["locks"][0]["time"] < "2026-11-15T21:30"
    assert [host["host"] for host in report["hosts"]] == ["10.20.0.57"]


def test_queue_ids_are_those_of_the_thief_that_never_left(mailfuse, log):
    thief, left = set(), set()
    for line in log.decode().splitlines():
        word = line.split()
        if "sasl_username=jonas.weber@" in line and " client=" in line:
            thief.add(word[3])
        elif word[4:] == ["removed"]:
            left.add(word[3])
    run = scan(mailfuse, "--queue-ids")
    assert set(run.stdout.split()) == {queue_id.rstrip(":") for queue_id in thief - left}
    assert len(run.stdout.split()) >= 50


def test_to_names_those_who_answered_the_phisher(mailfuse):
    run = scan(mailfuse, "--to", "service@mailbox-renewal.example")
    assert "jonas.weber@birke.test" in run.stdout
    assert "hannah.vogt@birke.test" in run.stdout
    assert "clara.lang@birke.test" not in run.stdout
