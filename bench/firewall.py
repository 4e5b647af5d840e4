#!/usr/bin/env python3
"""How long policy answers take while the kernel logs a burst: a million lines of the firewall appended at once to a
log that a running mailfuse follows, from so many LAN hosts, beside the same requests while nothing is logged.

    bench/firewall.py [--lines 1000000] [--hosts 200] [--program build/mailfuse]
"""
import argparse
import socket
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "samples" / "demo"))

from daemon import Daemon  # noqa: E402

REQUEST = ("request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=192.0.2.{host}\n"
           "client_name=unknown\nsender=user{account}@example.test\nrecipient=friend@out.test\ninstance=1.{number}\n"
           "sasl_username=user{account}@example.test\n\n")


def ask(door, number):
    """Milliseconds until the answer to one request."""
    request = REQUEST.format(host=number % 250, account=number % 1000, number=number).encode()
    start = time.perf_counter()
    door.sendall(request)
    answer = door.recv(4096)
    assert answer.startswith(b"action="), answer
    return 1000 * (time.perf_counter() - start)


def figures(times):
    times = sorted(times)
    return {name: times[min(len(times) - 1, int(share * len(times)))]
            for name, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1))}


def burst(path, lines, hosts):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    block = 10000
    with open(path, "a", encoding="ascii") as log:
        for start in range(0, lines, block):
            log.write("".join(
                f"{stamp}+00:00 gw kernel: [12345.678901] mailfuse smtp-out: IN=br0 OUT=ppp0 MAC=02:00:00:00:00:01 "
                f"SRC=10.0.{n % hosts // 250}.{n % hosts % 250 + 1} DST=198.51.{n // 250 % 250}.{n % 250} LEN=60 TOS=0x00 "
                f"PREC=0x00 TTL=63 ID=4711 DF PROTO=TCP SPT=40000 DPT=25 WINDOW=64240 RES=0x00 SYN URGP=0 \n"
                for n in range(start, min(lines, start + block))))


def read_to(daemon, path):
    """Up to where the log is read: the position of the worker's file."""
    found = [0]
    for pid in daemon.pids():
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            if fd.resolve() == path:
                found.append(int((fd.parents[1] / "fdinfo" / fd.name).read_text().split()[1]))
    return max(found)


def measure(daemon, door, path, options):
    idle = [ask(door, number) for number in range(options.requests)]
    size = path.stat().st_size
    scratch = path.with_suffix(".burst")
    burst(scratch, options.lines, options.hosts)
    with open(path, "ab") as log:
        log.write(scratch.read_bytes())
    scratch.unlink()
    start, busy, number, looked = time.monotonic(), [], 0, 0.0
    while True:
        for _ in range(200):
            busy.append(ask(door, number))
            number += 1
        if time.monotonic() - looked > 0.1:
            looked = time.monotonic()
            if read_to(daemon, path) == path.stat().st_size or looked - start > 120:
                break
    seconds = round(time.monotonic() - start, 1)
    stage = daemon.ctl("show", "10.0.0.1")
    assert stage["kind"] == "lan" and stage["stage"] != "observe", stage  # the lines were understood
    return {"idle": figures(idle), "burst": figures(busy), "requests": len(busy), "bytes": path.stat().st_size - size,
            "seconds": seconds}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=1000000)
    options.add_argument("--hosts", type=int, default=200)
    options.add_argument("--requests", type=int, default=20000)
    options.add_argument("--program", default=ROOT / "build" / "mailfuse")
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailfuse-bench-") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "kern.log"
        path.touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        daemon = Daemon(options.program, Path(folder) / "mailfuse", {
            "policy_listen": [f"inet:127.0.0.1:{port}"], "logs": [str(path)], "dovecot_config": "",
            "postfix_lock_map": "", "dovecot_deny_file": "", "mode": "observe"})
        daemon.prepare()
        daemon.start()
        try:
            with socket.create_connection(("127.0.0.1", port)) as door:
                door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                result = measure(daemon, door, path, options)
        finally:
            daemon.stop()
    print(f"{options.lines} lines ({result['bytes'] >> 20} MB) in {result['seconds']} s, {result['requests']} requests")
    for name in ("idle", "burst"):
        print(f"  {name:6}", "  ".join(f"{key} {value:.3f} ms" for key, value in result[name].items()))
    print(f"  p99: {result['burst']['p99'] / result['idle']['p99']:.2f} times")


if __name__ == "__main__":
    main()
