"""One story with real servers, from the stolen password to the day when everything is well again: the queue grows, the
account is locked, an address of ours is listed and mail leaves by another server, a recipient complains; one incident ties
all of it, people are told of each once, and the guide is followed until the list has us no more and mail leaves by this server again."""
import os
import re
import smtplib
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import live_bed
import relay_server
from live_bed import LiveBed
from name_servers import SOA, only_these_lists, servers
from receivers import MailServer, WebServer
from test_feedback import report
from test_live_clock import Clock

BOB, ALICE = "bob@example.test", "alice@example.test"
OUT, THIEF = "203.0.113.5", "198.51.100.99"
NEW_PASSWORD = "another-one"
FEW = 8  # messages of the thief that wait for a server which takes none now
LISTS = """
list good.test
  name     Good list
  asks     ip4
  gravity  grave
  code     127.0.0.2 a spam source
  page     https://good.test/remove?ip=%a
  wants    The cause has ended.
"""
CLEAN = ":127.0.0.2:Listed\n127.0.0.2\n"
LISTED = CLEAN + OUT + "\n"


def settings_of(folder, resolver, relay, mail, web):
    """Only the list of this test is asked, and the relay and those who are told are this test's."""
    (folder / "owners").write_text(f"{BOB} bob@private.test de\n")
    ca, chain = relay_server.certificate(folder)
    other = relay_server.Relay(chain)
    relay.append(other)
    host = f"[localhost]:{other.port}"
    (folder / "credentials").write_text(f"{host} {relay_server.LOGIN}:{relay_server.PASSWORD}\n")
    (folder / "credentials").chmod(0o600)
    only_these_lists(folder / "lists", LISTS)
    return (f'dnsbl {{ lists = "{folder}/lists" resolvers = {{"127.0.0.1@{resolver}"}} '
            f'addresses = {{"{OUT}"}} }}\n'
            f'relay {{ host = "{host}" credentials = "{folder}/credentials" ca-file = "{ca}"\n'
            'automatic = yes back-after = "1h" }\n'
            f'alerts {{ mail-server = "smtp://127.0.0.1:{mail.server_address[1]}"\n'
            f'mail-from = "mailfuse@mail.example.test" tell-owner = yes owner-addresses = "{folder}/owners"\n'
            'recipient "postmaster@example.test" { severity = info }\n'
            f'webhook "all" {{ url = "http://127.0.0.1:{web.server_address[1]}/generic" severity = info }} }}\n')


