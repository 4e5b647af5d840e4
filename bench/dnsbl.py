#!/usr/bin/python3
"""One cycle of 64 addresses x 40 lists against rbldnsd behind unbound on loopback: seconds, and memory beyond that
of a check of one address at one list.  Usage: bench/dnsbl.py [PROGRAM]"""
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))
from name_servers import servers  # noqa: E402

LISTS, ADDRESSES = 40, 64


def check(program, port, table, lists, addresses):
    """Seconds, peak memory in MB, and the answer."""
    command = [program, "dnsbl", "--json", "--lists", table, "--resolver", f"127.0.0.1@{port}"]
    for i in range(lists):
        command += ["--list", f"l{i}.test"]
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command + [f"203.0.113.{i}" for i in range(addresses)], stdout=out)
        peak_kb = 0
        while process.poll() is None:  # ru_maxrss would be that of Python, which it was before
            with contextlib.suppress(OSError, AttributeError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                peak_kb = max(peak_kb, int(re.search(r"VmHWM:\s+(\d+)", status).group(1)))
            time.sleep(0.01)
        out.seek(0)
        return time.monotonic() - began, peak_kb / 1024, json.load(out)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "mailfuse"
    zones = [(f"l{i}.test", "ip4set", f":127.0.0.2:Listed\n127.0.0.2\n203.0.113.{i}\n") for i in range(LISTS)]
    with servers(zones) as (port, _), tempfile.NamedTemporaryFile("w", suffix=".lists") as table:
        table.write("".join(f"list {zone}\n asks ip4\n" for zone, _, _ in zones))
        table.flush()
        _, little, _ = check(program, port, table.name, 1, 1)
        seconds, much, answer = check(program, port, table.name, LISTS, ADDRESSES)
    listed = sum(row["listed"] for row in answer["subjects"])
    assert listed == LISTS, listed
    print(f"{ADDRESSES} addresses x {LISTS} lists: {seconds:.1f} s, {answer['questions']} questions, "
          f"{much - little:.1f} MB more than one address at one list ({much:.1f} MB)")


main()
