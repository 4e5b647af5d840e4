"""How alerts leave: mailfuse-courier posts webhooks, to servers that behave and to those that do not, and is
there when it is needed (courier_bed.py)."""
import email.utils
import hashlib
import hmac
import http.server
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from courier_bed import Drive, folder, programs, secret, wait  # noqa: F401 (fixtures)

BODY = '{"what": "held", "subject": "alice@example.test", "words": "größer"}'
HUGE = 1 << 20


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

    def answer_204(self):
        self.reply(204)

    def answer_500(self):
        self.reply(500, b"no \x1b[31mdatabase\xff\nsecond line")

    def answer_404(self):
        self.reply(404, b"no such hook")

    def answer_429(self):
        self.reply(429, b"", Retry_After="42")

    def answer_date(self):
        self.reply(503, b"", Retry_After=email.utils.formatdate(time.time() + 100, usegmt=True))

    def answer_forever(self):
        self.reply(503, b"", Retry_After="99999999")

    def answer_redirect(self):
        self.reply(301, b"", Location="https://elsewhere.example/hook")

    def answer_nowhere(self):
        self.reply(304)

    def answer_garbage(self):
        self.wfile.write(b"\0\1\2 what is this?\r\n\r\n")
        self.close_connection = True

    def answer_nothing(self):
        self.close_connection = True

    def answer_huge(self):
        try:
            self.reply(200, b"x" * HUGE)
        except OSError:
            pass  # it does not want all of that

    def answer_headers(self):
        self.wfile.write(b"HTTP/1.1 200 Ok\r\n")
        try:
            for _ in range(1000):
                self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        except OSError:
            pass
        self.close_connection = True

    def answer_slow(self):
        self.server.reached.set()
        self.server.done.wait(60)
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    server.request_queue_size = 64
    server.got, server.reached, server.done = [], threading.Event(), threading.Event()
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


