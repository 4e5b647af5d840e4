"""Answers to policy requests: beside polecho, beside a snapshot, and for a long time."""
import argparse
import contextlib
import os
import statistics
from pathlib import Path

import policy
from live.figures import Figure
from live.log import LogWriter

TARGETS = {("closed", "requests/s"): (">=", 0.80), ("closed", "CPU us a request"): ("<=", 1.5),
           ("closed", "p99 us"): ("<=", 1.5), ("open", "p99 us"): ("<=", 1.5)}
RATE, STEADY_RATE, LOG_LINES = 20000, 5000, 2000
WORST_MS = 50


def load_of(bed, options, stage):
    return argparse.Namespace(rounds=options.rounds, seconds=options.seconds, connections=16, rate=RATE,
                              users=bed.accounts, zipf=0, stage=stage, rcpts=1, fill=False)


@contextlib.contextmanager
def both(bed, **settings):
    """({"server", "polecho"}: (port, pids), the daemon)"""
    policy.build_tools(bed.folder)
    with bed.running(**settings) as daemon, policy.running([bed.folder / "polecho", "{address}"]) as echo:
        yield {"server": (daemon.policy_port, [daemon.process.pid]), "polecho": echo}, daemon


def measure(bed, options):
    """Requests a second, processor time and latency, of RCPT alone and of whole messages."""
    with both(bed) as (servers, _):
        for stage in ("rcpt", "message"):
            for row in policy.summary(policy.measure(bed.folder, servers, load_of(bed, options, stage))):
                name = f"{stage}, {row['loop']} loop: {row['figure']}, of polecho's"
                target = TARGETS.get((row["loop"], row["figure"])) if row["ratio"] is not None else None
                yield Figure("policy", name, row["ratio"], "times", target,
                             f"{row['server']:.1f} against {row['polecho']:.1f}")


def second(bed, server, seed, rate=RATE):
    return policy.polbench(bed.folder, server, ["-c", 16, "-d", 1, "-w", 0.1, "-r", rate, "-s", "message", "-u",
                                                bed.accounts, "--seed", seed])


def written(daemon):
    """When the last snapshot was."""
    with contextlib.suppress(FileNotFoundError):
        return (Path(daemon.settings["state_directory"]) / "pictures.db-wal").stat().st_mtime_ns
    return 0


def snapshots(bed, options):
    """Seconds in which a snapshot was written against those without."""
    of = {True: [], False: []}
    with both(bed, snapshot_seconds=5) as (servers, daemon):
        second(bed, servers["server"], 999)
        for n in range(options.windows):
            before = written(daemon)
            run = second(bed, servers["server"], n + 1)
            of[written(daemon) != before].append(run)
    if not of[True] or not of[False]:
        yield Figure("snapshot", "p99.9", None, "ms", remark="too short: no second with, or none without")
        return
    p999 = {k: statistics.median(r["p999_us"] for r in runs) / 1000 for k, runs in of.items()}
    yield Figure("snapshot", f"p99.9 in {len(of[False])} seconds without", p999[False], "ms")
    yield Figure("snapshot", f"p99.9 in {len(of[True])} seconds with a snapshot", p999[True], "ms")
    yield Figure("snapshot", "delay at p99.9", p999[True] - p999[False], "ms", ("<=", 5),
                 f"slowest answer {max(r['max_us'] for r in of[True]) / 1000:.1f} ms with,"
                 f" {max(r['max_us'] for r in of[False]) / 1000:.1f} ms without")


def stolen_s():
    """Seconds that a virtual machine's processors were not there although they had to do: "steal" of proc(5)."""
    return int(Path("/proc/stat").read_text().split(None, 9)[8]) / os.sysconf("SC_CLK_TCK")


def steady(bed, options):
    """Minutes of a steady load, the daemon's and polecho's in turn, while logs are followed."""
    log = bed.folder / "steady.log"
    log.touch()
    of, stolen = {"server": [], "polecho": []}, {"server": 0, "polecho": 0}
    with both(bed, logs=[log]) as (servers, daemon), LogWriter(log, LOG_LINES) as writer:
        for minute in range(options.minutes):
            for who in ("server", "polecho"):
                before = stolen_s()
                of[who].append(policy.polbench(bed.folder, servers[who], [
                    "-c", 16, "-d", 60, "-r", STEADY_RATE, "-s", "message", "-u", bed.accounts,
                    "--seed", minute + 1]))
                taken = stolen_s() - before
                stolen[who] += taken
                print(f"minute {minute + 1}, {who}: slowest {of[who][-1]['max_us'] / 1000:.1f} ms, load"
                      f" {os.getloadavg()[0]:.1f}, stolen {taken:.2f} s", flush=True)
        status = daemon.ctl("status")
    worst = {who: max(r["max_us"] for r in runs) / 1000 for who, runs in of.items()}
    # What the machine does to polecho is not ours.
    target = ("<=", WORST_MS) if worst["polecho"] <= WORST_MS else None
    remark = f"polecho's {worst['polecho']:.1f} ms" + ("" if target else ": the machine itself stalls, no verdict")
    yield Figure("steady", f"slowest of {sum(r['requests'] for r in of['server']):,} answers at {STEADY_RATE}/s",
                 worst["server"], "ms", target, remark)
    for who, runs in of.items():
        yield Figure("steady", f"stolen from the machine, {who}", stolen[who], "s")
        yield Figure("steady", f"p99.9, {who}", statistics.median(r["p999_us"] for r in runs) / 1000, "ms")
    yield Figure("steady", "lines of log meanwhile", writer.lines, "", None,
                 f"messages in the last hour {status['last_hour']['messages']:,}")


