#!/usr/bin/python3
"""postqueue.py [--messages 10000 100000] - what reading Postfix's queue costs, and whether answers to Postfix wait for it.

Makes a queue of so many files (nine of ten deferred), lets `mailfuse run` look at it, and asks the policy service at
a fixed rate meanwhile and then. Needs root and the user postfix. The aim: the 99th percentile meanwhile is at most
5 ms above the one of then."""
import argparse
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "integration")]

from queue_files import Queue  # noqa: E402
from test_queue import QueueDaemon  # noqa: E402

RATE, AIM_MS, IDLE_S = 200, 5, 10
REQUEST = (b"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.7\ninstance=1\n"
           b"sender=alice@example.test\nrecipient=bob@example.test\nsasl_username=alice@example.test\n\n")


def ask(port, is_over, more_s):
    """[(when, ms)] of requests at a fixed rate, until so long after it is over; a late answer delays those behind it,
    which counts."""
    found, due, check, until = [], time.time(), time.time(), None
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while until is None or time.time() < until:
            if until is None and time.time() >= check + 1:
                check = time.time()
                until = check + more_s if is_over() else None
                due = max(due, time.time())
            time.sleep(max(0, due - time.time()))
            begun = due if due < time.time() - 0.001 else time.time()
            connection.sendall(REQUEST)
            connection.recv(1000)
            found.append((begun, (time.time() - begun) * 1000))
            due += 1 / RATE
    return found


def percentile(times, p):
    return sorted(times)[min(len(times) - 1, int(len(times) * p / 100))]


def seconds_of(stamp):
    return time.mktime(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S"))


def measure(program, messages):
    with tempfile.TemporaryDirectory(prefix="mailfuse-bench.") as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        queue = Queue(folder)
        for n in range(messages):
            queue.add("deferred" if n % 10 else "active", f"user{n % 500}@example.test",
                      [f"x{n}@d{n * 7 % 3000}.example"], age_s=n % 90000)
        daemon = QueueDaemon(program, folder, queue)  # looks at the queue as soon as it runs
        try:
            port = int(daemon.conf.read_text().split('policy-listen = { "inet:127.0.0.1:')[1].split('"')[0])
            daemon.wait_for(lambda reply: reply["ok"], "status")
            times = ask(port, lambda: daemon.json("queue")["looked"], IDLE_S)
            looked = daemon.json("queue")
        finally:
            daemon.stop()
    assert looked["waiting"] == messages
    begin = seconds_of(looked["looked"])
    end = begin + 1 + looked["took_ms"] / 1000 + 0.5
    during = [ms for at, ms in times if begin <= at <= end]
    idle = [ms for at, ms in times if not begin <= at <= end]
    more = percentile(during, 99) - percentile(idle, 99)
    print(f"{messages} messages: read in {looked['took_ms']} ms; p99 of {len(during)} answers meanwhile "
          f"{percentile(during, 99):.2f} ms, most {max(during):.2f} ms; of {len(idle)} others "
          f"{percentile(idle, 99):.2f} ms, most {max(idle):.2f} ms: {more:+.2f} ms (aim: +{AIM_MS})", flush=True)
    return more <= AIM_MS


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--messages", type=int, nargs="+", default=[10000, 100000])
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="folder with the program (build)")
    chosen = parser.parse_args()
    return 0 if all([measure(chosen.build / "mailfuse", n) for n in chosen.messages]) else 1


if __name__ == "__main__":
    sys.exit(main())