class Story:
    """What happened so far; each test is a chapter and needs those before it."""

    def __init__(self, bed, zones, clock, relay, mail, web):
        self.bed, self.zones, self.clock, self.relay, self.mail, self.web = bed, zones, clock, relay, mail, web
        self.incident = self.queue_incident = None

    def zone(self, text):
        """Other contents of the list, seen when it answers so."""
        path = self.zones / "zone0"
        path.write_text(SOA.format("good.test") + text)
        os.utime(path, (time.time() + 5, time.time() + 5))
        time.sleep(2.2)  # rbldnsd looks every second, and says nothing of it

    def look_at_lists(self):
        before = self.bed.ctl("delist")["last"]
        assert self.bed.daemon.run("reload").returncode == 0
        self.bed.wait(lambda: self.bed.ctl("delist")["last"] not in (None, before), "a cycle")

    def whole(self, number=None):
        return self.bed.ctl("incident", number or self.incident)["incident"]

    def findings(self, number=None):
        return {one["kind"]: one for one in self.whole(number)["findings"]}

    def told(self, words):
        """The time line of the incident has these; the journal is written a moment later."""
        self.bed.wait(lambda: words <= {event["what"] for event in self.whole()["events"]}, f"{words} in the time line", 10)

    def steps(self):
        [listing] = self.bed.ctl("delist", OUT)["listings"]
        return {step["step"]: step for step in listing["steps"]}, listing

    def prepare_relay(self):
        """As an administrator does it, long before."""
        postfix = self.bed.bed / "postfix"
        with open(postfix / "main.cf", "a") as file:
            file.write("smtp_host_lookup = dns, native\n")
        for words in (("setup", "relay", "--apply"), ("relay", "test", "--to", "me@far.test")):
            done = self.bed.daemon.run(*words)
            assert done.returncode == 0, done.stdout + done.stderr
        subprocess.run(["/usr/sbin/postfix", "-c", postfix, "reload"], check=True, timeout=20, stderr=subprocess.DEVNULL)

    def writes(self, who, friend, password=None):
        """An ordinary letter from home; False when it is not taken."""
        try:
            return self.bed.send(who, [live_bed.friend_of(who, friend)], addr=live_bed.usual_addresses(who)[0],
                                 password=password) == {}
        except smtplib.SMTPException:
            return False

    def way(self, number):
        """Where a letter of ALICE comes out."""
        to = f"friend{number}@d1.test"
        self.bed.send(ALICE, [to], addr=live_bed.usual_addresses(ALICE)[0], subject=to)

        def found():
            if to in self.relay.subjects():
                return "relay"
            return "direct" if any(to in one["to"] for one in self.bed.sink(ALICE)) else None
        return self.bed.wait(found, f"{to} on its way")

    def leaves_by(self, way, numbers):
        """Postfix sees a map that has changed within ten seconds."""
        for number in numbers:
            if self.way(number) == way:
                return
            time.sleep(1)
        raise AssertionError(f"mail does not leave by {way}")

    def do(self, step):
        """What the guide says, as it says it."""
        words = step["command"].split()
        assert words[0] == "mailfuse"
        done = self.bed.daemon.run(*words[1:], *(["--yes"] if words[1] == "purge" else []))
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def story(mailfuse):
    live_bed.needed()
    with servers([("good.test", "ip4set", CLEAN)]) as (resolver, zones), \
            tempfile.TemporaryDirectory(prefix="mailfuse-story-") as name:
        folder, relay, mail, web = Path(name), [], MailServer(), WebServer()
        folder.chmod(0o755)
        settings = {"queue_alert": FEW - 3, "own_addresses": [OUT]}
        try:
            bed = LiveBed(mailfuse, settings, more=settings_of(folder, resolver, relay, mail, web))
            clock = Clock(bed.dir)
            bed.daemon.env = {**os.environ, **clock.env}
            with bed:
                one = Story(bed, zones, clock, relay[0], mail, web)
                one.prepare_relay()
                one.look_at_lists()
                yield one
        finally:
            for other in relay:
                other.__exit__()
            for server in (mail, web):
                server.shutdown()
                server.server_close()


def test_1_the_queue_grows(story):
    """A thief has the password of an ordinary user; his first mail waits for servers that do not take it yet."""
    bed = story.bed
    assert story.writes(BOB, 1) and story.writes(ALICE, 1)
    session = bed.smtp(BOB, addr=THIEF)
    for number in range(FEW):
        to = f"defer-{number}@d{number}.test"
        session.sendmail(BOB, [to], f"From: {BOB}\r\nTo: {to}\r\nSubject: offer\r\n\r\nBuy\r\n")
    session.close()
    bed.wait(lambda: len(bed.queue("deferred", BOB)) == FEW, "mail that waits")
    bed.wait(lambda: bed.ctl("queue")["since"], "an alarm", 70)  # it looks each minute
    [incident] = bed.ctl("incidents")["incidents"]
    assert (incident["kind"], incident["explained_by"], bed.stage(BOB)) == ("queue", None, "observe")
    assert f"{FEW} of them of {BOB}" in incident["reason"]
    story.queue_incident = incident["incident"]
    [culprit] = story.findings(story.queue_incident)["queue"]["culprits"]
    assert (culprit["account"], culprit["incident"]) == (BOB, None)


