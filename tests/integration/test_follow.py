"""Logs followed while real programs write and rotate them: logrotate in its several ways, rsyslogd,
Postfix's own postlogd. What follow_probe prints must be each line, once, in order."""
import logging.handlers
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

import live_bed

DEADLINE_S = 30


def need(program):
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


class Probe:
    """follow_probe, which prints the lines of some logs; may be ended and started again."""

    def __init__(self, program, folder, *logs, options=()):
        assert program.exists(), f"{program}: run scripts/build debug first"
        self.command = [program, "--from-start", *options, folder / "state", *logs]
        self.lines, self.trouble, self.process = [], [], None

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.readers = [
            threading.Thread(target=self.read, args=(self.process.stdout, self.lines)),
            threading.Thread(target=self.read, args=(self.process.stderr, self.trouble))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def read(stream, to):
        for line in stream:
            to.append(line.rstrip("\n"))

    def stop(self):
        if self.process is None:
            return
        self.process.stdin.close()
        assert self.process.wait(DEADLINE_S) == 0
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process = None

    def wait_for(self, text):
        deadline = time.monotonic() + DEADLINE_S
        while not any(text in line for line in self.lines[-2000:]):
            assert time.monotonic() < deadline, f"no {text}; trouble: {self.trouble}"
            time.sleep(0.01)


@pytest.fixture
def probe_of(mailfuse, tmp_path):
    made = []

    def make(*logs, options=()):
        made.append(Probe(mailfuse.parent / "src" / "watch" / "follow_probe", tmp_path, *logs,
                          options=options))
        made[-1].start()
        return made[-1]

    yield make
    for probe in made:
        probe.stop()


class Writer:
    """Writes numbered lines as a syslog daemon does: keeps the file open until it is told to. Its clock is behind,
    and goes on when it is told to."""

    def __init__(self, log):
        self.log, self.n, self.file, self.at = log, 0, None, time.time() - 60
        self.reopen()

    def reopen(self):
        if self.file:
            self.file.close()
        self.file = open(self.log, "ab", buffering=0)

    def write(self, count):
        for _ in range(count):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(self.at))
            self.file.write(f"{stamp} mail postfix/smtpd[7]: line {self.n}.\n".encode())
            self.n += 1


def numbers(lines):
    return [int(line.rpartition("line ")[2].rstrip(".")) for line in lines if "line " in line]


def logrotate(folder, log, how):
    conf = folder / "logrotate.conf"
    conf.write_text(f"{log} {{\n  rotate 20\n  " + "\n  ".join(how) + "\n}\n")
    conf.chmod(0o644)
    subprocess.run([need("logrotate"), "-f", "-s", folder / "logrotate.state", conf], check=True,
                   timeout=DEADLINE_S)


WAYS = {
    "create": ["create 0640"],
    "nocreate": ["nocreate"],
    "compress": ["create 0640", "compress"],
    "delaycompress": ["create 0640", "compress", "delaycompress"],
    "dateext": ["create 0640", "dateext", "dateformat -%Y%m%d-%s"],
    "extension": ["create 0640", "extension .log", "compress", "compresscmd /usr/bin/xz",
                  "compressext .xz"],
    "copytruncate": ["copytruncate"],
    "copytruncate-compress": ["copytruncate", "compress"],
    "copytruncate-dateext": ["copytruncate", "dateext", "dateformat .%Y%m%d-%s", "compress",
                             "delaycompress"],
}


def other_second(writer, way):
    """The first lines of the files differ, and names with the second in them have to: by time(2), which is up to ten
    milliseconds behind."""
    writer.at += 1
    end = int(time.time()) + 1.05
    while "%s" in " ".join(WAYS[way]) and time.time() < end:
        time.sleep(0.02)


@pytest.mark.parametrize("way", WAYS)
def test_logrotate_while_running(way, probe_of, tmp_path):
    log = tmp_path / "mail.log"
    writer = Writer(log)
    writer.write(1)
    probe = probe_of(log)
    probe.wait_for("line 0.")
    for _ in range(2):
        writer.write(200)
        logrotate(tmp_path, log, WAYS[way])
        if "copytruncate" not in way:
            writer.write(50)  # the daemon has not been told yet
            writer.reopen()
        writer.write(50)
        other_second(writer, way)
    probe.wait_for(f"line {writer.n - 1}.")
    probe.stop()
    assert numbers(probe.lines) == list(range(writer.n))
    assert probe.trouble[:-1] == []


