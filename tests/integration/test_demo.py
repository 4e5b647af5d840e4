"""What ./demo is made of: a mail system of its own, people, their past, and a thief."""
import imaplib
import json
import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "samples" / "demo"))

import day  # noqa: E402
import past  # noqa: E402
import people  # noqa: E402
import processes  # noqa: E402
from mailsystem import MailSystem  # noqa: E402

ALICE = next(one for one in people.company() if one.login == people.OWNER)


@pytest.fixture(scope="module")
def system():
    if os.geteuid() != 0:
        pytest.skip("Postfix has to be started as root")
    for program in ("postfix", "dovecot"):
        if not shutil.which(program, path="/usr/sbin:/usr/bin"):
            pytest.skip(f"{program} is not installed: scripts/setup demo")
    # Not below pytest's own folder: the servers' users have to reach it.
    directory = Path(tempfile.mkdtemp(prefix="mailfuse-demo-"))
    directory.chmod(0o755)
    one = MailSystem(directory)
    try:
        one.start()
        yield one
    finally:
        one.stop()
        left, ports = processes.of_directory(directory), one.settings["ports"].values()
        shutil.rmtree(directory)
    assert left == [] and not any(map(processes.listening, ports))


@pytest.fixture(scope="module")
def mail(system):
    return system.programs()


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("past") / "mail.log"
    past.write(path)
    return path


def test_the_past_is_understood_and_innocent(mailfuse, log):
    run = subprocess.run([mailfuse, "scan", "--json", log], stdout=subprocess.PIPE, timeout=60)
    found = json.loads(run.stdout)
    assert run.returncode == 0
    assert found["locks"] == [] and found["holds"] == [] and found["watch"] == []
    assert found["reading"]["unparsed"] == 0 and found["reading"]["understood"] > 5000


def test_an_ordinary_day_is_accepted(system, mail):
    tally = day.working_day(mail, 2).start().join().tally()
    assert tally.refused == {}
    assert tally.messages == tally.tried > 90
    logins = {one.login for one in people.company()}
    processes.wait_until(lambda: {one["login"] for one in system.arrived()} == logins, 20, "mail of everybody")
    assert {one["client"] for one in system.arrived()} <= {
        place[1] for one in people.company() for place in one.places}


def test_local_mail_is_in_the_mailbox(system, mail):
    session = mail.smtp(ALICE.login, ALICE.password, people.OFFICE)
    session.sendmail(ALICE.login, [f"bob@{people.DOMAIN}"], "Subject: lunch?\r\n\r\nAt noon.\r\n")
    session.close()
    bob = mail.imap(f"bob@{people.DOMAIN}", "bob-first-password", "203.0.113.20")
    processes.wait_until(lambda: bob.noop() and b"lunch?" in str(
        bob.select()[0] and bob.fetch("1:*", "(BODY[HEADER.FIELDS (SUBJECT)])")).encode(), 20, "the letter")
    bob.logout()


def test_the_thief_s_mail_meets_refusals(system, mail):
    before = len(system.arrived())
    tally = day.abuse(mail, hosts=6, messages=4, pause=0.05).start().join().tally()
    assert tally.messages == 24 and tally.logins == 6
    processes.wait_until(lambda: not system.queue(), 20, "an empty queue")
    words = system.mail_log.read_text()
    assert " 550 5.1.1 " in words and " 554 5.7.1 " in words
    got_out = [one for one in system.arrived()[before:] if one["client"].startswith("198.1")]
    assert 0 < sum(len(one["recipients"]) for one in got_out) < tally.recipients


def test_greylisted_mail_waits_until_the_world_is_patient(system, mail):
    session = mail.smtp(ALICE.login, ALICE.password, people.OFFICE)
    session.sendmail(ALICE.login, ["greylist.ann@acorn-timber.test"], "Subject: offer\r\n\r\nTwo chairs.\r\n")
    session.close()
    processes.wait_until(lambda: [one for one in system.queue() if one["queue_name"] == "deferred"], 20, "deferred")
    system.be_patient()
    subprocess.run(["/usr/sbin/postqueue", "-c", system.postfix_config, "-f"], check=True, timeout=20)
    processes.wait_until(lambda: any(one["subject"] == "offer" for one in system.arrived()), 20, "delivery")


def test_a_new_password_is_the_only_one(system, mail):
    system.set_password(ALICE.login, "second-password")

    def with_the_new_one():
        try:
            return mail.smtp(ALICE.login, "second-password", people.OFFICE).close() is None
        except smtplib.SMTPAuthenticationError:
            return False

    processes.wait_until(with_the_new_one, 20, "login with the new password")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        mail.smtp(ALICE.login, ALICE.password, ("", "198.18.0.1"))
    with pytest.raises(imaplib.IMAP4.error):
        mail.imap(ALICE.login, ALICE.password, "198.18.0.2")
