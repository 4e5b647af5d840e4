"""`mailfuse run` on its own: settings and state in a folder of the benchmark's, no mail server needed. What it has
learnt is made by bench_fill once and copied for each start."""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "bench"
sys.path[:0] = [str(ROOT / "samples" / "demo"), str(ROOT / "bench")]

import barepostfix  # noqa: E402
from daemon import Daemon, UNPRIVILEGED  # noqa: E402
from policy import free_port  # noqa: E402

START_S = 120  # on a machine that others use
REQUEST = ("request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address={client}\n"
           "client_name=unknown\nhelo_name=pc.example\nsender={account}\nrecipient=somebody@elsewhere.example\n"
           "recipient_count=0\nqueue_id=\ninstance=1.2.3.{n}\nsize=0\nsasl_method=PLAIN\n"
           "sasl_username={account}\n\n")


class Bed:
    """Owns `folder`. `accounts` of them are known to the daemons that `running` starts."""

    def __init__(self, build, folder, accounts):
        self.build, self.folder, self.accounts = Path(build), Path(folder), accounts
        self.folder.chmod(0o755)  # the worker's user has to reach its state
        self.filled, self.fill_s, self.number = self.folder / "filled", None, 0
        self.postfix = barepostfix.make(self.folder / "postfix")
        subprocess.run(["ninja", "-C", self.build, "mailfuse", "bench_fill", "bench_authbench"], check=True,
                       stdout=subprocess.DEVNULL)

    def fill(self):
        if self.fill_s is None:
            begin = time.monotonic()
            self.filled.mkdir()
            subprocess.run([self.build / "bench_fill", self.filled, str(self.accounts)], check=True,
                           stdout=subprocess.DEVNULL)
            self.fill_s = time.monotonic() - begin
        return self.filled

    def daemon(self, known=True, logs=(), **settings):
        """A Daemon that is prepared, not started; with policy_port and auth_port."""
        self.number += 1
        policy, auth = free_port(), free_port()
        daemon = Daemon(self.build / "mailfuse", self.folder / f"daemon{self.number}", {
            "policy_listen": [f"inet:127.0.0.1:{policy}"], "auth_policy_listen": [f"inet:127.0.0.1:{auth}"],
            "postfix_config_directory": self.postfix, "postfix_lock_map": "", "dovecot_deny_file": "",
            "dovecot_config": "", "logs": [str(log) for log in logs], **settings})
        daemon.policy_port, daemon.auth_port = policy, auth
        daemon.prepare()
        if known:
            state = Path(daemon.settings["state_directory"])
            shutil.copytree(self.fill(), state, dirs_exist_ok=True)
            for path in state.iterdir():
                if os.geteuid() == 0:
                    shutil.chown(path, UNPRIVILEGED)
            os.sync()  # so that nobody is measured while this is written
        return daemon

    @contextlib.contextmanager
    def running(self, **options):
        daemon = self.daemon(**options)
        try:
            daemon.start(START_S)
            yield daemon
        finally:
            daemon.stop(60)
            shutil.rmtree(daemon.dir, ignore_errors=True)


class Asker:
    """One connection to the policy service."""

    def __init__(self, port, seconds=START_S):
        end = time.monotonic() + seconds
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), seconds)
                break
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.002)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.n = 0

    def ask(self, account, client="192.0.2.7"):
        """The action."""
        self.n += 1
        self.socket.sendall(REQUEST.format(account=account, client=client, n=self.n).encode())
        answer = b""
        while not answer.endswith(b"\n\n"):
            more = self.socket.recv(4096)
            if not more:
                raise ConnectionError("the policy server closed the connection")
            answer += more
        return answer.decode().strip().removeprefix("action=")

    def close(self):
        self.socket.close()


def memory_kib(pid):
    """{"Rss": ..., "Pss": ...} of a process; None when it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return {line.split(":")[0]: int(line.split()[1]) for line in file if line.startswith(("Rss:", "Pss:"))}
    except (OSError, IndexError):
        return None


def open_files(pid):
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            yield os.readlink(f"/proc/{pid}/fd/{fd}")


def roles(daemon):
    """{"supervisor", "helper", "worker"}: pids of those there are. The worker has the state open; what the helper
    starts for a while is none."""
    supervisor = daemon.process.pid
    found = {"supervisor": supervisor}
    for pid in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split():
        with contextlib.suppress(OSError):  # it ends while it is looked at
            found["worker" if any(name.endswith("/state.db") for name in open_files(pid)) else "helper"] = int(pid)
    return found
