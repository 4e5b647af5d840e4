"""`mailfuse top` at a terminal, against a daemon that answers from files."""
import os
import re
import signal
import subprocess
import termios

import pytest

from fake_daemon import FakeDaemon, answer_of
from terminal import Terminal

ALICE = "alice@example.test"


@pytest.fixture
def daemon(tmp_path):
    daemon = FakeDaemon(tmp_path / "control")
    yield daemon
    daemon.close()


@pytest.fixture
def top(mailfuse, daemon):
    terminals = []

    def start(*options, rows=24, columns=80):
        terminals.append(Terminal([mailfuse, "top", "--socket", daemon.path, *options], rows, columns,
                                  env={"TERM": "xterm", "PATH": os.environ["PATH"]}))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def changes(daemon):
    return [request for request in daemon.requests if request["command"] not in ("top", "explain")]


def assert_restored(terminal):
    """The terminal is as it was: no alternate screen, a cursor, echo and lines."""
    assert not terminal.alternate and not terminal.cursor_hidden
    assert termios.tcgetattr(terminal.slave) == terminal.before


def test_table_fits_a_small_terminal(top):
    terminal = top()
    screen = terminal.wait_for("q quit")
    lines = screen.split("\n")
    assert terminal.alternate and terminal.cursor_hidden
    assert len(lines) == 24 and all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("mailfuse enforces, 22 Nov 10:14:00. 1,204 accounts, 2 locked, 1 held")
    assert re.search(r"account +state +SCORE +msgs/h +rcpts/h +failed +held +nets +inc", lines[3])
    assert re.match(r"> alice@example.test +locked +12.3 +53 +1,240 +2 +50 +17 +12$", lines[4])
    assert re.match(r"  198.51.100.77 +held ", lines[5])
    terminal.type("q")
    assert terminal.end() == 0
    assert_restored(terminal)


def test_it_asks_again_every_second(top, daemon):
    terminal = top()
    terminal.wait_for("alice")
    changed = answer_of("top")
    changed["rows"][2]["account"] = "mallory@example.test"
    daemon.answers["top"] = changed
    assert "bob@" not in terminal.wait_for("mallory")


@pytest.mark.parametrize("key, command, words", [
    ("h", "hold", "Hold the mail of bob@example.test"),
    ("l", "lock", "Lock, and end the sessions of bob@example.test"),
    ("u", "unlock", "Unlock, once the password has changed, bob@example.test"),
])
def test_keys_change_what_is_chosen_after_a_question(top, daemon, key, command, words):
    terminal = top()
    terminal.wait_for("> alice")
    terminal.type("\x1b[Bj")
    terminal.wait_for("> bob")
    terminal.type(key)
    terminal.wait_for(re.escape(words) + r"\?")
    terminal.wait_for("y yes")
    terminal.type("n")
    terminal.wait_for("q quit")
    assert changes(daemon) == []
    terminal.type(key)
    terminal.wait_for(r"\?")
    terminal.type("y")
    terminal.wait_for(re.escape(answer_of(command)["words"]))
    (request,) = changes(daemon)
    assert request.items() >= {"command": command, "account": "bob@example.test",
                               "reason": "mailfuse top"}.items()


def test_the_choice_follows_the_account(top, daemon):
    terminal = top()
    terminal.wait_for("> alice")
    terminal.type("j")
    terminal.wait_for("> 198.51")
    changed = answer_of("top")
    changed["rows"].reverse()
    daemon.answers["top"] = changed
    screen = terminal.wait_for(r"carol.*\n.*bob")
    assert "> 198.51.100.77" in screen


def test_a_question_stays_with_its_account(top, daemon):
    """What was asked about is what happens, whatever the table does meanwhile."""
    terminal = top()
    terminal.wait_for("> alice")
    terminal.type("l")
    terminal.wait_for(r"sessions of alice@example.test\?")
    changed = answer_of("top")
    del changed["rows"][0]
    daemon.answers["top"] = changed
    terminal.wait_for(r"inc\n. 198.51")
    terminal.type("y")
    terminal.wait_for("alice@example.test is locked")
    assert [request["account"] for request in changes(daemon)] == [ALICE]


def test_explain(top):
    terminal = top()
    terminal.wait_for("> alice")
    terminal.type("e")
    screen = terminal.wait_for("any other key: back")
    assert "12 recipients within an hour that do not exist" in screen
    assert "8.5 locks it" in screen
    terminal.type("x")
    terminal.wait_for("> alice")


def test_sort(top, daemon):
    terminal = top("--sort", "held")
    terminal.wait_for("HELD")
    terminal.type("s")
    terminal.wait_for("ACCOUNT")
    terminal.wait_for("sort: account")
    assert {"held", "account"} <= {request["sort"] for request in daemon.requests}


def test_another_size(top):
    terminal = top()
    terminal.wait_for("> alice")
    terminal.resize(30, 120)
    terminal.signal(signal.SIGWINCH)
    terminal.wait_for(r"carol.with.a.very.long.name.of.hers@department")
    terminal.resize(7, 80)
    terminal.signal(signal.SIGWINCH)
    terminal.wait_for("> alice")
    terminal.type("\x1b[F")
    terminal.wait_for("> carol")


def test_the_daemon_goes_and_comes(top, daemon):
    terminal = top()
    terminal.wait_for("> alice")
    daemon.answers["top"] = b""
    terminal.wait_for("the daemon hung up")
    assert "> alice" in terminal.screen  # what was known last
    daemon.answers.clear()
    terminal.wait_for(r"\n\n up/down")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_signals_restore_the_terminal(top, number):
    terminal = top()
    terminal.wait_for("> alice")
    terminal.signal(number)
    assert terminal.end() == -number
    assert_restored(terminal)


def test_control_c_ends_it(top):
    terminal = top()
    terminal.wait_for("> alice")
    terminal.type("\x03")
    assert terminal.end() == 0
    assert_restored(terminal)


def test_hostile_names_stay_in_their_cells(top, daemon):
    hostile = answer_of("top")
    hostile["rows"][0]["account"] = "\x1b[2J\x1b]0;owned\x07\u202eevil\nx\x9b31m"
    daemon.answers["top"] = hostile
    daemon.answers["hold"] = {"ok": True, "words": "\x1b[31mheld\r\n", "actions": []}
    terminal = top()
    terminal.wait_for(r"> \?\[2J\?\]0;own…evil\?x\?31m")
    terminal.type("hy")
    terminal.wait_for(r"\?\[31mheld\?\?")  # the terminal of the test asserts the rest
    terminal.type("q")
    assert terminal.end() == 0


def test_once_prints_the_table(mailfuse, daemon):
    for options in ([], ["--once"]):
        run = subprocess.run([mailfuse, "top", "--socket", daemon.path, *options], text=True,
                             capture_output=True, stdin=subprocess.DEVNULL)
        assert run.returncode == 0 and run.stderr == ""
        assert "\x1b" not in run.stdout and "alice@example.test" in run.stdout


def test_without_a_daemon_the_screen_is_left_alone(mailfuse, tmp_path):
    terminal = Terminal([mailfuse, "top", "--socket", tmp_path / "none"])
    try:
        assert terminal.end() == 2
        assert "the daemon does not run" in terminal.text and "\x1b" not in terminal.text
    finally:
        terminal.close()