@pytest.mark.parametrize("way", WAYS)
def test_logrotate_while_down(way, probe_of, tmp_path):
    """Down during two rotations; then down for none, and nothing comes twice."""
    log = tmp_path / "mail.log"
    writer = Writer(log)
    writer.write(200)
    probe = probe_of(log)
    probe.wait_for(f"line {writer.n - 1}.")
    probe.stop()
    for _ in range(2):
        writer.write(100)
        logrotate(tmp_path, log, WAYS[way])
        if "copytruncate" not in way:
            writer.reopen()
        other_second(writer, way)
        writer.write(100)
    for _ in range(2):
        probe.start()
        probe.wait_for(f"line {writer.n - 1}.")
        probe.stop()
    assert numbers(probe.lines) == list(range(writer.n))


def test_rsyslogd_rotated_under_load(probe_of, tmp_path):
    """A stream without pause, logrotate with SIGHUP as Debian has it, the probe restarted in between."""
    folder = Path(tempfile.mkdtemp(prefix="mailfuse-rsyslog-"))  # a short name, for the socket
    log, socket, pid = tmp_path / "mail.log", folder / "log", folder / "pid"
    conf = folder / "rsyslog.conf"
    conf.write_text(f"""global(workDirectory="{folder}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{socket}" CreatePath="on" RateLimit.Interval="0")
action(type="omfile" file="{log}" template="RSYSLOG_FileFormat")
""")
    server = subprocess.Popen([need("rsyslogd"), "-n", "-i", pid, "-f", conf])
    sent = 0
    try:
        for _ in range(500):
            if socket.exists() and pid.exists():
                break
            time.sleep(0.02)
        probe = probe_of(log)
        handler = logging.handlers.SysLogHandler(address=str(socket), facility="mail")
        handler.append_nul = False
        logger = logging.Logger("follow")
        logger.addHandler(handler)
        way = ["create 0640", "compress", "delaycompress", "sharedscripts",
               f"postrotate\n kill -HUP $(cat {pid})\n endscript"]
        logger.info("postfix/smtpd[7]: line %d.", sent)
        probe.wait_for("line 0.")
        sent += 1
        for turn in range(4):
            for _ in range(2000):
                logger.info("postfix/smtpd[7]: line %d.", sent)
                sent += 1
            rotation = threading.Thread(target=logrotate, args=(tmp_path, log, way))
            rotation.start()
            for _ in range(2000):
                logger.info("postfix/smtpd[7]: line %d.", sent)
                sent += 1
            if turn == 1:
                probe.stop()
                probe.start()
            rotation.join()
        logger.info("postfix/smtpd[7]: line %d.", sent)
        probe.wait_for(f"line {sent}.")
        probe.stop()
        handler.close()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(DEADLINE_S)
        shutil.rmtree(folder, ignore_errors=True)
    assert numbers(probe.lines) == list(range(sent + 1))


@pytest.fixture
def bed():
    with live_bed.servers() as one:
        yield one


def test_postfix_rotates_its_own_log(bed, probe_of):
    """`postfix logrotate` renames, lets postlogd reopen, and packs, while mail comes in."""
    log = bed / "mail.log"
    probe = probe_of(log)
    mail = subprocess.Popen(["/usr/bin/python3", live_bed.BED / "tools" / "normal.py", bed, "--seconds", "4",
                             "--speed", "120"], stdout=subprocess.DEVNULL)
    for _ in range(2):
        time.sleep(1.2)  # in the middle of it
        subprocess.run([need("postfix"), "-c", bed / "postfix", "logrotate"], check=True,
                       timeout=DEADLINE_S, stderr=subprocess.DEVNULL)
        probe.stop()
        probe.start()
    assert mail.wait(120) == 0
    subprocess.run([need("postlog"), "-c", bed / "postfix", "-t", "postfix/end", "the end"], check=True,
                   stderr=subprocess.DEVNULL)
    probe.wait_for("the end")
    probe.stop()
    rotated = sorted(path for path in bed.glob("mail.log.*"))
    whole = "".join(subprocess.run(["zcat", "-f", path], check=True, stdout=subprocess.PIPE, text=True).stdout
                    for path in [*rotated, log])
    assert len(rotated) == 2
    assert probe.lines == whole.splitlines()
