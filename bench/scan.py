#!/usr/bin/python3
"""scan.py [--size 100M] [--rounds 5] [--memory] [LOG] - measure `mailfuse scan`.

Runs mailfuse, `wc -l`, logscan_limit, pflogsumm and fail2ban-regex in turn on the same file, each
on the same single core with the page cache warm, and prints the processor time of each (of the
program and of the kernel for it) and the median of the ratios within a round: on a small or shared
machine absolute times vary by a third from one minute to the next, ratios less. --memory compares peak memory for 1 GB and 4 GB of log instead.

Without LOG the file is made by ../shared/bench/mkmaillog.py; what is not there is left out, loudly.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "bench"
MAILFUSE = Path(os.environ.get("MAILFUSE", ROOT / "build" / "mailfuse"))
CORE = max(os.sched_getaffinity(0))


def one_core():
    os.sched_setaffinity(0, {CORE})


def run(command):
    """(CPU seconds, peak bytes) of a program whose output goes to a file that nobody reads."""
    with tempfile.TemporaryFile() as sink:
        child = subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL,
                                 preexec_fn=one_core)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):  # 1: a fuse would have tripped
        sys.exit(f"{command[0]} ended with status {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def first_output(command):
    """Seconds until the first byte of the report."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL, preexec_fn=one_core) as child:
        child.stdout.read(1)
        took = time.perf_counter() - start
        child.stdout.read()
    return took


def missing(what, why):
    print(f"LEFT OUT: {what}: {why}", file=sys.stderr)


def make_log(size, folder):
    path = Path(folder) / f"mail-{size}.log"
    generator = SHARED / "mkmaillog.py"
    if not generator.exists():
        sys.exit(f"no {generator} to make a log with: name a log of your own")
    subprocess.run([sys.executable, generator, size, "-o", path], check=True)
    return path


def programs(log, folder):
    """name -> command, the reference first."""
    found = {"wc -l": ["wc", "-l", log], "mailfuse scan": [MAILFUSE, "scan", log]}
    source = SHARED / "logscan_limit.c"
    if source.exists():
        limit = Path(folder) / "logscan_limit"
        subprocess.run(["gcc", "-std=c17", "-O3", "-o", limit, source], check=True)
        found["logscan_limit parse"] = [limit, "parse", log]
    else:
        missing("logscan_limit", f"no {source}")
    if shutil.which("pflogsumm"):
        found["pflogsumm"] = ["pflogsumm", log]
    else:
        missing("pflogsumm", "not installed (scripts/setup test)")
    if shutil.which("fail2ban-regex"):
        found["fail2ban-regex"] = ["fail2ban-regex", log, "postfix[mode=aggressive]"]
    else:
        missing("fail2ban-regex", "not installed (scripts/setup bench)")
    return found


def speed(log, rounds, folder):
    commands = programs(log, folder)
    run(["cat", log])  # warms the page cache
    times = {name: [] for name in commands}
    peak = {}
    for _ in range(rounds):
        for name, command in commands.items():
            took, peak[name] = run(command)
            times[name].append(took)
    print(f"{log}: {log.stat().st_size / 1e6:.0f} MB, {rounds} rounds, one core\n")
    print(f"{'program':<20} {'seconds':>9} {'MB/s':>7} {'x wc -l':>9} {'x mailfuse':>10} {'peak MB':>8}")
    for name, took in times.items():
        median = statistics.median(took)
        ratio = {reference: statistics.median(a / b for a, b in zip(took, times[reference]))
                 for reference in ("wc -l", "mailfuse scan")}
        print(f"{name:<20} {median:>9.3f} {log.stat().st_size / 1e6 / median:>7.0f}"
              f" {ratio['wc -l']:>9.1f} {ratio['mailfuse scan']:>10.2f} {peak[name] / 1e6:>8.0f}")


def latency(log, rounds, folder):
    short = Path(folder) / "mail-10MB.log"
    with open(log, "rb") as source:
        short.write_bytes(source.read(10_000_000))
    took = [first_output([MAILFUSE, "scan", short]) for _ in range(rounds)]
    print(f"\nfirst output for a log of 10 MB: {statistics.median(took):.3f} s (median),"
          f" {max(took):.3f} s (worst)")


def memory(folder):
    peaks = []
    for size in ("1G", "4G"):
        log = make_log(size, folder)
        took, peak = run([MAILFUSE, "scan", log])
        print(f"{size}: {took:.1f} s, peak {peak / 1e6:.0f} MB")
        peaks.append(peak)
        log.unlink()
    print(f"4G takes {peaks[1] / peaks[0] - 1:+.0%} of the memory for 1G")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("log", nargs="?", type=Path, metavar="LOG")
    parser.add_argument("--size", default="100M", help="of the log that is made (100M)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="peak memory for 1 GB and 4 GB")
    arguments = parser.parse_args()
    if not MAILFUSE.exists():
        sys.exit(f"no {MAILFUSE}: run scripts/build")
    with tempfile.TemporaryDirectory(prefix="mailfuse-bench.") as folder:
        if arguments.memory:
            memory(folder)
            return
        log = arguments.log or make_log(arguments.size, folder)
        speed(log, arguments.rounds, folder)
        latency(log, arguments.rounds, folder)


main()
