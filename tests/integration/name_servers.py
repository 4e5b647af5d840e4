"""A rbldnsd with lists and an unbound in front of it, on loopback: DNS for tests that ask lists."""
import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

SOA = "$SOA 60 ns.{0} hostmaster.{0} 0 60 60 60 60\n$TTL 60\n"

# zone: (type of rbldnsd, contents); several of one zone are joined.
ZONES = [
    ("good.test", "ip4set", ":127.0.0.2:Listed, see https://good.test/?ip=$\n127.0.0.2\n203.0.113.0/25\n"
                            "203.0.113.66 :127.0.0.4:An open proxy\n198.51.100.7 :127.0.0.10:A dial-up line\n"),
    ("good.test", "ip6trie", ":127.0.0.2:Listed, see https://good.test/?ip=$\n0:0:0:0:0:ffff:7f00:2\n"
                             "2001:db8:bad::/48\n"),
    ("domain.test", "dnset", ":127.0.0.2:A spam domain\ntest\n.bad.example\nphish.example :127.0.0.10:Both\n"),
    ("refuse.test", "ip4trie", ":127.255.255.254:Refused: open resolver\n0/0\n"),
    ("all.test", "ip4trie", ":127.0.0.2:All of you\n0/0\n"),
    ("none.test", "ip4set", ":127.0.0.2:Nobody\n192.0.2.255\n"),
    ("abroad.test", "ip4trie", ":127.0.0.2:x\n127.0.0.2\n"),
]


SHIPPED = Path(__file__).resolve().parents[2] / "packaging" / "dnsbl.lists"


def only_these_lists(path, table):
    """The file of lists at `path`: these, and none of those that come with the program may be asked from here."""
    zones = [line.split()[1] for line in SHIPPED.read_text().splitlines() if line.startswith("list ")]
    path.write_text(table + "".join(f"list {zone}\n like {zone}\n off a test\n" for zone in zones))
    path.chmod(0o644)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    """Whether a name server is there."""
    question = b"\0\1\1\0\0\1\0\0\0\0\0\0\1x\4test\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        s.sendto(question, ("127.0.0.1", port))
        try:
            return bool(s.recv(512))
        except OSError:
            return False


def wait_for(port):
    for _ in range(100):
        if answers(port):
            return
        time.sleep(0.05)
    raise AssertionError(f"no name server at port {port}")


def unbound_conf(folder, port, lists_port, zones):
    text = f"""server:
 interface: 127.0.0.1@{port}
 access-control: 127.0.0.0/8 allow
 do-not-query-localhost: no
 username: ""
 chroot: ""
 directory: "{folder}"
 pidfile: "{folder}/unbound.pid"
 use-syslog: no
 logfile: "{folder}/unbound.log"
 num-threads: 1
 module-config: "iterator"
 infra-host-ttl: 1
 cache-max-ttl: 0
 cache-max-negative-ttl: 0
 local-zone: "." static
 local-zone: "silent.test" deny
 local-zone: "servfail.test" always_transparent
 local-zone: "advertising.test" redirect
 local-data: "advertising.test. 60 IN A 203.0.113.80"
"""
    for zone in zones:
        text += f' local-zone: "{zone}" always_transparent\n'
    text += "remote-control:\n control-enable: no\n"
    for zone in [*zones, "servfail.test"]:  # rbldnsd refuses what it does not have
        text += f'stub-zone:\n name: "{zone}"\n stub-addr: 127.0.0.1@{lists_port}\n'
    return text


@contextlib.contextmanager
def servers(zones=ZONES):
    """Gives the port of the resolver and the folder of the zones: zone0 is the first."""
    if not shutil.which("rbldnsd", path="/usr/sbin") or not shutil.which("unbound", path="/usr/sbin"):
        pytest.skip("rbldnsd and unbound are not installed: no lists to ask")
    folder = Path(tempfile.mkdtemp(prefix="mailfuse-dns-"))  # pytest's own is closed to the servers' users
    folder.chmod(0o755)
    port, lists_port = free_port(), free_port()
    arguments = []
    for number, (zone, kind, text) in enumerate(zones):
        path = folder / f"zone{number}"
        path.write_text(SOA.format(zone) + text if kind in ("ip4set", "dnset") else text)
        path.chmod(0o644)
        arguments.append(f"{zone}:{kind}:{path}")
    (folder / "unbound.conf").write_text(
        unbound_conf(folder, port, lists_port, list(dict.fromkeys(zone for zone, _, _ in zones))))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        for command in (["/usr/sbin/rbldnsd", "-n", "-f", "-4", "-b", f"127.0.0.1/{lists_port}", "-c", "1s",
                         *arguments],
                        ["/usr/sbin/unbound", "-d", "-c", folder / "unbound.conf"]):
            with open(folder / "servers.log", "ab") as log:
                process = subprocess.Popen(command, stdout=log, stderr=log)
            stack.callback(process.wait, 10)
            stack.callback(process.terminate)
        wait_for(port)
        wait_for(lists_port)
        yield port, folder


class Scripted:
    """A name server that sends what `reply(question bytes)` returns: bytes, or None for nothing."""

    def __init__(self, reply):
        self.reply, self.asked = reply, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while True:
            question, peer = self.socket.recvfrom(4096)
            if question == b"end":
                return
            self.asked.append((time.monotonic(), name_of(question)))
            reply = self.reply(question)
            if reply is not None:
                self.socket.sendto(reply, peer)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"end", ("127.0.0.1", self.port))
        self.thread.join(5)
        self.socket.close()


def name_of(question):
    labels, at = [], 12
    while at < len(question) and question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode("latin-1"))
        at += 1 + question[at]
    return ".".join(labels).lower()


def end_of_question(question):
    at = 12
    while question[at]:
        at += 1 + question[at]
    return at + 5


def answer(question, addresses=(), code=0):
    """A DNS message that answers with these addresses; nothing but the code when there are none."""
    end = end_of_question(question)
    head = question[:2] + bytes([0x85, 0x80 | code, 0, 1, 0, len(addresses), 0, 0, 0, 0])
    records = b"".join(b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(a) for a in addresses)
    return head + question[12:end] + records
