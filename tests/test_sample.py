"""The sample log in samples/ is what its generator writes, and stays small."""
import importlib.util
import lzma
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
