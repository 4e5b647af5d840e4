"""What strangers write into a log reaches no terminal, page or report as anything but text; and
passwords reach nothing at all."""
import json
import os
import pty
import re
import subprocess

import pytest

from written_log import ZONE, Log, at

SECRET = "s3cret-Passw0rd"
ESC = "\x1b[31m\x1b]0;owned\x07"
BIDI = "\u202e"
C1 = "\u009b31m"
BROKEN = "\udcff\udc80"  # bytes that are no UTF-8
NAMES = [f"al{ESC}ice@example.test", f"{C1}bob@example.test", f"car{BIDI}ol@example.test",
         f"d{BROKEN}ave@example.test", "<script>alert(1)</script>@example.test", "a'; rm -rf /; '@example.test",
         "$(reboot)@example.test", "x" * 10000 + "@example.test", "\x00nul\x7fdel@example.test", "-rf@example.test"]


def hostile_log():
    log = Log()
    for i, name in enumerate(NAMES):
        log.office(name, days=range(1, 6))
        log.burst(name, day=8 + i, net=100 + i, prey=f"victim{i}.")
        reply = f"dsn=5.7.1, status=bounced (host mx[198.51.100.1] said: 550 {ESC}{C1}{BIDI} spam <script>'\"&)"
        log.message(at(8, 3), name, "203.0.113.9", [(f"to{ESC}@out{BIDI}.example", reply)])
    log.add(at(8, 4), f"postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 554 5.7.1 <x>: no; "
            f"from=<{ESC}> to=<{C1}> proto=ESMTP helo=<{BIDI}, sasl_username=mallory@example.test>")
    log.add(at(8, 4, 1), f"postfix/smtpd[1]: {ESC}{C1} is no message of Postfix")
    log.add(at(8, 4, 2), f"post{ESC}fix/smtpd[1]: connect from x[192.0.2.1]")
    return log


def secret_log():
    log = Log()
    log.office("alice@example.test")
    log.burst("alice@example.test")
    for n, text in enumerate([
            "dovecot: auth: passwd-file(alice@example.test,203.0.113.9,<x>): Password mismatch (given password: {})",
            "dovecot: auth-worker(7): sql(alice@example.test,203.0.113.9): unknown user (given password: {})",
            "dovecot: auth: Debug: client in: AUTH\t1\tPLAIN\tservice=smtp\tresp={}",
            "dovecot: imap-login: Frobnicated: user=<alice@example.test> (given password: {})",
            "dovecot: frobnicate(alice): something new (given password: {})",
            "dovecot: auth: Error: ldap(alice@example.test): given password: {} attempted password",
            "postfix/smtpd[1]: nonsense (given password: {})",
            "no time and no frame (given password: {})"]):
        log.add(at(8, 5, n), text.format(SECRET))
    log.lines.append((at(8, 6), f"no stamp in front (given password: {SECRET})"))
    return log


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return hostile_log().write(tmp_path_factory.mktemp("log") / "mail.log")


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    return secret_log().write(tmp_path_factory.mktemp("log") / "mail.log")


def on_a_terminal(*command):
    """What the program writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, stdout=follower, stderr=subprocess.DEVNULL,
                               env={**os.environ, "TERM": "xterm", "NO_COLOR": ""})
    os.close(follower)
    out = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        out += chunk
    process.wait()
    os.close(leader)
    return out.replace(b"\r\n", b"\n")


def controls(text):
    """Control and direction characters that are in the text."""
    return set(re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text))


@pytest.mark.parametrize("arguments", [[], ["--explain", NAMES[0]], ["--account", NAMES[0]], ["--to", "example"],
                                       ["--queue-ids"], ["--top", "100"], ["--json"]])
def test_no_control_character_in_what_is_piped(mailfuse, hostile, arguments):
    run = subprocess.run([mailfuse, "scan", *(a.encode("utf-8", "surrogateescape") for a in arguments), hostile],
                         capture_output=True)
    assert run.returncode == 1
    assert controls(run.stdout.decode()) == set()
    assert controls(run.stderr.decode()) == set()


def test_only_colours_reach_a_terminal(mailfuse, hostile):
    text = on_a_terminal(mailfuse, "scan", hostile).decode()
    assert "2 Mar" in text and len(text) > 1000
    assert controls(re.sub(r"\x1b\[[0-9;]*m", "", text)) == set()
    assert {"owned", "\x1b]"} & {word for word in ("\x1b]",) if word in text} == set()


def test_lines_of_the_report_stay_short(mailfuse, hostile):
    text = subprocess.run([mailfuse, "scan", hostile], capture_output=True).stdout.decode()
    long = [line for line in text.split("\n") if len(line) > 80 and not line.startswith("      ")]
    assert long == []


def test_the_page_has_no_script_of_strangers(mailfuse, hostile, tmp_path):
    page = tmp_path / "report.html"
    subprocess.run([mailfuse, "scan", "--html", page, hostile], capture_output=True)
    text = page.read_text()
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text
    assert controls(text) - {"\t"} == set()


def test_commands_quote_every_name(mailfuse, hostile):
    report = json.loads(subprocess.run([mailfuse, "scan", "--json", hostile], capture_output=True).stdout)
    assert len(report["locks"]) == len(NAMES)
    for fuse in report["locks"]:
        for command in fuse["commands"]:
            assert subprocess.run(["sh", "-n", "-c", command["command"]]).returncode == 0
            unquoted = re.sub(r"'[^']*'", "", command["command"])
            assert "reboot" not in unquoted and "rm -rf" not in unquoted


def test_what_imitates_a_login_is_none(mailfuse, hostile):
    report = json.loads(subprocess.run([mailfuse, "scan", "--json", hostile], capture_output=True).stdout)
    assert "mallory@example.test" not in json.dumps(report)


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--explain", "alice@example.test"], ["--quiet"],
                                       ["--account", "alice@example.test"], ["--to", "out1.example"]])
def test_no_password_anywhere(mailfuse, secret, tmp_path, arguments):
    page, unparsed = tmp_path / "report.html", tmp_path / "unparsed"
    run = subprocess.run([mailfuse, "scan", *arguments, "--html", page, "--unparsed", unparsed, secret],
                         capture_output=True)
    assert run.returncode == 1
    for text in (run.stdout, run.stderr, page.read_bytes(), unparsed.read_bytes()):
        assert SECRET.encode() not in text
    assert unparsed.read_bytes().count(b"\n") >= 3


def test_no_password_in_what_parse_prints(mailfuse, secret):
    assert SECRET.encode() not in subprocess.run([mailfuse, "parse", secret], capture_output=True).stdout


def test_a_line_of_ten_megabytes(mailfuse, tmp_path):
    log = Log()
    log.office("alice@example.test", days=range(1, 3))
    path = tmp_path / "mail.log"
    stamp = at(8).astimezone(ZONE).isoformat()
    path.write_bytes(log.bytes() + f"{stamp} mail postfix/smtpd[1]: {'x' * 10_000_000}\n".encode() + log.bytes()[-200:])
    run = subprocess.run([mailfuse, "scan", "--json", path], capture_output=True)
    assert run.returncode == 0
    assert json.loads(run.stdout)["reading"]["cut"] == 1
