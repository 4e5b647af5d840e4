"""Hosts that relay without login (mynetworks of the test bed: 10.0.0.0/8) and LAN hosts that the firewall saw: held,
refused, locked and let go like accounts, with the real Postfix, also while mailfuse is down."""
import smtplib
import time

import pytest

import live_bed
from live_bed import LiveBed

SENDER = "app@example.test"
INFECTED, PRINTER, SERVER, WORKSTATION = "10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"


@pytest.fixture(scope="module")
def bed(mailfuse):
    live_bed.needed()
    one = LiveBed(mailfuse)
    asks = f"check_policy_service {{ inet:127.0.0.1:{one.policy_port}, timeout=3s, default_action=DUNNO }}"
    clients = f"{one.lock_map}.clients"  # as mailfuse setup postfix --relay-clients writes it
    one.bed_settings["MAIN_CF"] += (f"\\nsmtpd_recipient_restrictions = {asks}, check_client_access hash:{clients}"
                                    f"\\nsmtpd_end_of_data_restrictions = {asks}")
    one.firewall_log = one.dir / "firewall.log"
    one.firewall_log.touch()
    one.daemon.settings["logs"].append(str(one.firewall_log))
    one.daemon.prepare()
    for path in (one.lock_map, one.lock_map.with_name(one.lock_map.name + ".clients")):
        path.touch()
        live_bed.postmap(f"hash:{path}", check=True)
    with one:
        yield one


def relay(bed, host, count=1, to="friend@d1.test"):
    """Messages one after the other; the last answer that was not 250, or None."""
    trouble = None
    for number in range(count):
        try:
            session = live_bed.tools().connect(bed.env, addr=host, port="mx", tls=False)
            session.sendmail(SENDER, [to.replace("%", str(number))],
                             f"From: {SENDER}\r\nTo: {to}\r\nSubject: test\r\n\r\nHello\r\n")
            session.close()
        except smtplib.SMTPRecipientsRefused as error:
            trouble = next(iter(error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            trouble = (error.smtp_code, error.smtp_error)
    return trouble


def held(bed):
    return [one for one in bed.queue("hold") if one["sender"] == SENDER]


def test_a_host_is_held_and_released(bed):
    assert relay(bed, PRINTER) is None
    bed.wait(lambda: bed.sink(SENDER), "the first message")
    answer = bed.ctl("hold", PRINTER, "--reason", "test")
    assert answer["account"] == PRINTER and answer["stage"] == "hold"
    before = len(bed.sink(SENDER))
    assert relay(bed, PRINTER, 3) is None
    bed.wait(lambda: len(held(bed)) == 3, "held messages")
    assert relay(bed, SERVER) is None  # nobody else is meant
    bed.wait(lambda: len(bed.sink(SENDER)) == before + 1, "the message of the other host")
    show = bed.ctl("show", PRINTER)
    assert (show["kind"], show["stage"]) == ("relay", "hold")
    bed.ctl("release", str(answer["incident"]), "--reason", "test")
    bed.wait(lambda: len(bed.sink(SENDER)) == before + 4, "released messages")
    assert relay(bed, PRINTER) is None  # that was all
    bed.wait(lambda: len(bed.sink(SENDER)) == before + 5, "mail as before")


def test_a_locked_host_is_refused_also_while_mailfuse_is_down(bed):
    bed.ctl("lock", SERVER, "--reason", "test")
    code, text = relay(bed, SERVER)
    assert code == 421, text
    entry = live_bed.postmap("-q", SERVER, f"hash:{bed.lock_map}.clients", capture_output=True, text=True).stdout
    assert entry.startswith("421 ")
    assert SERVER not in bed.lock_map.read_text()
    bed.daemon.stop()
    try:
        code, text = relay(bed, SERVER)
        assert code == 421, text
        assert relay(bed, PRINTER) is None
    finally:
        bed.daemon.start()
    assert relay(bed, SERVER)[0] == 421
    bed.ctl("unlock", SERVER, "--reason", "test")
    assert relay(bed, SERVER) is None
    assert live_bed.postmap("-q", SERVER, f"hash:{bed.lock_map}.clients", capture_output=True).returncode == 1


def test_a_host_that_begins_to_spam_is_stopped(bed):
    assert relay(bed, INFECTED) is None
    trouble, parts = None, iter(range(40))
    while trouble is None:  # half of the list is nobody's, the other half knows spam when it sees it
        part = next(parts)
        trouble = relay(bed, INFECTED, 15, f"{('nouser', 'spamrej')[part % 2]}.{part}-%@d{part % 9}.test")
        bed.settled()
    assert trouble[0] == 421, trouble
    show = bed.ctl("show", INFECTED)
    assert (show["kind"], show["stage"]) == ("relay", "lock")
    assert relay(bed, PRINTER) is None


def test_a_lan_host_that_the_firewall_saw_is_refused(bed):
    assert relay(bed, WORKSTATION) is None
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    with bed.firewall_log.open("a") as log:
        for number in range(60):
            log.write(f"{stamp}+00:00 mail kernel: [1.5] mailfuse smtp-out: IN=br0 OUT=ppp0 SRC={WORKSTATION} "
                      f"DST=198.51.100.{number} LEN=60 PROTO=TCP SPT=40000 DPT=25 WINDOW=64240 SYN URGP=0 \n")
    bed.wait(lambda: bed.stage(WORKSTATION) == "lock", "the lock")
    assert bed.ctl("show", WORKSTATION)["kind"] == "lan"
    assert relay(bed, WORKSTATION)[0] == 421
    bed.wait(lambda: WORKSTATION in bed.lock_map.with_name(bed.lock_map.name + ".clients").read_text(), "the file")
    bed.ctl("unlock", WORKSTATION, "--reason", "test")
    assert relay(bed, WORKSTATION) is None
