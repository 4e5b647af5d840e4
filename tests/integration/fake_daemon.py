"""A daemon's control socket that answers from files: tests/integration/control/COMMAND.json."""
import json
import re
import socket
import threading
from pathlib import Path

ANSWERS = Path(__file__).resolve().parent / "control"
HOSTILE = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>&\"'\u202eevil\nx\u009b31m"


def answer_of(name):
    return json.loads((ANSWERS / f"{name}.json").read_text())


def hostile(value):
    """The same with every text hostile, but for those that are words of the protocol."""
    if isinstance(value, dict):
        keep = {"kind", "stage", "state", "type", "mode", "source"}
        return {name: item if name in keep else hostile(item) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    if isinstance(value, str) and not re.match(r"20\d\d-", value):
        return HOSTILE
    return value


class FakeDaemon:
    """Serves `path`; `requests` has what was asked, `answers` what else to say: by command an object, raw
    bytes (it hangs up after those without a newline), or a function of the request."""

    def __init__(self, path):
        self.path, self.requests, self.answers = path, [], {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection, connection.makefile("rwb") as file:
            for line in file:
                request = json.loads(line)
                self.requests.append(request)
                reply = self.answer(request)
                if not reply:
                    return
                try:
                    file.write(reply)
                    file.flush()
                except OSError:
                    return
                if not reply.endswith(b"\n"):
                    return

    def answer(self, request):
        command = request["command"]
        reply = self.answers.get(command)
        if callable(reply):
            reply = reply(request)
        if reply is None and command == "show":
            reply = answer_of("show-address" if request["what"][0].isdigit() else "show-account")
        if reply is None:
            reply = answer_of(command)
        return reply if isinstance(reply, bytes) else json.dumps(reply).encode() + b"\n"

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)
