"""Supervisor, worker and courier for tests: src/cli/courier_drive.c, whose worker sends the letters that it
reads from its input."""
import json
import os
import select
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

USER = "nobody"  # stands for the user mailfuse


@pytest.fixture(scope="session")
def programs(mailfuse):
    driver, courier = mailfuse.parent / "src" / "cli" / "courier_drive", mailfuse.parent / "mailfuse-courier"
    assert driver.exists() and courier.exists(), f"{mailfuse.parent}: build with -Dtests=enabled"
    return driver, courier


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="mailfuse-courier-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Drive:
    """Supervisor, worker and courier; what was answered so far."""

    def __init__(self, programs, folder, idle_ms=60000, commands=()):
        self.log = (folder / "drive.log").open("w+")
        self.process = subprocess.Popen([*programs, USER, str(idle_ms), *commands],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, bufsize=0)
        self.rest, self.sent = b"", 0
        self.worker = self.line()["worker"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.write(b"\n")
        except BrokenPipeError:
            pass
        self.process.stdin.close()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.log.close()

    def line(self, limit=50):
        deadline = time.monotonic() + limit
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], "no answer"
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, f"it ended: {Path(self.log.name).read_text()}"
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def send(self, **letter):
        self.process.stdin.write(json.dumps(letter).encode() + b"\n")
        self.sent += 1
        return self.sent

    def answer(self, **letter):
        number = self.send(**letter)
        answer = self.line()
        assert answer["id"] == number
        return answer

    def answers(self, n):
        """The next ones, by their numbers."""
        found = [self.line() for _ in range(n)]
        return {answer["id"]: answer for answer in found}

    def couriers(self):
        """Process ids of the courier, not of its deliveries."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cmdline").read_bytes().startswith(b"mailfuse-courier\0"):
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    if parent == self.process.pid:
                        found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found


def secret(folder, text, name="secret"):
    """A file that the courier can read."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o644)
    return str(path)


def wait(what, message):
    for _ in range(300):
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(message)
