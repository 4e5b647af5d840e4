#!/usr/bin/python3
"""run.py [PART...] - measure `mailfuse run` with a million accounts.

Parts: start policy snapshot auth lock steady others; without any, all but the last two, which take long
or install packages. Each figure is printed beside what we hold ourselves to; --json writes them for
programs. See README.md. Ends with status 1 when something was missed."""
import argparse
import importlib
import os
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from live import figures  # noqa: E402
from live.bed import Bed  # noqa: E402

PARTS = {"start": ("start", "measure"), "policy": ("answers", "measure"), "snapshot": ("answers", "snapshots"),
         "auth": ("logins", "measure"), "lock": ("lock", "measure"), "steady": ("answers", "steady"),
         "others": ("others", "measure")}
ON_REQUEST = ("steady", "others")


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="folder with the program (build)")
    parser.add_argument("--accounts", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each run of a round")
    parser.add_argument("--windows", type=int, default=60, help="seconds of the part snapshot")
    parser.add_argument("--minutes", type=int, default=10, help="of the part steady, for each of the two servers")
    parser.add_argument("--long", action="store_true", help="the part steady, too")
    parser.add_argument("--others", action="store_true", help="the part others, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    found = parser.parse_args()
    for part in found.parts:
        if part not in PARTS:
            parser.error(f"no part {part}: {' '.join(PARTS)}")
    if not found.parts:
        found.parts = [part for part in PARTS if part not in ON_REQUEST]
    found.parts += ["steady"] * (found.long and "steady" not in found.parts)
    found.parts += ["others"] * (found.others and "others" not in found.parts)
    return found


def main():
    chosen, found = options(), []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    with tempfile.TemporaryDirectory(prefix="mailfuse-bench.") as folder:
        bed = Bed(chosen.build, folder, chosen.accounts)
        for part in chosen.parts:
            module, function = PARTS[part]
            for figure in getattr(importlib.import_module(f"live.{module}"), function)(bed, chosen):
                found.append(figure)
                print("  ".join(cell for cell in figure.row() if cell), flush=True)
    print(f"\n{figures.table(found)}\n\nload of the machine at the end: {os.getloadavg()[0]:.1f}"
          f" on {os.cpu_count()} cores")
    if chosen.json:
        chosen.json.write_text(figures.as_json(found) + "\n")
    sys.exit(1 if figures.missed(found) else 0)


main()
