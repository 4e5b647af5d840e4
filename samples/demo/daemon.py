"""`mailfuse run` in the foreground with settings and state of its own, and the commands that talk to it."""
import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import processes

UNPRIVILEGED = "nobody"  # for the worker: this machine need not have a user of mailfuse's own


def value_text(value):
    """A value as mailfuse.conf wants it."""
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(value_text(one) for one in value) + "}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Daemon:
    """Owns `directory`: settings, state, socket, output. `settings` are keys of mailfuse.conf(5) with
    underscores; `more` is text for the end of the file, such as sections."""

    def __init__(self, program, directory, settings, more=""):
        self.program, self.dir, self.more = Path(program).resolve(), Path(directory), more
        self.settings = {"mode": "enforce", "user": UNPRIVILEGED, "state_directory": self.dir / "state",
                         "control_socket": self.dir / "control", **settings}
        self.process, self.env = None, None  # env: another environment than ours

    @property
    def config(self):
        return self.dir / "mailfuse.conf"

    @property
    def output(self):
        return self.dir / "mailfuse.out"

    def prepare(self):
        """Directories and the settings; again after a change of `settings`."""
        self.dir.mkdir(mode=0o755, exist_ok=True)
        state = Path(self.settings["state_directory"])
        state.mkdir(mode=0o755, exist_ok=True)
        shutil.chown(state, UNPRIVILEGED)
        self.config.write_text("".join(f"{key.replace('_', '-')} = {value_text(value)}\n"
                                       for key, value in self.settings.items()) + self.more)

    def learn(self, *logs):
        """What is usual, from old logs, before the first start."""
        return subprocess.run([self.program, "import", "-c", self.config, *logs], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=True).stdout

    def start(self, seconds=20):
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen([self.program, "run", "-c", self.config],
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            start_new_session=True, env=self.env)
        processes.wait_until(self.ready, seconds, f"mailfuse is not ready: {self.words()}")
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"mailfuse ended with status {self.process.returncode}: {self.words()}")
        return Path(self.settings["control_socket"]).exists() and self.run("status").returncode == 0

    def words(self):
        """What it said, on its standard output and error."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def pids(self):
        """The supervisor and its children."""
        return processes.family(self.process.pid)

    def run(self, *words, stdin=subprocess.DEVNULL, **options):
        return subprocess.run([self.program, *map(str, words), "-c", str(self.config)], stdin=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, **options)

    def ctl(self, *words):
        """The reply to a command, from JSON; RuntimeError with its words when it is refused."""
        done = self.run(*words, "--json")
        if done.returncode != 0:
            raise RuntimeError(f"mailfuse {' '.join(map(str, words))}: status {done.returncode}:"
                               f" {done.stdout.strip()} {done.stderr.strip()}")
        return json.loads(done.stdout)

    def ask(self, command, **members):
        """The same without a program in between: one request to the control socket (docs/control.md)."""
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(30)
            one.connect(str(self.settings["control_socket"]))
            one.sendall(json.dumps({"command": command, **members}).encode() + b"\n")
            reply = json.loads(one.makefile().readline())
        if not reply.get("ok"):
            raise RuntimeError(f"{command} {members}: {reply.get('error')}")
        return reply

    def stop(self, seconds=20):
        """Ends it as an administrator would; the status it ended with, None when it was not there."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        status, self.process = self.process.returncode, None
        return status

    def kill(self):
        """All of it at once, as a power failure would."""
        family = [processes.name(pid) for pid in self.pids()]
        for one in family:
            try:
                os.kill(one["pid"], signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(20)
        processes.wait_until(lambda: not any(map(processes.alive, family)), 20, "death of all processes")
