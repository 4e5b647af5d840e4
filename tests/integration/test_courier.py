"""How alerts leave: mailfuse-courier delivers by mail, webhook and command, to servers that behave and to
those that do not. Driven by src/cli/courier_drive.c, whose worker sends what it reads from its input."""
import hashlib
import hmac
import http.server
import json
import os
import select
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

USER = "nobody"  # stands for the user mailfuse
BODY = '{"what": "held", "subject": "alice@example.test", "words": "größer"}'


@pytest.fixture(scope="session")
def programs(mailfuse):
    driver, courier = mailfuse.parent / "src" / "cli" / "courier_drive", mailfuse.parent / "mailfuse-courier"
    assert driver.exists() and courier.exists(), f"{mailfuse.parent}: build with -Dtests=enabled"
    return driver, courier


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="mailfuse-courier-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Drive:
    """Supervisor, worker and courier; what was answered so far."""

    def __init__(self, programs, folder, idle_ms=60000, commands=()):
        self.log = (folder / "drive.log").open("w+")
        self.process = subprocess.Popen([*programs[:1], programs[1], USER, str(idle_ms), *commands],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, bufsize=0)
        self.rest, self.sent = b"", 0
        self.worker = self.line()["worker"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.write(b"\n")
        except BrokenPipeError:
            pass
        self.process.stdin.close()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.log.close()

    def line(self, limit=50):
        deadline = time.monotonic() + limit
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], "no answer"
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, f"it ended: {Path(self.log.name).read_text()}"
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def send(self, **letter):
        self.process.stdin.write(json.dumps(letter).encode() + b"\n")
        self.sent += 1
        return self.sent

    def answer(self, **letter):
        number = self.send(**letter)
        answer = self.line()
        assert answer["id"] == number
        return answer

    def couriers(self):
        """Process ids of the courier, not of its deliveries."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cmdline").read_bytes().startswith(b"mailfuse-courier\0"):
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    if parent == self.process.pid:
                        found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers as the path says; keeps what it got."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        getattr(self, "answer_" + self.path.strip("/").split("/")[0])()

    def reply(self, code, body=b"", **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_ok(self):
        self.reply(200, b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    server.got = []
    server.done = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield server
    finally:
        server.done.set()
        server.shutdown()
        thread.join()
        server.server_close()


def secret(folder, text, name="secret"):
    path = folder / name
    path.write_text(text)
    path.chmod(0o644)
    return str(path)


def test_webhook_is_signed(programs, folder, hook):
    with Drive(programs, folder) as drive:
        assert drive.couriers() == []  # none is started before there is a letter
        answer = drive.answer(kind="webhook", where=hook.url + "/ok", body=BODY, name="12-held",
                              secret_file=secret(folder, "open sesame\n"))
        assert answer == {"id": 1, "result": "ok", "retry_after": 0, "words": "answers 200: ok"}
        [(path, headers, body)] = hook.got
        assert path == "/ok" and body.decode() == BODY and headers["Content-Type"] == "application/json"
        assert headers["X-Mailfuse-Delivery"] == "12-held" and "Expect" not in headers
        fields = dict(field.split("=") for field in headers["X-Mailfuse-Signature"].split(","))
        assert abs(int(fields["t"]) - time.time()) < 60
        want = hmac.new(b"open sesame", fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert fields["v1"] == want