def test_2_the_account_is_locked(story):
    """He goes on from many networks, to a list as bad as bought ones are. His incident explains the queue."""
    bed = story.bed
    bed.abuse(BOB, 20, 10, 0.2)
    assert bed.stage(BOB) == "lock" and bed.stage(ALICE) == "observe"
    story.incident = bed.ctl("show", BOB)["incident"]
    bed.wait(lambda: "queue" in story.findings(), "the queue on his page", 10)
    queue = story.findings()["queue"]
    assert (queue["incident"], queue["explained_by"]) == (story.queue_incident, story.incident)
    assert story.whole(story.queue_incident)["open_measures"][0]["command"] == f"mailfuse incident {story.incident}"
    bed.wait(lambda: story.findings()["queue"]["state"] == "over", "a queue as usual", 70)
    assert story.whole(story.queue_incident)["state"] == "closed"
    assert f"see incident {story.queue_incident}" in bed.daemon.run("incident", story.incident).stdout


def test_3_an_address_is_listed(story):
    story.zone(LISTED)
    story.look_at_lists()
    listing = story.findings()["listing"]
    assert (listing["subject"], listing["state"], listing["incident"]) == (OUT, "open", story.incident)
    assert listing["culprits"][0]["account"] == BOB and listing["culprits"][0]["refused"] > 0
    assert not any(culprit["account"] == ALICE for culprit in listing["culprits"])
    story.told({"listed"})


def test_3_mail_leaves_by_the_relay(story):
    """The list is a grave one: the relay was prepared and tested, and is switched on by itself."""
    status = story.bed.wait(lambda: (now := story.bed.ctl("relay", "emergency", "status"))["on"] and now, "the relay")
    assert (status["by"], status["by_hand"], status["reason"]) == ("mailfuse", False, f"{OUT} is listed by Good list")
    story.leaves_by("relay", range(100, 130))


def test_4_a_recipient_complains(story):
    bed = story.bed
    log = (bed.bed / "mail.log").read_text()
    [taken, *_] = [queue_id for queue_id in re.findall(r" (\w+): from=<" + BOB, log)
                   if re.search(rf" {queue_id}: to=<\S+-\d+\.test>.*status=sent", log) and
                   not re.search(rf" {queue_id}: to=<friend", log)]
    message_id = re.search(rf" {taken}: message-id=<([^>]+)>", log).group(1)
    told = subprocess.run([bed.daemon.program, "feedback", "-c", bed.daemon.config, "--json"], timeout=20,
                          input=report(taken, message_id, source=OUT).encode(), capture_output=True, check=True)
    assert f'"incident":{story.incident}' in told.stdout.decode().replace(" ", "")
    complaints = story.findings()["complaints"]
    assert (complaints["count"], complaints["subject"], complaints["incident"]) == (1, BOB, story.incident)


def test_5_one_incident_ties_all(story):
    """On one page; and nothing else is open."""
    assert {kind: one["state"] for kind, one in story.findings().items()} == {
        "queue": "over", "listing": "open", "complaints": "open"}
    assert [one["incident"] for one in story.bed.ctl("incidents")["incidents"]] == [story.incident]
    story.told({"tied", "hold", "lock", "listed", "complaint"})
    page = Path(os.environ.get("STORY_PAGES", story.bed.dir)) / "story-incident.html"
    run = story.bed.daemon.run("incident", story.incident, "--html", page)
    assert run.returncode == 0, run.stderr
    text = page.read_text()
    for words in (f"Incident {story.incident}", "listed by Good list", "1 recipient complained", "wait in the queue"):
        assert words in text


def test_6_the_guide_is_followed(story):
    """What mailfuse delist says is done, until nothing is left to do."""
    bed = story.bed
    steps, listing = story.steps()
    assert listing["incident"] == story.incident and not listing["ready"]
    assert {name: step["done"] for name, step in steps.items()} == {
        "cause": True, "lock": True, "password": False, "held": False, "queue": True, "hosts": True, "actions": True}
    story.do(steps["held"])
    bed.wait(lambda: story.steps()[0]["held"]["done"], "nothing on hold")
    bed.wait(lambda: not [one for one in live_bed.queue_of(bed.bed) if (one["queue_name"], one["sender"]) == ("hold", BOB)],
             "not even an envelope of what was delivered while it was held", 90)
    bed.set_password(BOB, NEW_PASSWORD)
    story.do(steps["password"])
    assert bed.stage(BOB) == "lock" and not story.steps()[0]["password"]["done"]  # nobody has used the new one yet
    bed.wait(lambda: story.writes(BOB, 1, NEW_PASSWORD), "a login with the new password")
    bed.wait(lambda: bed.stage(BOB) == "observe", "the end of the lock")
    # The letter just written may be seen in the queue once.
    bed.wait(lambda: story.steps()[1]["ready"], lambda: f"the end of the guide: {story.steps()}")
    bed.wait(lambda: "all is done: ask for removal" in bed.daemon.run("delist", OUT).stdout,
             lambda: bed.daemon.run("delist", OUT).stdout)


