#!/usr/bin/python3
"""soak.py [--minutes 30] - a daemon that lives: mixed load at a fixed rate, and trouble.

Policy requests (whole messages), questions about logins, a log that grows and is rotated, commands,
SIGHUP each minute, kill -9 of the helper every five minutes; all the while its memory, descriptors
and files are looked at. In the end: is the memory flat, is anything lost? See README.md. Ends with
status 1 when not."""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import policy  # noqa: E402
from live import figures  # noqa: E402
from live.bed import Asker, Bed, roles  # noqa: E402
from live.figures import Figure  # noqa: E402
from live.log import LogWriter  # noqa: E402
from live.logins import asked  # noqa: E402
from live.sampler import Sampler  # noqa: E402

ACCOUNTS = 20000
RATE, CONNECTIONS = 500, 16  # policy requests a second
PAIRS = 200  # of allow and report a second
LOG_LINES = 1000
SLOW_MS = 50
LEARNT = 1.3  # bytes in memory, with the room in tables, for a byte of a picture on the disk
INCIDENT_KIB = 8  # of one that is over; the last thousand are kept
SETTLE_S = 5
SAMPLE_S = 10
VICTIM = "user{:07}@dom{}.example"  # polbench never asks about one whose number is ACCOUNTS or more


def every(seconds, end, action):
    """In a thread, `action(n)` every so many seconds until the event `end`."""
    def run():
        n = 0
        while not end.wait(seconds):
            n += 1
            action(n)
    thread = threading.Thread(target=run)
    thread.start()
    return thread


