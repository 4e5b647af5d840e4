"""mailfuse setup firewall in network namespaces: a gateway that is the mail server, too, a LAN host that is
infected, and the internet. Rules are loaded by the real nft and iptables, packets go through the real kernel."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import live_bed

PYTHON = "/usr/bin/python3"
ALL_NETNS = Path("/proc/sys/net/netfilter/nf_log_all_netns")
LISTEN = """
import selectors, socket
ready = selectors.DefaultSelector()
for port in (25, 465, 587):
    door = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    ready.register(door, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in ready.select():
        key.fileobj.accept()[0].close()
"""
KNOCK = """
import socket, sys
for place in sys.argv[2:]:
    address, port = place.rsplit(",", 1)
    try:
        if sys.argv[1] != "-":
            socket.create_connection((address, int(port)), 3, (sys.argv[1], 0)).close()
        else:
            socket.create_connection((address, int(port)), 3).close()
        print("open")
    except ConnectionRefusedError:
        print("refused")
    except OSError as error:
        print(error)
"""
OTHERS = """
table inet filter {
    chain forward {
        type filter hook forward priority filter; policy accept;
        tcp dport 23 drop
    }
}
"""


def possible():
    tools = all(shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("ip", "nft", "iptables", "setpriv"))
    if os.geteuid() != 0 or not tools:
        return False
    name = f"fuse-try-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, timeout=10).returncode != 0:
        return False
    return subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=10).returncode == 0


pytestmark = pytest.mark.skipif(not possible(), reason="needs root, network namespaces, nft and iptables")


class Lab:
    """gw stands between lan (192.168.77.0/24, 2001:db8:77::/64) and out (198.51.100.0/24, 2001:db8:99::/64)."""

    def __init__(self, folder, mailfuse):
        self.folder, self.mailfuse = folder, mailfuse
        self.ns = {name: f"fuse-{name}-{os.getpid()}" for name in ("gw", "lan", "out")}
        self.listeners = []

    def __enter__(self):
        for name in self.ns.values():
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        for side, four, six in (("lan", "192.168.77", "2001:db8:77::"), ("out", "198.51.100", "2001:db8:99::")):
            run("ip", "link", "add", f"to-{side}", "netns", self.ns["gw"], "type", "veth", "peer", "name", "eth0",
                "netns", self.ns[side])
            for where, device, number in (("gw", f"to-{side}", 1), (side, "eth0", 2)):
                for address in (f"{four}.{number}/24", f"{six}{number}/64"):
                    run("ip", "-n", self.ns[where], "addr", "add", address, "dev", device, "nodad")
                run("ip", "-n", self.ns[where], "link", "set", device, "up")
            for gateway in (f"{four}.1", f"{six}1"):
                run("ip", "-n", self.ns[side], "route", "add", "default", "via", gateway)
        for address in ("192.168.77.25/24", "2001:db8:77::25/64"):  # the mail server of the LAN
            run("ip", "-n", self.ns["lan"], "addr", "add", address, "dev", "eth0", "nodad")
        for number in range(10, 60):  # mail servers of the internet
            run("ip", "-n", self.ns["out"], "addr", "add", f"198.51.100.{number}/24", "dev", "eth0")
        run("ip", "-n", self.ns["gw"], "route", "add", "default", "via", "198.51.100.2")
        run("ip", "-n", self.ns["gw"], "route", "add", "default", "via", "2001:db8:99::2")
        self.inside("gw", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward;"
                                      "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
        for side in ("lan", "out"):
            door = subprocess.Popen(["ip", "netns", "exec", self.ns[side], PYTHON, "-c", LISTEN],
                                    stdout=subprocess.PIPE, text=True)
            self.listeners.append(door)
            assert door.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        for door in self.listeners:
            door.kill()
            door.wait()
            door.stdout.close()
        for name in self.ns.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=10)

    def inside(self, where, *command, check=True):
        return subprocess.run(["ip", "netns", "exec", self.ns[where], *command], capture_output=True, text=True,
                              check=check, timeout=60)

    def knock(self, where, *places, source="-", user=65534):
        out = self.inside(where, "setpriv", f"--reuid={user}", "--clear-groups", PYTHON, "-c", KNOCK, source, *places)
        return out.stdout.split("\n")[:-1]

    def setup(self, *arguments, systemd=False):
        """As on a machine with, or without, systemd; what it writes there stays in our folder."""
        etc = self.folder / "etc-systemd"
        etc.mkdir(exist_ok=True)
        script = "mount -t tmpfs none /run && "
        if systemd:
            script += (f"mkdir -p /run/systemd/system && mount --bind {etc} /etc/systemd/system && "
                       f"mount --bind {self.folder / 'systemctl'} /usr/bin/systemctl && ")
        return self.inside("gw", "sh", "-c", script + 'exec "$0" "$@"', self.mailfuse, "setup", "firewall", "-c",
                           self.folder / "mailfuse.conf", *arguments, check=False)

    def rules(self):
        """All rules but the counters."""
        return re.sub(r"packets \d+ bytes \d+", "", self.inside("gw", "nft", "list", "ruleset").stdout)


def run(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.fixture
def lab(mailfuse):
    folder = Path(tempfile.mkdtemp(prefix="fuse-"))
    (folder / "state").mkdir(mode=0o750)
    postfix = live_bed.barepostfix.make(folder / "postfix")
    (folder / "mailfuse.conf").write_text(f'state-directory = "{folder}/state"\n'
                                          f'postfix-config-directory = "{postfix}"\n')
    folder.chmod(0o755)
    with Lab(folder, mailfuse) as lab:
        yield lab
    shutil.rmtree(folder)


@pytest.fixture
def kernel_log():
    """A function that gives the lines of our rules since the test began."""
    if not ALL_NETNS.exists():
        pytest.skip("the kernel has no nf_log_all_netns")
    before = ALL_NETNS.read_text()
    ALL_NETNS.write_text("1\n")  # else the kernel logs nothing of a namespace
    log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    os.lseek(log, 0, os.SEEK_END)

    def lines():
        found = []
        while True:
            try:
                found.append(os.read(log, 8192).decode(errors="replace"))
            except BlockingIOError:
                return [line.partition(";")[2].split("\n")[0] for line in found if "mailfuse smtp-out:" in line]
    yield lines
    os.close(log)
    ALL_NETNS.write_text(before)


FOUR, SIX, PRIVATE = "198.51.100.10,25", "2001:db8:99::2,25", "192.168.77.2,25"
TOOLS = pytest.mark.parametrize("tool", [[], ["--iptables"]], ids=["nft", "iptables"])


@TOOLS
def test_only_the_mail_server_gets_out(lab, tool):
    lab.inside("gw", "sh", "-c", f"printf '%s' '{OTHERS}' | nft -f -")
    before = lab.rules()
    assert lab.knock("lan", FOUR, SIX) == ["open", "open"]
    plan = lab.setup("--mail-server", "192.168.77.25", "--mail-server", "2001:db8:77::25", *tool)
    assert plan.returncode == 0 and "inet filter" in plan.stdout and lab.rules() == before
    done = lab.setup("--mail-server", "192.168.77.25", "--mail-server", "2001:db8:77::25", *tool, "--apply")
    assert done.returncode == 0, done.stdout + done.stderr
    assert lab.knock("lan", FOUR, "198.51.100.10,587") == ["refused", "open"]
    assert lab.knock("lan", SIX, source="2001:db8:77::2") == ["refused"]
    assert lab.knock("lan", FOUR, source="192.168.77.25") == ["open"]
    assert lab.knock("lan", SIX, source="2001:db8:77::25") == ["open"]
    assert lab.knock("gw", FOUR, SIX, PRIVATE) == ["refused", "refused", "open"]  # a web server's script
    assert lab.knock("gw", FOUR, SIX, user=0) == ["open", "open"]
    assert lab.knock("out", "192.168.77.25,25", "2001:db8:77::25,25") == ["open", "open"]  # mail for us
    again = lab.setup("--mail-server", "192.168.77.25", "--mail-server", "2001:db8:77::25", *tool)
    assert "firewall: nothing to do." in again.stdout
    assert "tcp dport 23 drop" in lab.rules()
    undone = lab.setup("--undo")
    assert undone.returncode == 0 and "Taken back." in undone.stdout, undone.stdout + undone.stderr
    assert lab.knock("lan", FOUR, SIX) == ["open", "open"]
    left = lab.rules()
    assert "MAILFUSE" not in left and "inet mailfuse" not in left and "tcp dport 23 drop" in left
    assert [path.name for path in lab.folder.glob("firewall*")] == []


@TOOLS
def test_other_wishes_replace_the_rules(lab, tool):
    assert lab.setup(*tool, "--apply").returncode == 0
    assert lab.knock("lan", "198.51.100.10,465", "198.51.100.10,587") == ["open", "open"]
    assert lab.setup(*tool, "--submission", "--user", "nobody", "--apply").returncode == 0
    assert lab.knock("lan", FOUR, "198.51.100.10,465", "198.51.100.10,587") == ["refused"] * 3
    assert lab.knock("gw", FOUR) == ["open"]
    assert lab.setup("--undo").returncode == 0
    assert lab.knock("lan", FOUR, "198.51.100.10,587") == ["open", "open"]


@TOOLS
def test_the_log_names_the_infected_host_and_is_not_flooded(lab, tool, kernel_log, mailfuse):
    assert lab.setup(*tool, "--apply").returncode == 0
    kernel_log()
    targets = [f"198.51.100.{number},25" for number in range(10, 60)]
    assert set(lab.knock("lan", *targets, *targets)) == {"refused"}
    assert lab.knock("lan", SIX, source="2001:db8:77::2") == ["refused"]
    lines = kernel_log()
    four = [line for line in lines if "SRC=192.168.77.2 " in line]
    assert 20 <= len(four) <= 25, len(four)
    assert [line for line in lines if "SRC=2001:0db8:0077:" in line]
    log = lab.folder / "kern.log"
    log.write_text("".join(f"{time.strftime('%Y-%m-%dT%H:%M:%S')}+00:00 gw kernel: [12.345678] {line}\n"
                           for line in lines))
    records = [json.loads(line) for line in subprocess.run([mailfuse, "parse", log], capture_output=True, text=True,
                                                           check=True, timeout=30).stdout.splitlines()]
    assert {record["event"] for record in records} == {"firewall"}
    assert {record["prefix"] for record in records} == {"mailfuse smtp-out:"}
    report = subprocess.run([mailfuse, "scan", "--json", log], capture_output=True, text=True, timeout=30).stdout
    assert [host["host"] for host in json.loads(report)["hosts"]] == ["192.168.77.2"]


def test_flushed_rules_are_noticed_and_loaded_again(lab):
    assert lab.setup("--apply").returncode == 0
    lab.inside("gw", "nft", "flush", "ruleset")
    assert lab.knock("lan", FOUR) == ["open"]
    plan = json.loads(lab.setup("--json").stdout)
    assert [step["kind"] for step in plan["steps"]] == ["command"]
    assert lab.setup("--apply").returncode == 0
    assert lab.knock("lan", FOUR) == ["refused"]
    lab.inside("gw", "nft", "flush", "ruleset")
    assert lab.setup("--undo").returncode == 0


def test_rules_that_cannot_be_loaded_leave_everything_as_it_was(lab):
    assert lab.setup("--apply").returncode == 0
    before, files = lab.rules(), sorted(path.name for path in lab.folder.iterdir())
    text = (lab.folder / "firewall.nft").read_text()
    (lab.folder / "broken").write_text("#!/bin/sh\n"
                                       "[ \"$1\" = -f ] && [ ! -e /run/failed ] && touch /run/failed && exit 1\n"
                                       f"exec {lab.folder}/nft \"$@\"\n")
    (lab.folder / "broken").chmod(0o755)
    shutil.copy("/usr/sbin/nft", lab.folder / "nft")
    run_broken = lab.inside("gw", "sh", "-c",
                            f"mount -t tmpfs none /run && mount --bind {lab.folder}/broken /usr/sbin/nft && "
                            'exec "$0" "$@"', lab.mailfuse, "setup", "firewall", "-c", lab.folder / "mailfuse.conf",
                            "--submission", "--apply", check=False)
    assert run_broken.returncode == 2 and "Everything was put back as it was." in run_broken.stderr
    assert lab.rules() == before and (lab.folder / "firewall.nft").read_text() == text
    assert files == sorted(path.name for path in lab.folder.iterdir() if path.name not in ("broken", "nft"))


SYSTEMCTL = """#!/bin/sh
# As much of systemctl(1) as a test needs.
unit=/etc/systemd/system/mailfuse-firewall.service
echo "$*" >>{log}
run() {{ sed -n "s/^$1=-*//p" $unit | sh; }}
case $1 in
enable) mkdir -p /etc/systemd/system/sysinit.target.wants && ln -sf $unit /etc/systemd/system/sysinit.target.wants/ ;;
disable) rm -f /etc/systemd/system/sysinit.target.wants/mailfuse-firewall.service ;;
restart) run ExecStop; run ExecStart ;;
stop) run ExecStop ;;
esac
"""


@TOOLS
def test_systemd_loads_them_from_then_on(lab, tool):
    calls = lab.folder / "calls"
    (lab.folder / "systemctl").write_text(SYSTEMCTL.format(log=calls))
    (lab.folder / "systemctl").chmod(0o755)
    done = lab.setup(*tool, "--apply", systemd=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert calls.read_text().splitlines() == [f"{word} mailfuse-firewall.service".replace("reload m", "reload\nm")
                                              if word != "daemon-reload" else word
                                              for word in ("enable", "daemon-reload", "restart")]
    assert lab.knock("lan", FOUR) == ["refused"]
    unit = lab.folder / "etc-systemd/mailfuse-firewall.service"
    if shutil.which("systemd-analyze"):
        shutil.copy(unit, lab.folder / "mailfuse-firewall.service")
        looked = subprocess.run(["systemd-analyze", "verify", "--man=no", lab.folder / "mailfuse-firewall.service"],
                                capture_output=True, text=True, timeout=60)
        assert "mailfuse-firewall" not in looked.stderr, looked.stderr
    assert "nothing to do" in lab.setup(*tool, systemd=True).stdout
    assert lab.setup("--undo", systemd=True).returncode == 0
    assert lab.knock("lan", FOUR) == ["open"]
    assert not unit.exists() and not list((lab.folder / "etc-systemd").rglob("mailfuse*"))


@pytest.mark.parametrize("arguments, complaint", [
    (["firewall", "--mail-server", "mail.example.test"], "write an address like 192.0.2.25"),
    (["firewall", "--user", "nobody-of-that-name"], "there is no such user"),
    (["firewall", "--outside", 'eth0" accept'], "write the name of a network interface"),
    (["firewall", "--undo", "--iptables"], "when it plans or applies"),
    (["postfix", "--submission"], "are for setup firewall"),
])
def test_wishes_that_are_not_right(mailfuse, arguments, complaint):
    run = subprocess.run([mailfuse, "setup", *arguments], capture_output=True, text=True, timeout=30)
    assert run.returncode == 2 and complaint in run.stderr and run.stdout == ""
