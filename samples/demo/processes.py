"""Processes that are ours, named by pid and start time, so that nobody else's is ever stopped."""
import os
import signal
import time
from pathlib import Path


def born(pid):
    """The start time of a process in clock ticks, or None when it is gone or only a zombie is left."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def name(pid):
    """What has to be kept to find the same process again."""
    return {"pid": pid, "born": born(pid)}


def alive(process):
    return process["born"] is not None and born(process["pid"]) == process["born"]


def wait_until(condition, seconds, what):
    """Ask until it is true; the asking costs little, the pause is short. `what`: text, or what gives it at the end."""
    end = time.monotonic() + seconds
    while not (got := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"gave up after {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)
    return got


def stop(process, seconds=10, sig=signal.SIGTERM):
    """Ask it to end, and make it when it does not."""
    for request in (sig, signal.SIGKILL):
        if alive(process):
            try:
                os.kill(process["pid"], request)
            except ProcessLookupError:
                return
            try:
                wait_until(lambda: not alive(process), seconds, f"end of {process['pid']}")
            except TimeoutError:
                continue


def of_directory(directory):
    """pids of all processes that work in this directory or were started with a name below it."""
    directory, found = str(directory), []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid() or born(entry.name) is None:
            continue
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            cwd = os.readlink(entry / "cwd")
        except OSError:
            continue
        if f"{directory}/" in command or cwd == directory or cwd.startswith(f"{directory}/"):
            found.append(int(entry.name))
    return found


def family(pid):
    """This process and all that came from it, as long as their parents live."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def listening(port):
    """Whether something listens on this TCP port of loopback; read from /proc, so that no server notices."""
    wanted = f":{port:04X} 00000000:0000 0A "
    return wanted in Path("/proc/net/tcp").read_text()
