"""mailfuse-courier delivers mail to a given server by SMTP: with and without TLS and login, to servers that
refuse, and to those that hang."""
import base64
import socket
import ssl
import subprocess
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from courier_bed import Drive, folder, programs, secret  # noqa: F401 (fixtures)

MESSAGE = "From: fuse@example.test\r\nSubject: held\r\n\r\n.dot\r\n..dots\r\n.\r\nEnd\r\n"
PASSWORD = "pass word"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    where = tmp_path_factory.mktemp("tls")
    where.chmod(0o755)
    for part in list(where.parents)[:3]:
        part.chmod(0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", where / "key", "-out", where / "cert"],
                   check=True, capture_output=True)
    (where / "cert").chmod(0o644)
    return where


def context_of(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert", certificate / "key")
    return context


class Handler:
    """Keeps the messages."""

    def __init__(self):
        self.got, self.logins = [], []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server, session, envelope):
        self.got.append((session, envelope))
        return "250 2.0.0 taken over as 4711"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((mechanism, data.login, data.password))
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


class Server(Controller):
    def __init__(self, handler, **options):
        self.options = options
        super().__init__(handler, hostname="127.0.0.1", port=0, ssl_context=options.pop("smtps", None))

    def factory(self):
        return SMTP(self.handler, **self.options)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def server():
    started = []

    def start(**options):
        controller = Server(Handler(), **options)
        controller.start()
        started.append(controller)
        return controller
    yield start
    for controller in started:
        controller.stop()


def letter(controller, scheme="smtp", **more):
    port = controller if isinstance(controller, int) else controller.port
    return {"kind": "mail", "where": f"{scheme}://localhost:{port}/fuse.example.test", "from": "fuse@example.test",
            "to": "postmaster@example.test", "body": MESSAGE, **more}


def test_message_arrives_as_it_is(programs, folder, server):
    sink = server()
    with Drive(programs, folder) as drive:
        answer = drive.answer(**letter(sink))
        assert answer == {"id": 1, "result": "ok", "retry_after": 0, "words": "250 2.0.0 taken over as 4711"}
        [(session, envelope)] = sink.handler.got
        assert (envelope.mail_from, envelope.rcpt_tos) == ("fuse@example.test", ["postmaster@example.test"])
        assert session.host_name == "fuse.example.test" and envelope.content.decode() == MESSAGE
        # An end of line is CR LF, whatever it was; nobody can end the message in between.
        assert drive.answer(**letter(sink, **{"from": ""}, body=".a\nb\r.\rc\0\n.\r\r\n\nlast"))["result"] == "ok"
        envelope = sink.handler.got[1][1]
        assert envelope.mail_from == "<>" and envelope.content == b".a\r\nb\r\n.\r\nc\r\n.\r\n\r\n\r\nlast\r\n"


def test_source_address(programs, folder, server):
    sink = server()
    with Drive(programs, folder) as drive:
        assert drive.answer(**letter(sink, source="127.0.0.77"))["result"] == "ok"
        assert sink.handler.got[0][0].peer[0] == "127.0.0.77"
        answer = drive.answer(**letter(sink, source="192.0.2.1"))
        assert answer["result"] == "temporary"


def test_addresses_that_would_be_commands(programs, folder, server):
    sink = server()
    with Drive(programs, folder) as drive:
        for more in ({"to": "a@example.test>\r\nRCPT TO:<b@example.test"}, {"to": "a b@example.test"}, {"to": ""},
                     {"from": "a\n@example.test"}, {"from": "<>"}, {"to": "x" * 2000}, {"where": "smtp://a b/"},
                     {"where": "http://127.0.0.1/"}, {"where": "smtp://"}):
            answer = drive.answer(**letter(sink, **more))
            assert answer["result"] == "permanent", (more, answer)
        assert sink.handler.got == []


def test_certificates(programs, folder, server, certificate):
    sink = server(tls_context=context_of(certificate))
    ours = str(certificate / "cert")
    with Drive(programs, folder) as drive:
        answer = drive.answer(**letter(sink, tls="require"))
        assert answer["result"] == "temporary" and "certificate" in answer["words"], answer
        assert sink.handler.got == []
        for more in ({"tls": "require", "ca_file": ours}, {"tls": "require", "unverified": True}, {"tls": "try"}):
            answer = drive.answer(**letter(sink, **more))
            assert answer["result"] == "ok", (more, answer)
            assert sink.handler.got[-1][0].ssl is not None
        assert drive.answer(**letter(sink, tls="none"))["result"] == "ok" and sink.handler.got[-1][0].ssl is None
        wrong_name = letter(sink, tls="require", ca_file=ours)
        wrong_name["where"] = wrong_name["where"].replace("localhost", "127.0.0.2")
        assert drive.answer(**wrong_name)["result"] == "temporary"


def test_without_tls(programs, folder, server):
    sink = server()
    with Drive(programs, folder) as drive:
        answer = drive.answer(**letter(sink, tls="require"))
        assert answer["result"] == "temporary" and sink.handler.got == []
        assert drive.answer(**letter(sink, tls="try"))["result"] == "ok"


def test_smtps(programs, folder, server, certificate):
    sink = server(smtps=context_of(certificate))
    with Drive(programs, folder) as drive:
        assert drive.answer(**letter(sink, "smtps"))["result"] == "temporary"
        assert drive.answer(**letter(sink, "smtps", tls="try"))["result"] == "temporary"
        assert drive.answer(**letter(sink, "smtps", ca_file=str(certificate / "cert")))["result"] == "ok"


