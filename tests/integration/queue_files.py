"""A queue of Postfix, made up: its files as Postfix writes them, and the programs that mailfuse asks about it."""
import os
import pwd
import time


def record(kind, text):
    data, n, head = text.encode(), len(text.encode()), kind.encode()
    while True:
        head += bytes([(n & 0x7f) | (0x80 if n > 0x7f else 0)])
        n >>= 7
        if not n:
            return head + data


def message(arrival, login, sender, rcpts, client="192.0.2.7", size=1000):
    parts = [record("T", f"{int(arrival)} 0")]
    if login:
        parts.append(record("A", f"sasl_username={login}"))
    parts += [record("S", sender), record("A", "log_client_name=unknown"), record("A", f"log_client_address={client}")]
    parts += [record("R", rcpt) for rcpt in rcpts]
    head, content = b"".join(parts) + record("M", ""), record("N", "x" * (size - 3))
    assert len(content) == size  # from 131 to 16387 bytes
    numbers = (size, len(record("C", " " * 95)) + len(head), len(rcpts), 0, size, 0)
    return record("C", " ".join(f"{n:15d}" for n in numbers)) + head + content + record("X", "") + record("E", "")


class Queue:
    """A queue directory with postconf beside it, for postfix-command-directory."""

    def __init__(self, folder):
        self.directory, self.programs = folder / "spool", folder / "sbin"
        self.directory.mkdir()
        self.programs.mkdir()
        self.owner = pwd.getpwnam("postfix")
        for name in ("incoming", "active", "deferred", "hold"):
            (self.directory / name).mkdir()
            os.chown(self.directory / name, self.owner.pw_uid, self.owner.pw_gid)
        self.program("postconf", f'for last; do :; done\ncase $last in\n'
                                 f'queue_directory) echo "{self.directory}" ;;\nmail_owner) echo postfix ;;\nesac\n')
        for name in ("postsuper", "postqueue", "postmap"):
            self.program(name, "exit 0\n")
        self.n = 0

    def program(self, name, text):
        (self.programs / name).write_text("#!/bin/sh\n" + text)
        (self.programs / name).chmod(0o755)

    def add(self, queue, login, rcpts, age_s=0, **more):
        """One file: its path. Deferred ones lie in hashed directories, as Postfix has it."""
        self.n += 1
        name = f"{0xA0000 + self.n * 7919:X}{self.n:05X}"
        folder = self.directory / queue
        if queue == "deferred":
            folder /= name[0]
            if not folder.exists():
                folder.mkdir()
                os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        path = folder / name
        path.write_bytes(message(time.time() - age_s, login, login or "local@example.test", rcpts, **more))
        os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        path.chmod(0o700)
        return path
