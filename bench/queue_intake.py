#!/usr/bin/python3
"""queue_intake.py [--files 20000] [--rounds 8] - whether reading the queue disturbs Postfix: how fast a real Postfix takes mail
while mailfuse's helper reads its queue, and while nobody does.

The queue has so many files, half of them on hold and half deferred for a day. Rounds take turns: nobody reads, the helper reads
once, the helper reads again and again without a pause. Each is one run of smtp-source(1) with eight connections. What Postfix
takes it discards, so that taking it is all that is measured. A running mailfuse reads once a minute, and for at most 2 % of the
time: a round is ten times as hard, or fifty. Needs root and the servers of ../shared/testbed. The aim: read once, in the
median at least 95 % of the messages a second."""
import argparse
import os
import pwd
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "integration")]

import live_bed  # noqa: E402
import processes  # noqa: E402
from queue_files import message  # noqa: E402

AIM, CONNECTIONS, SIZE = 0.95, 8, 4000
NOBODY, ONCE, ALWAYS = "nobody reads", "read once", "read without a pause"
SETTINGS = "mynetworks = 127.0.0.0/8\\ndefault_transport = discard\\nin_flow_delay = 0\\nsmtpd_client_connection_count_limit = 0"


def fill(spool, files):
    """Files that Postfix lets alone: on hold, or deferred until tomorrow."""
    owner, tomorrow = pwd.getpwnam("postfix"), time.time() + 86400
    for n in range(files):
        name = f"{0xA0000 + n * 7919 % 0xFFFFF:05X}{n:05X}"
        folder = spool / "hold" if n % 2 else spool / "deferred" / name[0]
        if not folder.exists():
            folder.mkdir()
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        path = folder / name
        path.write_bytes(message(time.time() - n % 90000, f"user{n % 500}@example.test", "a@example.test",
                                 [f"x{n}@d{n % 3000}.example"], size=SIZE))
        os.chown(path, owner.pw_uid, owner.pw_gid)
        path.chmod(0o700)
        os.utime(path, (tomorrow, tomorrow))


class Reader(threading.Thread):
    """The helper of mailfuse, which lists the queue, once or until it is stopped: `seconds` of each time."""

    def __init__(self, program, spool, once):
        super().__init__(daemon=True)
        self.over, self.seconds, self.once = threading.Event(), [], once
        self.driver = subprocess.Popen([program, f"queue={spool}", "owner=postfix"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
        self.answers = subprocess.Popen(["grep", "--line-buffered", "-a", "-v", "^row"], stdin=self.driver.stdout,
                                        stdout=subprocess.PIPE, text=True)
        while not self.answers.stdout.readline().startswith("worker"):
            pass

    def run(self):
        while not self.over.is_set():
            begin = time.monotonic()
            self.driver.stdin.write(b"list\n")
            self.driver.stdin.flush()
            line = self.answers.stdout.readline()
            while line and "list" not in line:
                line = self.answers.stdout.readline()
            if not line:
                return
            self.seconds.append(time.monotonic() - begin)
            if self.once:
                return

    def stop(self):
        self.over.set()
        self.join()
        self.driver.stdin.close()
        self.driver.wait(20)
        self.driver.stdout.close()
        self.answers.wait(20)


def take(port, messages):
    """Messages a second."""
    begin = time.monotonic()
    subprocess.run(["/usr/sbin/smtp-source", "-s", str(CONNECTIONS), "-m", str(messages), "-l", str(SIZE), "-f",
                    "alice@example.test", "-t", "x@d1.test", f"127.0.0.1:{port}"], check=True, timeout=120)
    return messages / (time.monotonic() - begin)


def settle(spool):
    def empty():
        return not any(files for name in ("incoming", "active") for _, _, files in os.walk(spool / name))
    processes.wait_until(empty, 60, "mail that is being discarded")


def rounds(program, spool, port, chosen):
    """[{how: messages a second}], and how long the looks took, {how: seconds}."""
    found, seconds = [], {ONCE: [], ALWAYS: []}
    take(port, chosen.messages)  # so that all processes run
    for number in range(chosen.rounds):
        ways = (NOBODY, ONCE, ALWAYS)
        found.append({})
        for way in ways if number % 2 else ways[::-1]:
            settle(spool)
            reader = None if way == NOBODY else Reader(program, spool, way == ONCE)
            if reader:
                reader.start()
            found[-1][way] = take(port, chosen.messages)
            if reader:
                reader.stop()
                seconds[way] += reader.seconds
        print(", ".join(f"{way}: {found[-1][way]:.0f}" for way in ways), "messages/s", flush=True)
    return found, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--messages", type=int, default=3000, help="in each round")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="folder with the program (build)")
    chosen = parser.parse_args()
    subprocess.run(["ninja", "-C", chosen.build, "src/act/helper_drive"], check=True, stdout=subprocess.DEVNULL)
    with live_bed.servers(MAIN_CF=SETTINGS) as bed:
        spool, port = bed / "queue", live_bed.tools().load(bed)["MX_PORT"]
        fill(spool, chosen.files)
        found, seconds = rounds(chosen.build / "src" / "act" / "helper_drive", spool, port, chosen)
    ratio = {way: statistics.median(one[way] / one[NOBODY] for one in found) for way in (ONCE, ALWAYS)}
    print(f"{chosen.files} files; {NOBODY}: {statistics.median(one[NOBODY] for one in found):.0f} messages/s in the median")
    for way in (ONCE, ALWAYS):
        print(f"{way}: {ratio[way]:.3f} of that; {len(seconds[way])} looks of {statistics.median(seconds[way]):.2f} s"
              + (f" (aim: {AIM})" if way == ONCE else ""))
    return 0 if ratio[ONCE] >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
