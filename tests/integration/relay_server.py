"""The emergency relay of somebody else, on loopback: SMTP with STARTTLS (or TLS from the first byte) and a login, and
a certificate of a CA of its own. What it takes is in `messages`; what it does wrong is up to the test."""
import asyncio
import base64
import email
import re
import ssl
import subprocess
import threading

LOGIN, PASSWORD = "site@relay.test", "secret: with a colon"


def certificate(folder, name="localhost", ca="ca"):
    """A CA and a certificate of that name by it: (CA, certificate and key)."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=folder)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    if not (folder / f"{ca}.pem").exists():
        openssl("req", "-x509", *key, "-days", "30", "-subj", "/CN=test CA", "-keyout", f"{ca}.key", "-out", f"{ca}.pem")
    openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{name}\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial", "-days",
            "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt")
    chain = folder / f"{name}.pem"
    chain.write_text((folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text())
    return folder / f"{ca}.pem", chain


class Relay:
    """Listens from the start; a context that ends with it."""

    def __init__(self, chain, smtps=False):
        self.messages, self.greeting, self.starttls, self.auth = [], "220 relay.test ESMTP", True, "PLAIN LOGIN"
        self.refuse = {}  # "MAIL", "RCPT", "DATA", "EHLO": what is said instead
        self.smtps, self.tls = smtps, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(chain)
        self.loop, self.started = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.started.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(10)

    def run(self):
        self.loop.run_until_complete(self.serve())

    async def serve(self):
        self.stopping = asyncio.Event()
        server = await asyncio.start_server(self.session, "127.0.0.1", 0, limit=1 << 20,
                                            ssl=self.tls if self.smtps else None)
        self.port = server.sockets[0].getsockname()[1]
        self.started.set()
        await self.stopping.wait()
        server.close()

    async def session(self, reader, writer):
        state = {"tls": self.smtps, "login": None, "from": None, "to": []}

        async def say(text):
            writer.write(text.encode() + b"\r\n")
            await writer.drain()

        try:
            await say(self.greeting)
            while line := await reader.readline():
                verb, line = line[:4].upper().decode("latin-1"), line.decode("latin-1").strip()
                if verb in self.refuse:
                    await say(self.refuse[verb])
                elif verb == "EHLO":
                    words = ["relay.test", "8BITMIME"] + (["STARTTLS"] if self.starttls and not state["tls"] else [])
                    words += [f"AUTH {self.auth}"] if state["tls"] and self.auth else []
                    await say("\r\n".join(f"250{'-' if word != words[-1] else ' '}{word}" for word in words))
                elif verb == "STAR":
                    await say("220 go on")
                    await writer.start_tls(self.tls)
                    state["tls"] = True
                elif verb == "AUTH":
                    await self.log_in(line, reader, say, state)
                elif verb == "MAIL":
                    state["from"], state["to"] = re.search(r"<(.*?)>", line)[1], []
                    await say("250 ok" if state["login"] else "530 5.7.0 Authentication required")
                elif verb == "RCPT":
                    to = re.search(r"<(.*?)>", line)[1]
                    state["to"] += [] if to.startswith("nobody") else [to]
                    await say("550 5.1.1 User unknown" if to.startswith("nobody") else "250 ok")
                elif verb == "DATA":
                    await say("354 go on")
                    text = await reader.readuntil(b"\r\n.\r\n")
                    self.messages.append({"login": state["login"], "sender": state["from"], "recipients": state["to"],
                                          "subject": email.message_from_bytes(text)["Subject"]})
                    await say("250 2.0.0 taken")
                elif verb == "QUIT":
                    await say("221 bye")
                    break
                else:
                    await say("250 ok")
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # whoever tries us out goes without a word
        writer.close()

    async def log_in(self, line, reader, say, state):
        words = line.split()
        if words[1].upper() == "PLAIN":
            user, password = base64.b64decode(words[2]).decode().split("\0")[1:]
        else:
            await say("334 VXNlcm5hbWU6")
            user = base64.b64decode(await reader.readline()).decode()
            await say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(await reader.readline()).decode()
        if (user, password) == (LOGIN, PASSWORD):
            state["login"] = user
            await say("235 2.7.0 welcome")
        else:
            await say("535 5.7.8 Authentication credentials invalid")

    def subjects(self):
        return [message["subject"] for message in self.messages]
