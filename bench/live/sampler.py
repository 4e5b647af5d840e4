"""What a running daemon takes, every few seconds."""
import contextlib
import os
import sqlite3
import statistics
import threading
import time
from pathlib import Path

from live.bed import memory_kib, roles

COLUMNS = ("seconds", "rss_kib", "pss_kib", "helper_pss_kib", "fds", "threads", "pictures", "learnt_kib", "sent_kib", "pictures_wal_kib",
           "state_db_kib", "state_wal_kib", "slowest_ms")

PACKED = 0x80  # the first byte of a packed picture, and how many bytes lack to a whole word


def size_kib(path):
    try:
        return path.stat().st_size // 1024
    except FileNotFoundError:
        return 0


def plain_size(picture):
    """Bytes of a picture before it was packed: src/run/pictures.c, src/base/pack.h."""
    at, size = 1, PACKED - picture[0]
    while at < len(picture):
        tag, more = picture[at], 0
        if tag == 0:
            more, at = picture[at + 1], at + 2
        elif tag == 0xff:
            more = picture[at + 9]
            at += 10 + 8 * more
        else:
            at += 1 + tag.bit_count()
        size += 8 * (more + 1)
    return size


def learnt(state):
    """(pictures on the disk, their KiB before they were packed, as every tenth of them has it, KiB of the names of mail
    by which a complaint is found); zeros before the first of them."""
    place = f"file:{state / 'pictures.db'}?mode=ro"
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(place, uri=True)) as db:
        count, = db.execute("SELECT count(*) FROM pictures").fetchone()
        tenth = [plain_size(value) for value, in db.execute("SELECT value FROM pictures WHERE id % 10 = 7")]
        size = count * statistics.mean(tenth) if tenth else 0
        sent, = db.execute("SELECT coalesce(sum(length(value)), 0) FROM items WHERE CAST(key AS TEXT) LIKE 'sent-%'").fetchone()
        return count, int(size) // 1024, sent // 1024
    return 0, 0, 0


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
        while True:
            with contextlib.suppress(OSError):  # a process that ends while it is looked at
                self.take()
            if self._end.wait(self.every_s):
                return

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
            len(os.listdir(f"/proc/{worker}/task")), *learnt(state), *(size_kib(state / name) for name in (
                "pictures.db-wal", "state.db", "state.db-wal")), round(self.slowest(), 1)))))

    def growth(self, column):
        """In an hour, as the last two thirds of the samples have it."""
        last = self.samples[len(self.samples) // 3:]
        if len(last) < 3:
            return 0
        return 3600 * statistics.linear_regression([s["seconds"] for s in last], [s[column] for s in last]).slope

    def percent(self, growth_kib):
        """Of the worker's memory."""
        return 100 * growth_kib / statistics.mean(s["pss_kib"] for s in self.samples)

    def table(self, rows=20):
        shown = self.samples[::max(1, len(self.samples) // rows)]
        widths = [max(len(c), *(len(str(s[c])) for s in shown)) for c in COLUMNS]
        lines = ["  ".join(c.rjust(w) for c, w in zip(COLUMNS, widths))]
        lines += ["  ".join(str(s[c]).rjust(w) for c, w in zip(COLUMNS, widths)) for s in shown]
        return "\n".join(lines)
