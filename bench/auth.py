#!/usr/bin/env python3
"""How many logins a second the auth policy door answers: allow and report, as Dovecot asks, over
kept-alive connections on loopback, with the protection against guessing behind it.

  bench/auth.py [--build build] [--rounds 5] [--seconds 3] [--connections 16]

Builds bench_authdoor and bench_authbench there first. On a machine that others use, read
server_cpu_us_per_pair: one core does 1,000,000 / that many pairs a second."""
import argparse
import json
import os
import socket
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, server):
    for _ in range(100):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit("bench_authdoor does not start")


def resident_kb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--build", default=ROOT / "build", type=Path)
    p.add_argument("--rounds", default=5, type=int)
    p.add_argument("--seconds", default=3, type=float)
    p.add_argument("--connections", default=16, type=int)
    p.add_argument("--accounts", default=1000000, type=int)
    a = p.parse_args()
    subprocess.run(["ninja", "-C", a.build, "bench_authdoor", "bench_authbench"], check=True,
                   stdout=subprocess.DEVNULL)
    port, rounds = free_port(), []
    server = subprocess.Popen([a.build / "bench_authdoor", str(port)])
    try:
        wait_for(port, server)
        if hasattr(os, "sched_setaffinity") and os.cpu_count() > 1:
            os.sched_setaffinity(server.pid, {0})
            os.sched_setaffinity(0, set(range(1, os.cpu_count())))
        for _ in range(a.rounds):
            run = subprocess.run([a.build / "bench_authbench", str(port), str(a.connections),
                                  str(a.seconds), str(a.accounts), str(server.pid)], check=True,
                                 stdout=subprocess.PIPE)
            rounds.append(json.loads(run.stdout))
            print(run.stdout.decode().strip())
        print(json.dumps({"median": {k: statistics.median(r[k] for r in rounds) for k in rounds[0]},
                          "server_peak_kb": resident_kb(server.pid)}))
    finally:
        server.terminate()
        server.wait()


main()
