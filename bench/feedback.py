#!/usr/bin/python3
"""feedback.py [--reports 1000] - how long `mailfuse feedback` takes for many complaints: as a pipe transport, one process
each, one after the other; and from a Maildir, by one process.

Starts `mailfuse run` with a log of forty messages that the complaints are about. The aim: 1,000 within 10 seconds."""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "integration")]

from test_feedback import ALICE, BOB, OWN, FeedbackDaemon, make_maildir, report, write_log  # noqa: E402

AIM_S = 10


def reports_of(daemon, name, count):
    for n in range(count):
        queue_id, message_id, to = daemon.messages[ALICE if n % 2 else BOB][n % 20]
        yield report(queue_id, message_id, recipient=to, note=f"{name} {n}").encode()


def by_processes(daemon, count):
    for text in reports_of(daemon, "pipe", count):
        subprocess.run([daemon.mailfuse, "feedback", "-c", daemon.conf], input=text, stdout=subprocess.DEVNULL, check=True)


def by_nothing(_, count):
    """What starting so many processes costs in itself."""
    for _ in range(count):
        subprocess.run(["/bin/true"], input=b"", stdout=subprocess.DEVNULL, check=True)


def by_maildir(daemon, count):
    maildir = make_maildir(daemon.folder / "fbl")
    for n, text in enumerate(reports_of(daemon, "maildir", count)):
        (maildir / "new" / f"{n}.x.mail").write_bytes(text)
    subprocess.run([daemon.mailfuse, "feedback", "-c", daemon.conf, maildir], stdout=subprocess.DEVNULL, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--reports", type=int, default=1000)
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="folder with the program (build)")
    chosen = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory(prefix="mailfuse-bench.") as name:
        os.chmod(name, 0o755)
        daemon = FeedbackDaemon(chosen.build / "mailfuse", Path(name))
        try:
            daemon.wait_for(lambda reply: reply["ok"], "status")
            with open(daemon.conf, "a") as conf:
                conf.write(f'own-addresses = {{ "{OWN}" }}\n')
            assert daemon.run("reload").returncode == 0
            write_log(daemon)
            daemon.wait_for(lambda reply: reply["last_hour"]["messages"] == 40, "status")
            for words, way in (("a process each", by_processes), ("/bin/true instead", by_nothing),
                               ("one Maildir", by_maildir)):
                begin = time.monotonic()
                way(daemon, chosen.reports)
                took = time.monotonic() - begin
                good = good and took <= AIM_S * chosen.reports / 1000
                print(f"{chosen.reports} reports, {words}: {took:.2f} s", flush=True)
        finally:
            daemon.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
