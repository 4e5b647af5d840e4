"""mailfuse check-config: the settings as the daemon reads them, and what this machine has of them."""
import os
import shutil
import subprocess

import pytest


@pytest.fixture
def site(tmp_path):
    """A machine in a folder, on which everything is as it should be."""
    for name in ("postfix", "bin", "state", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "postfix" / "main.cf").write_text("")
    for name in ("postconf", "postmap", "postqueue", "postsuper", "doveadm"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "dovecot.conf").write_text("")
    (tmp_path / "mail.log").write_text("")
    (tmp_path / "state").chmod(0o1777)  # so that the test needs no other user than nobody
    return tmp_path


SOUND = """mode = enforce
user = nobody
state-directory = state
control-socket = "run/control"
logs = "mail.log"
postfix-config-directory = postfix
postfix-command-directory = bin
dovecot-config = "dovecot.conf"
doveadm = "bin/doveadm"
postfix-lock-map = "hash:{site}/state/locked"
dovecot-deny-file = "state/deny"
"""


def check(mailfuse, site, settings=""):
    """Exit status, output, and the complaints without the name of the folder."""
    path = site / "t.conf"
    path.write_text(SOUND.format(site=site) + settings)
    run = subprocess.run([mailfuse, "check-config", "-c", path], capture_output=True, text=True, timeout=30)
    return run.returncode, run.stdout.replace(f"{site}/", ""), run.stderr.replace(f"{site}/", "").splitlines()


def test_all_is_well(mailfuse, site):
    assert check(mailfuse, site) == (0, "t.conf: ok\n", [])


def test_observe_is_told(mailfuse, site):
    (site / "t.conf").write_text(SOUND.format(site=site).replace("mode = enforce", ""))
    run = subprocess.run([mailfuse, "check-config", "--config", site / "t.conf"], capture_output=True, text=True,
                         timeout=30)
    assert run.returncode == 0 and "warning: " in run.stderr and "mode: observe: nothing is held" in run.stderr


@pytest.mark.parametrize("settings, complaint", [
    ("mode = on\n", 't.conf:12: mode: "on" is no mode; write observe or enforce'),
    ("ignored-signals = odd\n", 't.conf:12: ignored-signals: there is no signal "odd"'),
    ("geo = none.mmdb\n", "t.conf:12: geo: none.mmdb: "),
    ("exceptions = none\n", "t.conf:12: exceptions: none: No such file or directory; make that file"),
    ("sender-logins = none\n", "t.conf:12: sender-logins: none: No such file or directory"),
    ("control-group = no-such-group-here\n", "t.conf:12: control-group: no-such-group-here: there is no such group"),
    ("feedback-user = no-such-user-here\n", "t.conf:12: feedback-user: no-such-user-here: there is no such user"),
    ('policy-listen = "unix:/no/such/folder/policy"\n', "t.conf:12: policy-listen: /no/such/folder: No such file"),
])
def test_what_is_wrong_is_named(mailfuse, site, settings, complaint):
    settings = settings.replace("mode = on", "mode = on\n", 1)
    path = site / "t.conf"
    base = SOUND.format(site=site)
    if settings.startswith("mode"):
        base = base.replace("mode = enforce\n", "\n")
    path.write_text(base + settings)
    run = subprocess.run([mailfuse, "check-config", "-c", path], capture_output=True, text=True, timeout=30)
    assert run.returncode == 2 and run.stdout == ""
    assert complaint in run.stderr.replace(f"{site}/", "")


@pytest.mark.parametrize("missing, complaint", [
    ("postfix/main.cf", "t.conf:6: postfix-config-directory: postfix/main.cf: No such file"),
    ("bin/postsuper", "t.conf:7: postfix-command-directory: bin/postsuper: No such file"),
    ("bin/doveadm", "t.conf:9: doveadm: bin/doveadm: No such file"),
    ("dovecot.conf", 't.conf:8: dovecot-config: dovecot.conf: No such file or directory; write dovecot-config = ""'),
    ("state", "t.conf:3: state-directory: state: No such file or directory; make it with: install -d -o root -g nogroup"),
])
def test_what_is_not_there_is_named(mailfuse, site, missing, complaint):
    if (site / missing).is_dir():
        (site / missing).rmdir()
    else:
        (site / missing).unlink()
    status, output, complaints = check(mailfuse, site)
    assert status == 2 and output == ""
    assert any(complaint in line for line in complaints), complaints


def test_what_the_user_may_not(mailfuse, site):
    if os.geteuid() != 0:
        pytest.skip("needs files of two users")
    (site / "state").chmod(0o755)
    (site / "mail.log").chmod(0o600)
    status, _, complaints = check(mailfuse, site)
    assert status == 2
    assert complaints == [
        "t.conf:3: state-directory: state: user nobody may not write there; let him with: "
        "chgrp nogroup state; chmod 1771 state",
        "warning: t.conf:5: logs: mail.log: user nobody may not read it; add that user to the group of the file, "
        "or change its mode"]


@pytest.mark.parametrize("owner, mode", [("nobody", 0o755), ("nobody", 0o1771), ("root", 0o777), ("root", 0o775)])
def test_a_state_directory_in_which_no_lock_file_is_safe(mailfuse, site, owner, mode):
    if os.geteuid() != 0:
        pytest.skip("needs files of two users")
    shutil.chown(site / "state", owner, "nogroup")
    (site / "state").chmod(mode)
    status, _, complaints = check(mailfuse, site)
    assert status == 2
    assert complaints == ["t.conf:3: state-directory: state: lock files cannot be safe there, others than root may "
                          "replace them; let it be root's with: chown root:nogroup state; chmod 1771 state"]
    elsewhere = SOUND.replace('state/deny', 'deny').replace("{site}/state/locked", "{site}/locked")
    (site / "t.conf").write_text(elsewhere.format(site=site))
    run = subprocess.run([mailfuse, "check-config", "-c", site / "t.conf"], capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr


def test_no_such_user_and_a_door_to_the_world(mailfuse, site):
    path = site / "t.conf"
    path.write_text(SOUND.format(site=site).replace("nobody", "no-such-user-here")
                    + 'auth-policy-listen = "inet:0.0.0.0:10042"\n')
    run = subprocess.run([mailfuse, "check-config", "-c", path], capture_output=True, text=True, timeout=30)
    assert run.returncode == 2
    assert ":2: user: there is no user no-such-user-here; make it with: useradd --system" in run.stderr
    assert "whoever reaches this address may ask" in run.stderr


@pytest.mark.parametrize("alerts", ['alerts { command pager { path = "/bin/true" } }\n', ""])
def test_no_courier_is_told_where_there_are_alerts(mailfuse, site, alerts):
    if os.path.exists("/usr/libexec/mailfuse/mailfuse-courier"):
        pytest.skip("mailfuse is installed here")
    alone = shutil.copy(mailfuse, site / "bin" / "mailfuse")
    courier = site / "bin" / "mailfuse-courier"
    told = "warning: t.conf: alerts: /usr/libexec/mailfuse/mailfuse-courier: is not there, nor is it beside mailfuse: "
    status, _, complaints = check(alone, site, alerts)
    assert status == 0 and [line.startswith(told) for line in complaints] == [True] * bool(alerts)
    courier.touch()
    assert check(alone, site, alerts) == (0, "t.conf: ok\n", [])


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["-c"], ["-c", "/dev/null", "more"]])
def test_usage(mailfuse, arguments):
    run = subprocess.run([mailfuse, "check-config", *arguments], capture_output=True, text=True, timeout=30)
    assert run.returncode == 2 and "mailfuse check-config" in run.stderr
