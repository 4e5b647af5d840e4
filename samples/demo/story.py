"""story.py PROGRAM [--keep] - a stolen account on a protected server, from the first spam to the reset.

Starts a mail system of its own (mailsystem.py), protects it with PROGRAM, the built mailfuse, and plays the
day of a small company in which the password of one account is stolen. What is claimed is looked up in Postfix's
queue, in what reached the rest of the world and in what each player was told; the demo fails when it is not so.
"""
import argparse
import imaplib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import day
import past
import people
import processes
import programs as mail_programs
from daemon import Daemon
from mailsystem import MailSystem

PAGE = "demo-incident.html"
DAY_SECONDS = 8
OFFER = "Offer for twelve chairs"
NEW_PASSWORD = "a-new-and-longer-password"
THIEF_READS_FROM = "198.19.200.7"


class NotSo(Exception):
    """Something that the demo promises did not happen."""


def expect(truth, claim):
    if not truth:
        raise NotSo(claim)


def title(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def say(text):
    print(f"  {text}", flush=True)


def amount(number, one, many=None):
    return f"{number:,} {one if number == 1 else many or one + 's'}"


class Watch(threading.Thread):
    """Says what mailfuse thinks of one account while it changes its mind."""

    def __init__(self, daemon, account):
        super().__init__(daemon=True)
        self.daemon_process, self.account = daemon, account
        self.start_time, self.over = time.monotonic(), threading.Event()
        self.signals, self.stage, self.score, self.locked_after, self.trouble = set(), "observe", 0.0, None, None

    def run(self):
        while not self.over.wait(0.05):
            try:
                self.look(self.daemon_process.ask("explain", account=self.account))
            except (OSError, RuntimeError, ValueError) as error:
                self.trouble = error

    def look(self, found):
        for evidence in found["evidence"]:
            if evidence["weight"] >= 0.5 and evidence["signal"] not in self.signals:
                self.signals.add(evidence["signal"])
                self.line(f"{evidence['weight']:+5.1f}  {evidence['words']}")
        if found["stage"] != self.stage:
            self.stage = found["stage"]
            words = {"hold": "its mail is held: accepted, but nothing leaves", "observe": "it is free again",
                     "lock": "the fuse trips: locked for sending and for logins"}[self.stage]
            self.line(f"{found['score']:5.1f}  in all: {words}")
            if self.stage == "lock":
                self.locked_after = time.monotonic() - self.start_time
        self.score = found["score"]

    def line(self, text):
        say(f"{time.monotonic() - self.start_time:5.1f} s  {text}")

    def end(self):
        self.over.set()
        self.join()


class Story:
    def __init__(self, program, directory):
        self.directory = Path(directory)
        self.system = MailSystem(directory)
        self.program, self.daemon, self.programs = Path(program).resolve(), None, None
        self.alice = next(one for one in people.company() if one.login == people.OWNER)

    # -- the server

    def set_up(self):
        title("A mail server of its own, on loopback")
        self.system.prepare()
        port = self.system.settings["ports"]
        self.daemon = Daemon(self.program, self.directory / "mailfuse", {
            "policy_listen": [f"inet:127.0.0.1:{port['policy']}"],
            "auth_policy_listen": [f"inet:127.0.0.1:{port['auth_policy']}"],
            "logs": [self.system.mail_log, self.system.dovecot_log],
            "postfix_config_directory": self.system.postfix_config,
            "dovecot_config": self.system.dovecot_config,
            "postfix_lock_map": f"hash:{self.directory}/mailfuse/locked-accounts",
            "dovecot_deny_file": self.directory / "mailfuse" / "dovecot-deny"})
        self.daemon.prepare()
        for server in ("postfix", "dovecot"):
            done = self.daemon.run("setup", server, "--apply")
            expect(done.returncode == 0, f"mailfuse setup {server} --apply: {done.stdout}{done.stderr}")
        self.system.start()
        self.programs = self.system.programs()
        say(f"Postfix and Dovecot run below {self.directory}, wired by `mailfuse setup ... --apply`")

        log = self.directory / "log" / "past.log"
        past.write(log)
        self.daemon.learn(log)
        self.daemon.start()
        lines = sum(1 for _ in open(log))
        say(f"mailfuse has learnt from {lines:,} lines of old log what is usual, and runs: mode enforce")

    # -- the day

    def working_day(self):
        title("A working day: eight people and a newsletter")
        tally = day.working_day(self.programs, DAY_SECONDS).start().join().tally()
        expect(not tally.refused, f"honest mail was refused: {tally.refused}")
        self.drained()
        expect(not self.system.queue(), "honest mail is held")
        say(f"{amount(tally.messages, 'message')} to {amount(tally.recipients, 'recipient')}:"
            " none refused, none held")
        self.send_offer()
        say(f"Alice's \"{OFFER}\" waits in the queue: its recipient's server greylists")

    def drained(self, account=None):
        """Nothing is being delivered any more (of one sender)."""
        processes.wait_until(lambda: not [
            one for one in self.system.queue()
            if one["queue_name"] in ("incoming", "active") and account in (None, one["sender"])], 30,
            "the queue does not come to rest")

    def send_offer(self):
        session = self.programs.smtp(self.alice.login, self.alice.password, people.OFFICE)
        content = mail_programs.letter(self.alice.login, ["greylist.ruth@bay-hotel.test"], OFFER,
                                       "<offer-1@example.test>")
        session.sendmail(self.alice.login, ["greylist.ruth@bay-hotel.test"], content)
        session.close()
        processes.wait_until(lambda: [one for one in self.system.queue() if one["queue_name"] == "deferred"], 20,
                             "the offer was not deferred")
        self.offer_id = next(one["queue_id"] for one in self.system.queue() if one["queue_name"] == "deferred")

    def abuse(self):
        hosts, each = 30, 20
        title(f"Alice's password is stolen: {hosts} computers all over the world send spam with it")
        reader = day.Reader(self.programs, self.alice.login, self.alice.password, THIEF_READS_FROM)
        colleagues = day.working_day(self.programs, DAY_SECONDS, seed=2, without=[self.alice.login])
        watch, bots = Watch(self.daemon, self.alice.login), day.abuse(self.programs, hosts, each)
        colleagues.start()
        watch.start()
        bots.start().join()
        watch.end()
        self.drained(self.alice.login)
        colleagues.join()
        self.drained()
        self.account_for(bots.tally(), colleagues.tally(), watch, reader, hosts * each)

    def spam_that_left(self):
        return [one for one in self.system.arrived() if one["login"] == self.alice.login
                and one["client"].startswith(("198.18.", "198.19."))]

    def held(self):
        """What was being delivered when it was put on hold may have nobody left to be delivered to."""
        return [one for one in self.system.queue()
                if one["queue_name"] == "hold" and one["sender"] == self.alice.login and one["recipients"]]

    def account_for(self, thief, colleagues, watch, reader, wanted):
        left, held = self.spam_that_left(), self.held()
        expect(watch.locked_after is not None,
               f"the fuse did not trip: score {watch.score:.1f}, stage {watch.stage} {watch.trouble or ''}")
        title("What came of it")
        say(f"wanted to send    {amount(wanted, 'message')}; Postfix took {thief.messages:,} of them to"
            f" {amount(thief.recipients, 'recipient')}")
        say(f"got out           {amount(len(left), 'message')} to"
            f" {amount(sum(len(one['recipients']) for one in left), 'recipient')}")
        say(f"held              {amount(len(held), 'message')} to"
            f" {amount(sum(len(one['recipients']) for one in held), 'recipient')}, among them Alice's own")
        say(f"sessions          {amount(thief.cut, 'session')} of the thief ended in the middle (421),"
            f" {amount(sum(n for words, n in thief.refused.items() if words.startswith('login')), 'login')} refused")
        expect(thief.cut > 0, "no session of the thief was ended")
        expect(any(one["queue_id"] == self.offer_id for one in held), "Alice's own mail is not among what is held")
        processes.wait_until(lambda: not reader.alive(), 5, "the thief's mailbox is still open")
        reader.close()
        say("mailbox           the one that the thief had open (IMAP) was closed")
        expect(not colleagues.refused, f"colleagues were refused: {colleagues.refused}")
        expect(all(one["sender"] == self.alice.login for one in self.system.queue()), "colleagues' mail is held")
        say(f"colleagues        {amount(colleagues.messages, 'message')} to"
            f" {amount(colleagues.recipients, 'recipient')} meanwhile: none refused, none held")

    # -- the reset

    def reset(self):
        title("The reset")
        incident = self.daemon.ask("show", what=self.alice.login)["incident"]
        self.system.set_password(self.alice.login, NEW_PASSWORD)
        self.command("unlock", self.alice.login, "--reason", "new password by telephone")
        processes.wait_until(self.owner_reads, 20, "Alice cannot log in with her new password")
        self.expect_refused()
        say("Alice is in her mailbox with the new password; the thief's is worth nothing")
        self.release_offer(incident)
        self.command("purge", str(incident), "--yes", "--reason", "spam")
        processes.wait_until(lambda: not self.held(), 20, "something is still held")
        processes.wait_until(self.owner_writes, 20, "Alice cannot send")
        self.wait_for_mail(OFFER, "I am back")
        say(f"Alice's own \"{OFFER}\" has arrived, and so has what she writes now")
        return incident

    def owner_reads(self):
        """As Dovecot looks at its files once a second, not at the first try."""
        try:
            self.programs.imap(self.alice.login, NEW_PASSWORD, people.OFFICE[1]).logout()
            return True
        except imaplib.IMAP4.error:
            return False

    def owner_writes(self):
        """As Postfix looks at the list of locked accounts when a session begins, not in the first one."""
        to = ["ruth@bay-hotel.test"]
        try:
            session = self.programs.smtp(self.alice.login, NEW_PASSWORD, people.OFFICE)
            session.sendmail(self.alice.login, to, mail_programs.letter(
                self.alice.login, to, "I am back", people.message_id(self.alice.program, random.Random(3))))
            session.close()
            return True
        except day.TROUBLE:
            return False

    def expect_refused(self):
        try:
            self.programs.smtp(self.alice.login, self.alice.password, (None, people.botnet(40)[-1])).close()
        except day.TROUBLE:
            return
        raise NotSo("the stolen password still works")

    def release_offer(self, incident):
        self.system.be_patient()
        self.command("release", str(incident), self.offer_id, "--reason", "Alice's own")

    def wait_for_mail(self, *subjects):
        processes.wait_until(lambda: set(subjects) <= {
            one["subject"] for one in self.system.arrived() if one["login"] == self.alice.login}, 30,
            f"not arrived: {subjects}")

    def command(self, *words):
        """A command of mailfuse as an administrator types it, and the first line of its answer."""
        done = self.daemon.run(*words)
        expect(done.returncode == 0, f"mailfuse {' '.join(words)}: {done.stdout}{done.stderr}")
        say(f"$ mailfuse {' '.join(f'{word!r}' if ' ' in word else word for word in words)}")
        for line in done.stdout.splitlines()[:1]:
            say(f"  {line}")

    def report(self, incident, page):
        done = self.daemon.run("incident", str(incident), "--html", page)
        expect(done.returncode == 0, f"mailfuse incident {incident} --html: {done.stderr}")
        say(f"The report of incident {incident}, to hand on: {page}")

    # -- the end

    def end(self):
        """Stop everything; the pids of what did not stop."""
        if self.daemon:
            self.daemon.stop()
        self.system.stop()
        return processes.of_directory(self.directory)


def keep(story):
    """Leave it running, and say how to go on."""
    program = f"{story.program} COMMAND -c {story.daemon.config}"
    story.system.keep("mailfuse", story.daemon.process.pid)
    title("It goes on running. To try by hand, as root:")
    say(f"{program}")
    say("  COMMAND: status, top, incidents, show ACCOUNT, journal, lock ACCOUNT, unlock ACCOUNT --force, ...")
    say(f"A working day:       /usr/bin/python3 samples/demo/day.py {story.directory} day")
    say(f"Another theft:       /usr/bin/python3 samples/demo/day.py {story.directory} abuse bob@example.test")
    say(f"The logs:            {story.system.mail_log} and {story.system.dovecot_log}")
    say(f"To end it:           ./demo --stop {story.directory}")


def play(story, page, keep_running):
    story.set_up()
    story.working_day()
    story.abuse()
    story.report(story.reset(), page)
    if keep_running:
        keep(story)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave it running")
    parser.add_argument("--page", type=Path, default=Path.cwd() / PAGE)
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="mailfuse-demo-"))
    directory.chmod(0o755)
    story, failed, begun = Story(options.program, directory), None, time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        play(story, options.page, options.keep)
        if options.keep:
            return 0
    except (NotSo, TimeoutError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        failed = error
    except KeyboardInterrupt:
        failed = "interrupted"
    left = story.end()
    if failed != "interrupted" and (failed or left):
        print(f"demo: {failed or f'processes did not end: {left}'}; logs are in {directory}", file=sys.stderr)
        return 1
    shutil.rmtree(directory)
    if not failed:
        say(f"All servers are stopped, nothing is left of them; it took {time.monotonic() - begun:.0f} s.")
    return 130 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