def test_login(programs, folder, server, certificate):
    sink = server(tls_context=context_of(certificate), auth_require_tls=True, auth_required=True,
                  authenticator=None)
    sink.options["authenticator"] = sink.handler.authenticate
    more = {"tls": "try", "ca_file": str(certificate / "cert"), "user": "fuse"}
    with Drive(programs, folder) as drive:
        answer = drive.answer(**letter(sink, secret_file=secret(folder, PASSWORD + "\n"), **more))
        assert answer["result"] == "ok" and sink.handler.logins[-1][1:] == (b"fuse", PASSWORD.encode())
        answer = drive.answer(**letter(sink, secret_file=secret(folder, "wrong"), **more))
        assert answer["result"] == "temporary" and "535" in answer["words"], answer
        assert drive.answer(**letter(sink, secret_file="/nonexistent", **more))["result"] == "temporary"
        assert drive.answer(**letter(sink, tls="require", ca_file=more["ca_file"]))["result"] == "permanent"  # 530


def test_password_is_not_said_aloud(programs, folder, server):
    sink = server(auth_require_tls=False, authenticator=None)
    sink.options["authenticator"] = sink.handler.authenticate
    file = secret(folder, PASSWORD)
    with Drive(programs, folder) as drive:
        assert drive.answer(**letter(sink, tls="try", user="fuse", secret_file=file))["result"] == "temporary"
        assert sink.handler.logins == []
        assert drive.answer(**letter(sink, tls="none", user="fuse", secret_file=file))["result"] == "ok"


class Script:
    """A server that says these lines, one for each that it hears; then it hangs."""

    def __init__(self, *lines):
        self.lines, self.heard = lines, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.socket.accept()
        with connection, connection.makefile("rwb", buffering=0) as stream:
            for number, line in enumerate(self.lines):
                if number > 0:
                    self.heard.append(stream.readline())
                    while self.heard[-1] == b"From: fuse@example.test\r\n" and stream.readline() != b".\r\n":
                        pass
                stream.write(line.encode() + b"\r\n")
            self.done.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done.set()
        self.socket.close()


UP_TO_DATA = ("220 hello", "250 localhost", "250 ok", "250 ok", "354 go on")


@pytest.mark.parametrize("lines, result, words", [
    (("554 we do not like you",), "temporary", "554 we do not like you"),
    (("421 later",), "temporary", "421 later"),
    (UP_TO_DATA[:2] + ("550 5.1.8 who?",), "permanent", "550 5.1.8 who?"),
    (UP_TO_DATA[:3] + ("450 4.2.1 greylisted",), "temporary", "450 4.2.1 greylisted"),
    (UP_TO_DATA[:3] + ("550 5.1.1 \x1b[31mno such user",), "permanent", "550 5.1.1 ?[31mno such user"),
    (UP_TO_DATA[:3] + ("550 5.7.1 not you", "221 bye"), "permanent", "550 5.7.1 not you"),
    (UP_TO_DATA[:3] + ("550-5.7.1 first", ), "temporary", None),
    (UP_TO_DATA[:4] + ("451 4.3.0 out of ideas",), "temporary", "451 4.3.0 out of ideas"),
    (UP_TO_DATA + ("554 5.7.1 spam",), "permanent", "554 5.7.1 spam"),
    (UP_TO_DATA + ("452 4.3.1 disk full",), "temporary", "452 4.3.1 disk full"),
    (UP_TO_DATA + ("250 2.0.0 mine",), "ok", "250 2.0.0 mine"),  # and nothing for QUIT
    (("HTTP/1.0 400 what?",), "temporary", None),
])
def test_replies(programs, folder, lines, result, words):
    with Script(*lines) as script, Drive(programs, folder) as drive:
        begun = time.monotonic()
        number = drive.send(**letter(script.port))
        if words is None:
            time.sleep(0.2)
            script.done.set()  # it ends in the middle
        answer = drive.line()
        assert answer["id"] == number and answer["result"] == result, (answer, script.heard)
        assert words is None or answer["words"] == words
        assert time.monotonic() - begun < 10


def test_servers_that_hang(programs, folder):
    with Script() as silent, Script("220 hello") as deaf, Script(*UP_TO_DATA[:-1]) as lame, Script(*UP_TO_DATA) as slow, \
            Drive(programs, folder) as drive:
        begun = time.monotonic()
        for script in (silent, deaf, lame, slow):
            drive.send(**letter(script.port))
        drive.send(kind="webhook", where=f"http://127.0.0.1:{silent.port}/", body="{}", name="1")  # nobody accepts
        answers = drive.answers(5)
        assert time.monotonic() - begun < 40
        assert {answer["result"] for answer in answers.values()} == {"temporary"}
        assert all("imed out" in answer["words"] or "imeout" in answer["words"] for answer in answers.values()), answers


def test_nothing_of_the_password_is_kept(programs, folder):
    with Script("220 hello", "250-localhost\r\n250 AUTH PLAIN", "334 go on", "535 no") as script, \
            Drive(programs, folder) as drive:
        answer = drive.answer(**letter(script.port, tls="none", user="fuse", secret_file=secret(folder, PASSWORD)))
        assert answer["result"] == "temporary" and PASSWORD not in answer["words"]
        plain = base64.b64encode(b"\0fuse\0" + PASSWORD.encode())
        assert plain in b"".join(script.heard)
        log = (folder / "drive.log").read_text()
        assert PASSWORD not in log and plain.decode() not in log
