"""What a running daemon takes, every few seconds."""
import os
import statistics
import threading
import time
from pathlib import Path

from live.bed import memory_kib, roles

COLUMNS = ("seconds", "rss_kib", "pss_kib", "helper_pss_kib", "fds", "threads", "pictures_db_kib", "pictures_wal_kib",
           "state_db_kib", "state_wal_kib", "slowest_ms")


def size_kib(path):
    try:
        return path.stat().st_size // 1024
    except FileNotFoundError:
        return 0


class Sampler:
    """Samples of the worker, in a thread, until the end of the `with`; `slowest` is asked for the slowest answer since
    the last sample."""

    def __init__(self, daemon, every_s, slowest):
        self.daemon, self.every_s, self.slowest = daemon, every_s, slowest
        self.samples, self.workers = [], set()
        self._begin, self._end = time.monotonic(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _run(self):
        self.take()
        while not self._end.wait(self.every_s):
            self.take()

    def take(self):
        pids, state = roles(self.daemon), Path(self.daemon.settings["state_directory"])
        worker, helper = pids.get("worker"), pids.get("helper")
        memory = memory_kib(worker) if worker else None
        if memory is None:
            return  # between two lives
        self.workers.add(worker)
        self.samples.append(dict(zip(COLUMNS, (
            round(time.monotonic() - self._begin, 1), memory["Rss"], memory["Pss"],
            (memory_kib(helper) or {}).get("Pss", 0) if helper else 0, len(os.listdir(f"/proc/{worker}/fd")),
            len(os.listdir(f"/proc/{worker}/task")), *(size_kib(state / name) for name in (
                "pictures.db", "pictures.db-wal", "state.db", "state.db-wal")), round(self.slowest(), 1)))))

    def slope_percent(self, column):
        """Growth in an hour, in per cent, as the last two thirds of the samples have it; None without three."""
        last = self.samples[len(self.samples) // 3:]
        if len(last) < 3:
            return None
        line = statistics.linear_regression([s["seconds"] for s in last], [s[column] for s in last])
        return 100 * 3600 * line.slope / statistics.mean(s[column] for s in last)

    def grown(self, column):
        """By how much it grew in the last two thirds."""
        last = self.samples[len(self.samples) // 3:]
        return last[-1][column] - last[0][column] if last else 0

    def table(self, rows=20):
        shown = self.samples[::max(1, len(self.samples) // rows)]
        widths = [max(len(c), *(len(str(s[c])) for s in shown)) for c in COLUMNS]
        lines = ["  ".join(c.rjust(w) for c, w in zip(COLUMNS, widths))]
        lines += ["  ".join(str(s[c]).rjust(w) for c, w in zip(COLUMNS, widths)) for s in shown]
        return "\n".join(lines)
