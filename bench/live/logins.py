"""Dovecot's questions about logins, through the daemon."""
import json
import os
import statistics
import subprocess

from live.bed import roles
from live.figures import Figure

CONNECTIONS = 16


def asked(bed, daemon, seconds, rate=0, pid=0):
    """The command that asks that daemon; `rate` pairs a second, 0: as many as it answers."""
    return [bed.build / "bench_authbench", daemon.auth_port, CONNECTIONS, seconds, bed.accounts, pid, rate]


def pairs(bed, daemon, worker, seconds):
    command = [str(word) for word in asked(bed, daemon, seconds, pid=worker)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def on_one_core(pid):
    """All threads of the daemon on one core, whoever asks it on the others."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(thread), cores[:1])


def measure(bed, options):
    with bed.running() as daemon:
        worker = roles(daemon)["worker"]
        on_one_core(worker)
        rounds = [pairs(bed, daemon, worker, options.seconds) for _ in range(options.rounds)]
    median = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    yield Figure("auth", "pairs of allow and report a second, as measured", median["pairs_per_s"], "/s", (">=", 20000),
                 f"with {median['server_cpu']:.0%} of a core; p99 {median['p99_us']:.0f} us")
    yield Figure("auth", "the same, on a core of its own", 1e6 / median["server_cpu_us_per_pair"], "/s", (">=", 20000),
                 f"{median['server_cpu_us_per_pair']:.1f} us of processor time a pair")
