"""A mail log that grows as on a busy server, from the generator of ../shared/bench."""
import os
import re
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

from live.bed import SHARED

STEP_S = 0.01
SUBMISSION = re.compile(rb"smtpd\[\d+\]: [0-9A-Za-z]+: client=.*sasl_username=")


class LogWriter:
    """Appends `rate` lines a second to `path` until the end of the `with`. Each line has the time at which it is
    written; no queue id comes twice. `lines` were written, `messages` of them were submissions with a login."""

    def __init__(self, path, rate, users=20000):
        self.path, self.rate, self.users = Path(path), rate, users
        self.lines = self.messages = 0
        self._end, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._run)
        self._file = self._source = None

    def __enter__(self):
        generator = SHARED / "mkmaillog.py"
        if not generator.exists():
            sys.exit(f"no {generator}: there is nothing to write into a log")
        self._file = open(self.path, "ab")
        self._source = subprocess.Popen([sys.executable, generator, "1000G", "--rfc3339", "--long-ids", "--users",
                                         str(self.users), "--compromised", "0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        self._source.kill()
        self._source.wait()
        self._file.close()

    def _run(self):
        begin, done = time.monotonic(), 0
        while not self._end.wait(STEP_S):
            due = int((time.monotonic() - begin) * self.rate)
            self._append(due - done)
            done = due

    def _append(self, count):
        stamp = datetime.now(timezone.utc).isoformat(timespec="microseconds").encode()
        lines = [stamp + b" " + self._source.stdout.readline().split(b" ", 1)[1] for _ in range(count)]
        with self._lock:
            self._file.write(b"".join(lines))
            self._file.flush()
        self.lines += len(lines)
        self.messages += sum(SUBMISSION.search(line) is not None for line in lines)

    def rotate(self, copytruncate):
        """As logrotate does: by another name and a new file, or by a copy, when the old file is emptied."""
        old = self.path.with_name(self.path.name + ".1")
        with self._lock:
            if copytruncate:
                old.write_bytes(self.path.read_bytes())
                os.truncate(self.path, 0)
                return
            self.path.rename(old)
            self._file.close()
            self._file = open(self.path, "ab")
