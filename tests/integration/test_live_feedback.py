"""`mailfuse feedback` as a pipe transport of the real Postfix: a complaint about a real message, a daemon that is away,
and mail that is no report."""
import re
import subprocess

import pytest

import live_bed
from live_bed import LiveBed
from test_feedback import report

ALICE, BOB = "alice@example.test", "bob@example.test"
HOME, OUT = "46.48.93.60", "192.0.2.25"


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    settings = {"control_group": "daemon", "feedback_user": "daemon", "own_addresses": [OUT]}
    with LiveBed(mailfuse, settings, bed={"MAIN_CF": "transport_maps = inline:{ {fbl.test = mailfuse-fbl:} }"},
                 learnt=False) as one:
        with open(one.bed / "postfix" / "master.cf", "a") as master:
            master.write("mailfuse-fbl unix - n n - 4 pipe\n  user=daemon:daemon"
                         f" argv={mailfuse} feedback -c {one.daemon.config}\n")
        subprocess.run(["/usr/sbin/postfix", "-c", one.bed / "postfix", "reload"], check=True, timeout=20,
                       stderr=subprocess.DEVNULL)
        yield one


def log_of(bed):
    return (bed.bed / "mail.log").read_text()


def sent_by(bed, account, to):
    """Queue id and Message-ID of a message that has left, as the log has them."""
    bed.send(account, [to], addr=HOME)
    queue_id = bed.wait(lambda: re.search(rf" (\w+): to=<{to}>.*status=sent", log_of(bed)), "a delivery").group(1)
    return queue_id, re.search(rf"{queue_id}: message-id=<([^>]+)>", log_of(bed)).group(1)


def mail(bed, text):
    """To the address that providers were given."""
    session = bed.smtp(BOB, addr=HOME)
    try:
        session.sendmail(BOB, ["abuse@fbl.test"], text)
    finally:
        session.close()


def complaints(bed, account):
    return [one for one in bed.ctl("journal", "--account", account)["entries"] if one["what"] == "complaint"]


def results(bed, status):
    return re.findall(rf"to=<abuse@fbl.test>.*relay=mailfuse-fbl,.*status={status}.*", log_of(bed))


def test_a_complaint_about_a_real_message(bed):
    queue_id, message_id = sent_by(bed, ALICE, "friend@d1.test")
    mail(bed, report(queue_id, message_id, source=OUT, recipient="friend@d1.test"))
    bed.wait(lambda: complaints(bed, ALICE), "a complaint in the journal")
    (entry,) = complaints(bed, ALICE)
    assert f"message {queue_id} to friend@d1.test" in entry["detail"] and "without weight" not in entry["detail"]
    assert bed.wait(lambda: results(bed, "sent"), "a report that was taken")


def test_without_the_daemon_it_waits_in_the_queue(bed):
    queue_id, message_id = sent_by(bed, ALICE, "friend@d2.test")
    bed.wait(lambda: bed.ctl("status")["ok"], "the daemon")
    before = len(complaints(bed, ALICE))
    bed.daemon.stop()
    try:
        mail(bed, report(queue_id, message_id, source=OUT))
        bed.wait(lambda: results(bed, "deferred"), "a report that waits")
        assert results(bed, "bounced") == []
    finally:
        bed.daemon.start()
    subprocess.run(["/usr/sbin/postqueue", "-c", bed.bed / "postfix", "-f"], check=True, timeout=20)
    bed.wait(lambda: len(complaints(bed, ALICE)) == before + 1, "the complaint, later")
    assert "without weight" not in complaints(bed, ALICE)[-1]["detail"]


def test_what_is_no_report_is_returned(bed):
    mail(bed, f"From: {BOB}\r\nSubject: hello\r\n\r\nThis is no report.\r\n")
    (line,) = bed.wait(lambda: results(bed, "bounced"), "a message that is returned")
    assert "this is no report: it has no part of type message/feedback-report" in line
