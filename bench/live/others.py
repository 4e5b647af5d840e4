"""Requests a second beside existing policy servers that Debian has: each with one limit by login, as installed."""
import contextlib
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import policy
from live.bed import UNPRIVILEGED
from live.figures import Figure

CONF = Path("/etc/policyd-rate-limit.yaml")
RULE = "id=LIMIT; sasl_username=~/./; action=rate(sasl_username/100000/3600/450 4.7.1 too many)"
GROUP = "nogroup"
TARGETS = {"postfwd1": 40, "policyd-rate-limit": 150}
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


def ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def stop(pid):
    """Some do not end before the next event comes: those are killed."""
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 5
    while not ended(pid):
        if time.monotonic() > end:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end + 5:
            sys.exit(f"process {pid} does not end")
        time.sleep(0.05)


@contextlib.contextmanager
def postfwd1(program, folder):
    """It puts itself into the background and says where it is."""
    port, place = policy.free_port(), folder / "postfwd.pid"
    subprocess.run([program, "--daemon", "--stdoutlog", "--user", UNPRIVILEGED, "--group", GROUP, "--interface",
                    "127.0.0.1", "--port", str(port), "--pidfile", place, "--rule", RULE], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
    end = time.monotonic() + 10
    while not place.exists() or not place.read_text().strip():
        if time.monotonic() > end:
            sys.exit(f"{program} does not start")
        time.sleep(0.05)
    pid = int(place.read_text())
    try:
        yield port, [pid]
    finally:
        stop(pid)


@contextlib.contextmanager
def policyd_rate_limit(program, folder):
    """Debian's settings, in another place."""
    own, port = folder / "policyd", policy.free_port()
    own.mkdir()
    shutil.chown(own, UNPRIVILEGED)
    text = Path(os.environ.get("POLICYD_RATE_LIMIT_CONF", CONF)).read_text()
    for pattern, new in ((r"^user:.*", f'user: "{UNPRIVILEGED}"'), (r"^group:.*", f'group: "{GROUP}"'),
                         (r"^pidfile:.*", f'pidfile: "{own}/pid"'), (r'database: "/.*', f'database: "{own}/db"'),
                         (r"^SOCKET:.*", f'SOCKET: ["127.0.0.1", {port}]')):
        text = re.sub(pattern, new, text, flags=re.MULTILINE)
    (own / "conf.yaml").write_text(text)  # the name says what is in it
    process = subprocess.Popen([program, "-f", own / "conf.yaml"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        yield port, [process.pid]
    finally:
        process.terminate()
        process.wait()


SERVERS = {"postfwd1": postfwd1, "policyd-rate-limit": policyd_rate_limit}


def rounds(bed, options, ours, server):
    def rps(where):
        return policy.polbench(bed.folder, where, ["-c", 16, "-d", options.seconds, "-w", 0.3, "-s", "rcpt", "-u",
                                                   bed.accounts])["rps"]
    return [(rps(ours), rps(server)) for _ in range(options.rounds)]


def listening(port):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def measure(bed, options):
    if os.geteuid() != 0:
        print("LEFT OUT: other policy servers: they are started as another user, which needs root", file=sys.stderr)
        return
    policy.build_tools(bed.folder)
    found = {name: shutil.which(name, path=PATH) for name in SERVERS}
    for name in [name for name, program in found.items() if program is None]:
        print(f"LEFT OUT: {name}: not installed (scripts/setup bench)", file=sys.stderr)
    with bed.running() as daemon:
        for name, program in found.items():
            if program is None:
                continue
            with SERVERS[name](program, bed.folder) as server:
                listening(server[0])
                pairs = rounds(bed, options, (daemon.policy_port, [daemon.process.pid]), server)
            ratio = statistics.median(a / b for a, b in pairs)
            yield Figure("others", f"requests/s, of {name}'s", ratio, "times", (">=", TARGETS[name]),
                         f"{statistics.median(a for a, _ in pairs):.0f} against"
                         f" {statistics.median(b for _, b in pairs):.0f}")