def test_webhook_is_signed(programs, folder, hook):
    with Drive(programs, folder) as drive:
        assert drive.couriers() == []  # none is started before there is a letter
        answer = drive.answer(kind="webhook", where=hook.url + "/ok", body=BODY, name="12-held",
                              secret_file=secret(folder, "open sesame\n"))
        assert answer == {"id": 1, "result": "ok", "retry_after": 0, "words": "answers 200: ok"}
        [(path, headers, body)] = hook.got
        assert path == "/ok" and body.decode() == BODY and headers["Content-Type"] == "application/json"
        assert headers["X-Mailfuse-Delivery"] == "12-held" and "Expect" not in headers
        assert "Authorization" not in headers
        fields = dict(field.split("=") for field in headers["X-Mailfuse-Signature"].split(","))
        assert abs(int(fields["t"]) - time.time()) < 60
        want = hmac.new(b"open sesame", fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert fields["v1"] == want


@pytest.mark.parametrize("path, result, retry_after, words", [
    ("204", "ok", 0, "answers 204"),
    ("500", "temporary", 0, "answers 500: no ?[31mdatabase?"),
    ("404", "permanent", 0, "answers 404: no such hook"),
    ("429", "temporary", 42, "answers 429"),
    ("forever", "temporary", 24 * 3600, "answers 503"),
    ("redirect", "permanent", 0, "answers with a redirect to https://elsewhere.example/hook"),
    ("nowhere", "permanent", 0, "answers 304"),
    ("huge", "ok", 0, "answers 200: " + "x" * 200),
])
def test_answers(programs, folder, hook, path, result, retry_after, words):
    with Drive(programs, folder) as drive:
        answer = drive.answer(kind="webhook", where=f"{hook.url}/{path}", body=BODY, name="1")
        assert (answer["result"], answer["retry_after"], answer["words"]) == (result, retry_after, words)
        assert "X-Mailfuse-Signature" not in hook.got[0][1] and len(hook.got) == 1


def test_what_is_no_answer_is_temporary(programs, folder, hook):
    with socket.socket() as closed, Drive(programs, folder) as drive:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        for where, words in ((hook.url + "/garbage", "HTTP/0.9"), (hook.url + "/nothing", "Empty reply"),
                             (hook.url + "/headers", ""), ("http://name.invalid/x", "resolve"),
                             (f"http://127.0.0.1:{closed.getsockname()[1]}/", "onnect")):
            answer = drive.answer(kind="webhook", where=where, body=BODY, name="1")
            assert answer["result"] == "temporary" and words in answer["words"], (where, answer)


def test_when_to_come_back_as_a_date(programs, folder, hook):
    with Drive(programs, folder) as drive:
        answer = drive.answer(kind="webhook", where=hook.url + "/date", body=BODY, name="1")
        assert answer["result"] == "temporary" and 80 <= answer["retry_after"] <= 100


def test_what_can_never_be_sent(programs, folder, hook):
    with Drive(programs, folder) as drive:
        for letter in ({"where": "file:///etc/passwd"}, {"where": "smtp://127.0.0.1/"}, {"where": ""},
                       {"where": "http://a b/"}, {"name": "1\r\nX-Evil: 1"}, {"where": hook.url + "/ok\0"},
                       {"body": "x" * (1 << 20)}):
            letter = {"where": hook.url + "/ok", "body": BODY, "name": "1", **letter}
            answer = drive.answer(kind="webhook", **letter)
            assert answer["result"] == "permanent" and answer["words"], letter
        assert hook.got == []


def test_secrets_are_read_each_time(programs, folder, hook):
    with Drive(programs, folder) as drive:
        letter = {"kind": "webhook", "where": hook.url + "/ok", "body": BODY, "name": "1",
                  "authorization_file": str(folder / "token")}
        answer = drive.answer(**letter)
        assert answer["result"] == "temporary" and "No such file" in answer["words"]
        for text in ("", "two\nlines\n", "x" * 5000, "a\0b"):
            secret(folder, text, "token")
            answer = drive.answer(**letter)
            assert answer["result"] == "temporary" and "one line" in answer["words"], text
        secret(folder, "Bearer abc\r\n", "token")
        assert drive.answer(**letter)["result"] == "ok"
        [(_, headers, _)] = hook.got
        assert headers["Authorization"] == "Bearer abc"


def test_flood_of_letters(programs, folder, hook):
    with Drive(programs, folder) as drive:
        for number in range(1, 1001):
            drive.send(kind="webhook", where=hook.url + "/ok", body=BODY, name=str(number))
        answers = drive.answers(1000)
        assert {answer["result"] for answer in answers.values()} == {"ok"}
        assert sorted(int(headers["X-Mailfuse-Delivery"]) for _, headers, _ in hook.got) == list(range(1, 1001))
        assert len(drive.couriers()) == 1


def test_too_many_letters(programs, folder, hook):
    with Drive(programs, folder) as drive:
        for number in range(1, 4201):
            drive.send(kind="webhook", where=hook.url + "/slow", body=BODY, name=str(number))
        refused = drive.answers(50)
        assert {answer["result"] for answer in refused.values()} == {"temporary"}
        assert all("too many" in answer["words"] and number > 4096 for number, answer in refused.items())


def test_a_server_that_hangs_keeps_nobody_waiting(programs, folder, hook):
    with Drive(programs, folder) as drive:
        slow = [drive.send(kind="webhook", where=hook.url + "/slow", body=BODY, name="1") for _ in range(30)]
        last = drive.answer(kind="webhook", where=hook.url + "/ok", body=BODY, name="2")
        assert last["result"] == "ok" and last["id"] > slow[-1]


def test_courier_is_killed_and_another_one_comes(programs, folder, hook):
    with Drive(programs, folder) as drive:
        drive.send(kind="webhook", where=hook.url + "/slow", body=BODY, name="1")
        assert hook.reached.wait(20)
        [pid] = drive.couriers()
        os.kill(pid, signal.SIGKILL)
        answer = drive.line()
        assert answer["id"] == 1 and answer["result"] == "temporary" and "ended" in answer["words"]
        assert drive.answer(kind="webhook", where=hook.url + "/ok", body=BODY, name="2")["result"] == "ok"
        assert drive.couriers() not in ([], [pid])
        [pid] = drive.couriers()
        os.kill(drive.process.pid, signal.SIGHUP)  # the settings may have changed: another one
        wait(lambda: not Path(f"/proc/{pid}").exists(), "it did not end")  # a dying one still has its socket
        assert drive.answer(kind="webhook", where=hook.url + "/ok", body=BODY, name="3")["result"] == "ok"


def test_it_ends_when_there_is_nothing_to_do(programs, folder, hook):
    with Drive(programs, folder, idle_ms=200) as drive:
        for _ in range(3):
            assert drive.answer(kind="webhook", where=hook.url + "/ok", body=BODY, name="1")["result"] == "ok"
            wait(lambda: drive.couriers() == [], "it did not end")
        assert drive.log.seek(0) == 0 and drive.log.read() == ""  # nothing worth a line


def test_nobody_is_left_behind(programs, folder, hook):
    with Drive(programs, folder) as drive:
        drive.send(kind="webhook", where=hook.url + "/slow", body=BODY, name="1")
        assert hook.reached.wait(20)
        [pid] = drive.couriers()
        drive.process.kill()
        drive.process.wait()
        # The courier goes with its parent, and what it had begun with it.
        wait(lambda: not os.path.exists(f"/proc/{pid}"), "it stays")


def test_it_has_no_rights(programs, folder, hook):
    with Drive(programs, folder) as drive:
        drive.send(kind="webhook", where=hook.url + "/slow", body=BODY, name="1")
        assert hook.reached.wait(20)
        [pid] = drive.couriers()
        status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status", encoding="ascii") if ":" in line)
        assert status["NoNewPrivs"].strip() == "1" and int(status["CapEff"], 16) == 0
        assert int(status["CapBnd"], 16) == 0 or os.geteuid() != 0
        assert "0" not in status["Uid"].split()
        assert sorted(os.listdir(f"/proc/{pid}/fd"), key=int)[:3] == ["0", "1", "2"]
        left = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd") if int(fd) > 2]
        assert sorted(name.split(":")[0] for name in left) == ["anon_inode", "pipe"]  # its signals, one delivery
