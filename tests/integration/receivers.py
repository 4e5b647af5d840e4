"""A mail server and a web server for tests, which keep what they are sent."""
import email
import email.policy
import http.server
import json
import socketserver
import threading


class MailSink(socketserver.StreamRequestHandler):
    """Just enough of RFC 5321."""

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        peer = self.client_address[0]
        self.say("220 sink")
        to = None
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                self.say("221 bye")
                return
            if verb == b"RCPT":
                to = line.split(b"<")[1].split(b">")[0].decode()
            if verb == b"DATA":
                self.say("354 go on")
                message = b""
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    message += part[1:] if part.startswith(b".") else part
                self.server.mails.append((to, email.message_from_bytes(message, policy=email.policy.default)))
                self.server.peers.append(peer)
            if verb == b"RCPT" and peer in self.server.refused:
                self.server.turned_away.append(peer)
                self.say(self.server.refused[peer])
            else:
                self.say(self.server.reply if verb == b"DATA" else "250 ok")


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.tried.append(json.loads(body))
        if self.server.status == 200:
            self.server.hooks.append((self.path, json.loads(body), dict(self.headers)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MailSink)
        self.mails, self.reply, self.peers = [], "250 taken", []  # peers: whence each of them
        self.refused, self.turned_away = {}, []  # {address: the reply to RCPT}; who came from there
        threading.Thread(target=self.serve_forever, daemon=True).start()


class WebServer(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Hook)
        self.hooks, self.tried, self.status = [], [], 200
        threading.Thread(target=self.serve_forever, daemon=True).start()
