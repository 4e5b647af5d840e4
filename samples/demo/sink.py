"""sink.py PORT FILE - the rest of the world: takes all mail for other domains, and writes down what came.

Recipients that begin with "nobody" do not exist (550 5.1.1), those with "blocked" live where our address is on a
list (554 5.7.1), those with "greylist" are told to come again (451 4.7.1) until FILE.patient exists; all others are
accepted. Each message is one line of JSON in FILE: time, login and client (both from Postfix's own Received
header), sender, recipients, subject.
"""
import asyncio
import email
import json
import os
import re
import sys
import time

ANSWER_AFTER = 0.15  # seconds: a server far away answers no sooner
HIDDEN = re.compile(r"\[([0-9A-Fa-f.:]+)\]\)")
LOGIN = re.compile(r"\(Authenticated sender: ([^)\s]+)\)")


def verdict(recipient, patient):
    """What we answer to RCPT TO; None: accepted."""
    if recipient.startswith("nobody"):
        return f"550 5.1.1 <{recipient}>: Recipient address rejected: User unknown"
    if recipient.startswith("blocked"):
        return "554 5.7.1 Service unavailable; client host [192.0.2.25] blocked using bl.dnsbl.test: listed"
    if recipient.startswith("greylist") and not patient:
        return f"451 4.7.1 <{recipient}>: Greylisted, try again later"
    return None


def describe(sender, recipients, content):
    message = email.message_from_bytes(content)
    received = " ".join((message.get_all("Received") or [""])[0].split())
    login, client = LOGIN.search(received), HIDDEN.search(received)
    return {"time": round(time.time(), 3), "login": login.group(1) if login else "",
            "client": client.group(1) if client else "", "sender": sender, "recipients": recipients,
            "subject": str(message.get("Subject", ""))}


class Session:
    def __init__(self, reader, writer, path):
        self.reader, self.writer, self.path = reader, writer, path
        self.sender, self.recipients = "", []

    async def say(self, text):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def run(self):
        try:
            await self.say("220 world.test ESMTP")
            while line := await self.reader.readline():
                if not await self.obey(line.decode("latin-1").strip()):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # the other side is gone: nothing was promised
        finally:
            self.writer.close()

    async def obey(self, line):
        """One command; False ends the session."""
        verb, address = line[:4].upper(), re.search(r"<([^>]*)>", line)
        if verb == "EHLO":
            await self.say("250-world.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n"
                           "250 SIZE 20000000")
        elif verb in ("HELO", "NOOP", "RSET"):
            self.sender, self.recipients = "", []
            await self.say("250 2.0.0 Ok")
        elif verb == "MAIL" and address:
            self.sender, self.recipients = address.group(1), []
            await self.say("250 2.1.0 Ok")
        elif verb == "RCPT" and address:
            await self.recipient(address.group(1))
        elif verb == "DATA" and self.recipients:
            await self.data()
        elif verb == "QUIT":
            await self.say("221 2.0.0 Bye")
            return False
        else:
            await self.say("503 5.5.1 Not now")
        return True

    async def recipient(self, address):
        if not self.recipients:
            await asyncio.sleep(ANSWER_AFTER)
        refusal = verdict(address.lower(), os.path.exists(self.path + ".patient"))
        if refusal is None:
            self.recipients.append(address)
        await self.say(refusal or "250 2.1.5 Ok")

    async def data(self):
        await self.say("354 End data with <CR><LF>.<CR><LF>")
        content = await self.reader.readuntil(b"\r\n.\r\n")
        with open(self.path, "a") as file:
            file.write(json.dumps(describe(self.sender, self.recipients, content)) + "\n")
        self.sender, self.recipients = "", []
        await self.say("250 2.0.0 Ok: delivered")


async def main(port, path):
    server = await asyncio.start_server(lambda r, w: Session(r, w, path).run(), "127.0.0.1", port,
                                        limit=32 << 20)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
