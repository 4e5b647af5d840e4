#!/usr/bin/python3
"""policy.py [--rounds 5] [--server CMD | --port PORT] - measure a policy server against polecho.

The server and polecho (which frames requests, answers DUNNO and does nothing else) are asked in turn
by polbench: as fast as they answer, and at a fixed rate. What is compared is their ratio within a
round, since on a small or shared machine absolute figures vary by a third from one minute to the
next; quoted is the median of the rounds.

CMD is started with {address} replaced by HOST:PORT, {port} by the port; without one it is
build/bench_policy_door: our door with nothing behind it. --port measures what runs already, with
--pid its memory and processor time, too.
"""
import argparse
import contextlib
import json
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "bench"
START_S = 60  # a server may have a million accounts to load

# (loop, key of polbench): the name of that figure
FIGURES = {
    ("closed", "rps"): "requests/s",
    ("closed", "server_cpu_us_per_request"): "CPU us a request",
    ("closed", "p99_us"): "p99 us",
    ("open", "p99_us"): "p99 us",
    ("open", "p999_us"): "p99.9 us",
    ("open", "server_cpu_us_per_request"): "CPU us a request",
}


def build_tools(folder):
    if not (SHARED / "polbench.c").exists():
        sys.exit(f"no {SHARED / 'polbench.c'}: the load generator is missing")
    for name, sources in {"polbench": ["polbench.c", "usage.c"], "polecho": ["polecho.c"]}.items():
        subprocess.run(["gcc", "-std=c17", "-O2", "-o", folder / name,
                        *(SHARED / source for source in sources), "-lm"], check=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"{process.args[0]} ended with status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    sys.exit(f"{process.args[0]} does not listen on port {port}")


@contextlib.contextmanager
def running(command):
    """(port, pids) of a server that was started, and that is ended afterwards."""
    port = free_port()
    words = [str(word).format(address=f"127.0.0.1:{port}", port=port) for word in command]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port, [process.pid]
    finally:
        process.terminate()
        process.wait()


def polbench(folder, server, options):
    port, pids = server
    command = [folder / "polbench", "-a", f"127.0.0.1:{port}", *map(str, options)]
    for pid in pids:
        command += ["-p", str(pid)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"polbench: {run.stderr.strip()}")
    return json.loads(run.stdout)


def load(arguments):
    common = ["-c", arguments.connections, "-u", arguments.users, "-z", arguments.zipf,
              "-s", arguments.stage, "-m", arguments.rcpts]
    timed = ["-d", arguments.seconds, "-w", 0.3]
    return {
        "fill": ["-c", arguments.connections, "-u", arguments.users, "--walk",
                 "-n", arguments.users],
        "closed": [*common, *timed],
        "open": [*common, *timed, "-r", arguments.rate],
    }


def measure(folder, servers, arguments):
    """One {(server, loop): polbench's figures} a round."""
    loads = load(arguments)
    if arguments.fill:
        polbench(folder, servers["server"], loads["fill"])
    rounds = []
    for number in range(arguments.rounds):
        order = list(servers) if number % 2 == 0 else list(reversed(servers))
        rounds.append({(name, loop): polbench(folder, servers[name],
                                              [*loads[loop], "--seed", number + 1])
                       for loop in ("closed", "open") for name in order})
    return rounds


def summary(rounds):
    """[{loop, figure, server, polecho, ratio}], all medians."""
    rows = []
    for (loop, key), name in FIGURES.items():
        of = {who: [r[who, loop][key] for r in rounds] for who in ("server", "polecho")}
        pairs = [(a, b) for a, b in zip(of["server"], of["polecho"]) if a > 0 and b > 0]
        rows.append({"loop": loop, "figure": name,
                     "server": statistics.median(of["server"]),
                     "polecho": statistics.median(of["polecho"]),
                     "ratio": statistics.median(a / b for a, b in pairs) if pairs else None})
    return rows


def show(rows, rounds, arguments):
    print(f"{arguments.rounds} rounds of {arguments.seconds} s, {arguments.connections} connections,"
          f" {arguments.users} accounts; open loop at {arguments.rate}/s\n")
    print(f"{'loop':<8} {'figure':<18} {'server':>10} {'polecho':>10} {'ratio':>7}")
    for row in rows:
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
        print(f"{row['loop']:<8} {row['figure']:<18} {row['server']:>10.1f} {row['polecho']:>10.1f}"
              f" {ratio:>7}")
    last = rounds[-1]["server", "open"]
    worst = max(r["server", "open"]["max_us"] for r in rounds)
    print(f"\nserver: {last['server_rss_kb']} KiB resident in {last['server_processes']} processes;"
          f" slowest answer in the open loop {worst / 1000:.1f} ms; actions {last['actions']}")


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--server", help="command that starts it, with {address} or {port}")
    which.add_argument("--port", type=int, help="of a server that runs already")
    parser.add_argument("--pid", type=int, action="append", default=[],
                        help="its process; descendants count too; may be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each of the four runs a round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=int, default=20000, help="requests/s of the open loop")
    parser.add_argument("--users", type=int, default=1000, help="accounts that ask")
    parser.add_argument("--zipf", type=float, default=0, help="exponent; 0: all alike")
    parser.add_argument("--fill", action="store_true",
                        help="let each account ask once before the first round")
    parser.add_argument("--stage", choices=("rcpt", "data", "eom", "message"), default="rcpt")
    parser.add_argument("--rcpts", type=int, default=1, help="recipients of a message")
    parser.add_argument("--json", action="store_true", help="all rounds, for programs")
    return parser.parse_args()


def main():
    arguments = options()
    door = ROOT / "build" / "bench_policy_door"
    command = shlex.split(arguments.server) if arguments.server else [door, "{address}"]
    if not arguments.port and not arguments.server and not door.exists():
        sys.exit(f"no {door}: run ninja -C build bench_policy_door")
    with tempfile.TemporaryDirectory(prefix="mailfuse-bench.") as name, \
            contextlib.ExitStack() as stack:
        folder = Path(name)
        build_tools(folder)
        server = (arguments.port, arguments.pid) if arguments.port else \
            stack.enter_context(running(command))
        echo = stack.enter_context(running([folder / "polecho", "{address}"]))
        rounds = measure(folder, {"server": server, "polecho": echo}, arguments)
    rows = summary(rounds)
    if arguments.json:
        print(json.dumps({"medians": rows,
                          "rounds": [{who: {loop: r[who, loop] for loop in ("closed", "open")}
                                      for who in ("server", "polecho")} for r in rounds]}))
    else:
        show(rows, rounds, arguments)


if __name__ == "__main__":
    main()
