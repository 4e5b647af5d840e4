#!/usr/bin/python3
"""What delivering alerts costs: memory of the courier with letters under way to a server with TLS that hangs, and
letters a second to one that answers. courier.py BUILD-DIRECTORY (with -Dtests=enabled); as root or not."""
import argparse
import http.server
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "integration"))
from courier_bed import Drive  # noqa: E402

LETTERS = 1000
SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/slow"):
            self.server.reached.release()
            self.server.done.wait(60)
            self.close_connection = True
            return
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"],
                   check=True, capture_output=True)
    (folder / "cert").chmod(0o644)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.request_queue_size = 64
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    server.reached, server.done = threading.Semaphore(0), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def memory(pids):
    """MB: (proportional, private) of all of them."""
    sums = {"Pss": 0, "Private_Dirty": 0}
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name = line.split(":")[0]
            if name in sums:
                sums[name] += int(line.split()[1])
    return sums["Pss"] / 1024, sums["Private_Dirty"] / 1024


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def with_under_way(drive, server, folder, n):
    """Memory of the courier and its deliveries while n of them wait for an answer."""
    for number in range(n):  # to different places: only a few to one at a time
        drive.send(kind="webhook", where=f"https://localhost:{server.server_port}/slow?{number}", body="{}", name="1",
                   ca_file=str(folder / "all"))
    for _ in range(n):
        assert server.reached.acquire(timeout=30)
    [pid] = drive.couriers()
    figures = memory([pid, *children(pid)])
    server.done.set()
    drive.answers(n)
    server.done.clear()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    build = parser.parse_args().build.resolve()
    programs = build / "src" / "cli" / "courier_drive", build / "mailfuse-courier"
    with tempfile.TemporaryDirectory(prefix="mailfuse-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = serve(folder)
        # As on a server: one among all those of the system.
        (folder / "all").write_bytes(SYSTEM.read_bytes() + (folder / "cert").read_bytes())
        (folder / "all").chmod(0o644)
        letter = {"kind": "webhook", "where": f"https://localhost:{server.server_port}/ok", "body": "{}", "name": "1",
                  "ca_file": str(folder / "cert")}
        with Drive(programs, folder) as drive:
            assert drive.answer(**letter)["result"] == "ok"
            print("courier: %.1f MB, private %.1f MB" % memory(drive.couriers()))
            for n in (1, 16):
                print("with %d under way, TLS: %.1f MB, private %.1f MB" % (n, *with_under_way(drive, server, folder, n)))
            begun = time.monotonic()
            for _ in range(LETTERS):
                drive.send(**letter)
            assert all(answer["result"] == "ok" for answer in drive.answers(LETTERS).values())
            print("%d letters to one server, TLS: %.1f s" % (LETTERS, time.monotonic() - begun))


if __name__ == "__main__":
    main()