class Soak:
    """What is done to a daemon, and what went wrong."""

    def __init__(self, bed, daemon, log, deny):
        self.bed, self.daemon, self.log, self.deny = bed, daemon, log, deny
        self.wrong, self.locks, self.kills, self.reloads, self.rotations = [], 0, 0, 0, 0
        self.asked, self.worst_ms, self.recent_ms = 0, 0, 0

    def account(self, n):
        number = ACCOUNTS + n % 1000
        return VICTIM.format(number, number % 1000)

    def expect(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.wrong.append(what)
                return
            time.sleep(0.05)

    def commands(self, n):
        """Look, lock somebody, see that it is so, unlock."""
        account = self.account(n)
        try:
            self.daemon.ask("status")
            self.daemon.ask("top")
            self.daemon.ask("lock", account=account, reason="soak")
            self.locks += 1
            self.expect(f"{account} is not in the deny file", lambda: account in self.deny.read_text())
            asker = Asker(self.daemon.policy_port)
            if not asker.ask(account).startswith("421"):
                self.wrong.append(f"{account} is locked and not refused")
            self.daemon.ask("unlock", account=account, force=True, reason="soak")
            self.expect(f"{account} stays in the deny file", lambda: account not in self.deny.read_text())
            if not asker.ask(account).startswith("DUNNO"):
                self.wrong.append(f"{account} is unlocked and refused")
            asker.close()
        except (OSError, RuntimeError, ValueError) as error:
            self.wrong.append(f"commands: {error}")

    def probe(self, n):
        """One request beside all others, timed: its slowest of each sample is in the table."""
        begin = time.monotonic()
        self.asker.ask(VICTIM.format(0, 0))
        took = (time.monotonic() - begin) * 1000
        self.asked += 1
        self.recent_ms = max(self.recent_ms, took)
        self.worst_ms = max(self.worst_ms, took)

    def slowest(self):
        recent, self.recent_ms = self.recent_ms, 0
        return recent

    def rotate(self, n):
        self.log.rotate(copytruncate=n % 2 == 0)
        self.rotations += 1

    def hang_up(self, n):
        os.kill(self.daemon.process.pid, signal.SIGHUP)
        self.reloads += 1

    def kill_helper(self, n):
        helper = roles(self.daemon).get("helper")
        if helper is None:
            return  # without root there is none
        os.kill(helper, signal.SIGKILL)
        self.kills += 1
        self.expect("no new helper", lambda: roles(self.daemon).get("helper") not in (None, helper))

    @contextlib.contextmanager
    def trouble(self):
        end, self.asker = threading.Event(), Asker(self.daemon.policy_port)
        threads = [every(seconds, end, action) for seconds, action in (
            (10, self.commands), (0.02, self.probe), (120, self.rotate), (60, self.hang_up), (310, self.kill_helper))]
        try:
            yield
        finally:
            end.set()
            for thread in threads:
                thread.join()
            self.asker.close()


def loads(bed, daemon, echo_port, seconds):
    """The programs that make the load: {name: process}. polecho is asked beside: what it suffers is the machine's."""
    def polbench(port, rate):
        return [bed.folder / "polbench", "-a", f"127.0.0.1:{port}", "-c", CONNECTIONS, "-d", seconds, "-r", rate, "-s",
                "message", "-u", ACCOUNTS]
    return {name: subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
            for name, command in (("policy", polbench(daemon.policy_port, RATE)),
                                  ("polecho", polbench(echo_port, RATE)), ("auth", asked(bed, daemon, seconds, PAIRS)))}


def outcome(processes, soak, seconds):
    """What each load program measured; {} of one that failed."""
    found = {}
    for name, process in processes.items():
        out, error = process.communicate(timeout=seconds + 120)
        if process.returncode != 0:
            soak.wrong.append(f"{name}: {error.strip()}")
        found[name] = json.loads(out) if process.returncode == 0 else {}
    return found


def judged(soak, sampler, found, before, after, log):
    """The figures of the end."""
    learnt = sampler.growth("learnt_kib") * LEARNT + sampler.growth("sent_kib")
    learnt += 3600 * soak.locks / sampler.samples[-1]["seconds"] * INCIDENT_KIB
    yield Figure("memory", "growth of the worker in an hour", sampler.percent(sampler.growth("pss_kib")), "%", None,
                 f"{sampler.percent(learnt):.1f} % are what it learns")
    yield Figure("memory", "the same without what it learns", sampler.percent(sampler.growth("pss_kib") - learnt), "%",
                 ("<", 1), "as the last two thirds of the samples have it")
    for column in ("fds", "threads"):
        yield Figure("memory", f"{column}, at most more than at the middle", max(
            s[column] for s in sampler.samples) - sorted(s[column] for s in sampler.samples)[
                len(sampler.samples) // 2], "", ("<=", 8 if column == "fds" else 1))
    policy_run = found["policy"]
    requests = policy_run.get("requests", 0)
    # Three requests are a message; of each connection the last one may be unfinished.
    most, least = requests // 3, (requests - 2 * CONNECTIONS) / 3
    counted = after["last_hour"]["messages"] - before["last_hour"]["messages"] - log.messages
    yield Figure("lost", f"messages counted, of {most:,} asked about and {log.messages:,} in the log",
                 float(most - counted), "too few", ("<=", float(most - int(least))))
    yield Figure("lost", "messages counted twice", float(max(0, counted - most)), "", ("<=", 0))
    yield Figure("lost", "policy requests without an answer", 0.0 if policy_run else float("nan"), "", ("<=", 0),
                 f"{requests:,} answered: {policy_run.get('actions')}")
    yield Figure("lost", f"locks and unlocks in the journal, of {soak.locks}",
                 float(sum(e["what"] == "lock" and "soak" in str(e) for e in soak.journal)), "", (">=", soak.locks))
    yield Figure("lost", "lives of the worker", float(len(sampler.workers)), "", ("<=", 1))
    stalls = found["polecho"].get("max_us", 0) / 1000
    yield Figure("answers", f"slowest of {requests:,}", policy_run.get("max_us", 0) / 1000, "ms",
                 ("<=", SLOW_MS) if stalls <= SLOW_MS else None,
                 f"p99.9 {policy_run.get('p999_us', 0) / 1000:.1f} ms; polecho's slowest {stalls:.1f} ms"
                 + ("" if stalls <= SLOW_MS else ": the machine itself stalls, no verdict"))
    yield Figure("answers", "pairs of allow and report", found["auth"].get("pairs_per_s"), "/s", (">=", 0.98 * PAIRS))
    yield Figure("trouble", "went wrong", float(len(soak.wrong)), "", ("<=", 0), "; ".join(soak.wrong[:5]))


def run(bed, minutes):
    """(figures, sampler)"""
    seconds, log_path = minutes * 60, bed.folder / "mail.log"
    log_path.touch()
    deny = bed.folder / "deny"
    deny.touch()
    policy.build_tools(bed.folder)
    with bed.running(logs=[log_path], dovecot_deny_file=deny) as daemon, \
            policy.running([bed.folder / "polecho", "{address}"]) as (echo_port, _):
        log = LogWriter(log_path, LOG_LINES)
        soak = Soak(bed, daemon, log, deny)
        before = daemon.ask("status")
        with Sampler(daemon, SAMPLE_S, soak.slowest) as sampler:
            with log, soak.trouble():
                found = outcome(loads(bed, daemon, echo_port, seconds), soak, seconds)
            time.sleep(SETTLE_S)  # the end of the log is read
            after = daemon.ask("status")
        soak.journal = daemon.ask("journal", limit=100000)["entries"]
        result = list(judged(soak, sampler, found, before, after, log))
    result.append(Figure("trouble", "reloads, rotations, helpers killed", None, "", None,
                         f"{soak.reloads}, {soak.rotations}, {soak.kills}"))
    return result, sampler


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30, help="55 at most: what is counted is the last hour's")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="folder with the program (build)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and samples there")
    chosen = parser.parse_args()
    if not 0 < chosen.minutes <= 55:
        parser.error("--minutes: more than 0, 55 at most")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    with tempfile.TemporaryDirectory(prefix="mailfuse-soak.") as folder:
        found, sampler = run(Bed(chosen.build, folder, ACCOUNTS), chosen.minutes)
    print(f"{sampler.table()}\n\n{figures.table(found)}\n\nload of the machine at the end: {os.getloadavg()[0]:.1f}"
          f" on {os.cpu_count()} cores")
    if chosen.json:
        chosen.json.write_text(json.dumps({"figures": json.loads(figures.as_json(found)), "samples": sampler.samples}))
    sys.exit(1 if figures.missed(found) else 0)


main()
