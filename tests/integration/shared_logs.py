"""Logs of other projects, in ../shared beside this tree: found, parsed, and told apart by line."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT.parent / "shared" / "data"
MAILLOG = ROOT.parent / "shared" / "testbed" / "samples" / "maillog"


def need(path):
    """Skip, loudly, where the logs are not there."""
    if not path.exists():
        print(f"\n{path} is not there: this test did not run", file=sys.stderr)
        pytest.skip(f"{path} is not there")
    return path


def parse(mailfuse, path, *options):
    """[(line, record)] of all lines that are not blank: one record each, in the order of the file."""
    run = subprocess.run([mailfuse, "parse", "--tz", "UTC", *options, need(path)],
                         capture_output=True, check=True,
                         env={**os.environ, "ASAN_OPTIONS": "detect_leaks=1"})
    lines = [line.decode("utf-8", "replace").rstrip("\r")
             for line in path.read_bytes().split(b"\n") if line.strip()]
    records = [json.loads(line) for line in run.stdout.decode().split("\n") if line]
    assert len(records) == len(lines), "a line was lost"
    return list(zip(lines, records))


def unknown(pairs):
    return [line for line, record in pairs if record["event"] == "unknown"]