def test_7_until_it_is_clean(story):
    bed = story.bed
    assert story.writes(BOB, 2, NEW_PASSWORD)
    assert bed.ctl("incidents")["incidents"] == []
    story.zone(CLEAN)
    story.look_at_lists()
    assert bed.ctl("delist")["listings"] == []
    assert story.findings()["listing"]["state"] == "over"
    [clean] = bed.ctl("delist", OUT)["clean"]
    assert (clean["incident"], clean["state"]) == (story.incident, "over")
    assert story.whole()["state"] == "closed" and story.whole()["open_measures"] == []
    story.told({"listed", "delisted"})
    assert len([event for event in story.whole()["events"] if "listed" in event["what"]]) == 2


def test_8_mail_leaves_by_this_server_again(story):
    """Not at once: lists come and go. More than an hour later, by the clock of a daemon that was away meanwhile."""
    def relay():
        return story.bed.ctl("relay", "emergency", "status")
    status = story.bed.wait(lambda: (now := relay())["back"] and now, "a time for the way back")
    assert status["on"] and status["listed"] == 0
    story.bed.daemon.stop()
    story.clock.set(2 * 3600)
    story.bed.daemon.start()
    story.bed.wait(lambda: not relay()["on"], "the own way")
    assert relay()["by"] == "mailfuse"
    story.leaves_by("direct", range(200, 230))


def test_9_each_alert_came_once(story):
    """By the incident that people know it by; the recovery, too; and the owner is told of his own in his language."""
    def kinds():
        return [alert["kind"] for _, alert, _ in story.web.hooks]

    def mails_of(address):
        return [message for to, message in story.mail.mails if to == address]

    def last_came():
        return "relay-off" in kinds() and \
            "relay-off" in [message["X-Mailfuse-Alert"] for message in mails_of("postmaster@example.test")]

    story.bed.wait(last_came, "the last alert")
    under = {alert["kind"]: alert["incident"] for _, alert, _ in story.web.hooks}
    assert sorted(kinds()) == sorted(set(kinds()))
    assert {"queue-grows", "queue-normal", "incident-locked", "incident-closed", "listed", "delisted", "complaint",
            "relay-on", "relay-off"} <= set(kinds())
    assert {kind for kind, number in under.items() if number == story.incident} >= {
        "incident-locked", "incident-closed", "listed", "delisted", "complaint"}
    assert under["queue-grows"] == under["queue-normal"] == story.queue_incident
    mails = mails_of("postmaster@example.test")
    assert sorted(mail["X-Mailfuse-Alert"] for mail in mails) == sorted(kinds())
    threads = {mail["X-Mailfuse-Alert"]: mail["References"] for mail in mails}
    assert len({threads[kind] for kind in ("incident-locked", "incident-closed", "listed", "complaint")}) == 1
    owner = mails_of("bob@private.test")
    assert owner and {message["Content-Language"] for message in owner} == {"de"}
    if "STORY_PAGES" in os.environ:
        for number, (to, message) in enumerate(story.mail.mails):
            head = "".join(f"{name}: {message[name]}\n" for name in ("From", "To", "Subject", "Date"))
            path = Path(os.environ["STORY_PAGES"]) / f"mail-{number:02}-{message['X-Mailfuse-Alert']}-{to}.txt"
            path.write_text(head + "\n" + message.get_content())
