"""A program at a terminal: a pseudo-terminal, and as much of a VT100 as mailfuse uses."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

LIMIT_S = 20


def _default_signals():
    """Who was started in the background of a shell ignores these two, and so would its children."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """Runs `command` at a terminal of `rows` x `columns`. `text` is all that it wrote, `screen` what can be
    seen now."""

    def __init__(self, command, rows=24, columns=80, **options):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.text, self.rest = "", ""
        self.row = self.column = 0
        self.alternate = self.cursor_hidden = False
        self.process = subprocess.Popen([str(word) for word in command], stdin=self.slave,
                                        stdout=self.slave, stderr=self.slave, start_new_session=True,
                                        preexec_fn=_default_signals, **options)

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def screen(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def signal(self, number):
        os.kill(self.process.pid, number)

    def read(self, wait_s):
        """Take what comes within the time; False when nothing did."""
        if not select.select([self.master], [], [], wait_s)[0]:
            return False
        data = os.read(self.master, 65536).decode("utf-8", "replace")
        self.text += data
        self.rest = self.show(self.rest + data)
        return True

    def wait_for(self, pattern, where="screen"):
        end = time.monotonic() + LIMIT_S
        while not re.search(pattern, getattr(self, where)):
            assert time.monotonic() < end, f"no {pattern!r} in\n{getattr(self, where)}"
            self.read(0.1)
        return getattr(self, where)

    def end(self):
        """The exit status, once it ended by itself; all output is taken."""
        end = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still runs:\n{self.screen}"
            self.read(0.05)
        while self.read(0):
            pass
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def show(self, data):
        """Put it on the screen; what is left is the front of a sequence."""
        at = 0
        while at < len(data):
            if data[at] == "\x1b":
                found = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])").match(data, at)
                if not found:
                    assert len(data) - at < 16, f"unknown sequence {data[at:at + 16]!r}"
                    return data[at:]
                self.control(*found.groups())
                at = found.end()
            else:
                self.put(data[at])
                at += 1
        return ""

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            if self.row == self.rows - 1:
                self.cells = self.cells[1:] + [[" "] * self.columns]
            self.row = min(self.row + 1, self.rows - 1)
        else:
            assert character >= " ", f"control character {character!r}"
            if self.column < self.columns:
                self.cells[self.row][self.column] = character
            self.column += 1

    def control(self, private, numbers, letter):
        n = [int(number or 0) for number in numbers.split(";")]
        if private:
            self.alternate = letter == "h" if n[0] == 1049 else self.alternate
            self.cursor_hidden = letter == "l" if n[0] == 25 else self.cursor_hidden
        elif letter == "H":
            self.row = min(max(n[0], 1), self.rows) - 1  # it may not know the size yet
            self.column = (max(n[1], 1) if len(n) > 1 else 1) - 1
        elif letter == "K":
            for column in range(self.column, self.columns):
                self.cells[self.row][column] = " "
        elif letter == "J":
            self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
            for row in range(0 if n[0] == 2 else self.row + 1, self.rows):
                self.cells[row] = [" "] * self.columns
        else:
            assert letter == "m", f"unknown sequence ending in {letter!r}"
