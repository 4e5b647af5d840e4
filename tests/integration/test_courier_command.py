"""mailfuse-courier executes the commands of the settings: with the event as their input, without a shell,
and not for longer than half a minute."""
import json
import os
import time

import pytest

from courier_bed import Drive, folder, programs, wait  # noqa: F401 (fixtures)

BODY = '{"what": "held"}'


def script(folder, text, name="hook"):
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def run(programs, folder, text, **more):
    path = script(folder, text)
    with Drive(programs, folder, commands=[path]) as drive:
        return drive.answer(kind="command", where=path, body=BODY, **more)


def test_what_it_is_given(programs, folder):
    out = folder / "out"
    out.mkdir()
    out.chmod(0o777)
    answer = run(programs, folder, f"cd {out}; cat >input; env >env; pwd >pwd; printf '%s\\n' \"$@\" >arguments; "
                 "ls /proc/$$/fd >fds; echo not for us; echo fine >&2\n", event="incident", incident="12",
                 subject="a\nlice@example.test", arguments=["one two", "$(id)", "-n"])
    assert answer == {"id": 1, "result": "ok", "retry_after": 0, "words": "status 0: fine"}
    assert (out / "input").read_text() == BODY
    assert (out / "arguments").read_text() == "one two\n$(id)\n-n\n"
    env = dict(line.split("=", 1) for line in (out / "env").read_text().splitlines())
    assert env["MAILFUSE_KIND"] == "incident" and env["MAILFUSE_INCIDENT"] == "12"
    assert env["MAILFUSE_SUBJECT"] == "a?lice@example.test"
    assert set(env) - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "LC_ALL", "MAILFUSE_KIND", "MAILFUSE_INCIDENT",
                                                         "MAILFUSE_SUBJECT"}
    fds = set((out / "fds").read_text().split())
    assert {"0", "1", "2"} <= fds and all(int(fd) < 3 or int(fd) >= 10 for fd in fds)  # from 10 on: the shell's


@pytest.mark.parametrize("text, result, words", [
    ("exit 0", "ok", "status 0"),
    ("echo later >&2; exit 75", "temporary", "status 75: later"),
    ("printf 'it is\\033[31m broken\\nin two lines\\n' >&2; exit 1", "permanent", "status 1: it is?[31m broken"),
    ("kill -9 $$", "temporary", "ended by signal 9"),
    ("exit 127", "temporary", "status 127"),
    ("head -c 1000000 /dev/zero | tr '\\0' x >&2", "ok", "status 0: " + "x" * 290),
    ("sleep 100 & exit 0", "ok", "status 0"),  # who stays behind is not waited for
])
def test_how_it_ends(programs, folder, text, result, words):
    answer = run(programs, folder, text)
    assert (answer["result"], answer["words"]) == (result, words)


def test_what_is_not_in_the_settings(programs, folder):
    allowed, other = script(folder, "exit 0"), script(folder, f"touch {folder}/done", "other")
    with Drive(programs, folder, commands=[allowed, str(folder / "missing")]) as drive:
        for path in (other, "/bin/sh", allowed + " ", "hook", ""):
            answer = drive.answer(kind="command", where=path, body=BODY)
            assert answer["result"] == "temporary" and "settings" in answer["words"], path
        answer = drive.answer(kind="command", where=str(folder / "missing"), body=BODY)
        assert answer["result"] == "temporary" and "cannot be executed: No such file" in answer["words"]
        assert drive.answer(kind="command", where=allowed, body=BODY)["result"] == "ok"


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_takes_too_long(programs, folder):
    pids = folder / "pids"
    pids.mkdir()
    pids.chmod(0o777)
    slow = script(folder, f"echo $$ >{pids}/slow; echo wait >&2; sleep 100 & wait", "slow")
    deaf = script(folder, f"trap '' TERM; echo $$ >{pids}/deaf; while :; do sleep 1; done", "deaf")
    with Drive(programs, folder, commands=[slow, deaf]) as drive:
        begun = time.monotonic()
        for path in (slow, deaf):
            drive.send(kind="command", where=path, body=BODY)
        answers = drive.answers(2)
        assert 29 < time.monotonic() - begun < 40
        assert json.dumps(answers[1]["words"]) == '"took too long: wait"' and answers[1]["result"] == "temporary"
        assert answers[2]["words"] == "took too long" and answers[2]["result"] == "temporary"
        wait(lambda: not any(is_alive(int((pids / name).read_text())) for name in ("slow", "deaf")), "it lives on")
        assert os.path.exists(slow)
