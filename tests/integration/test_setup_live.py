"""mailfuse setup on the servers of the test bed, while they run: mail flows without mailfuse, a locked account
stays locked, nobody else may relay, and after --undo all is as before."""
import subprocess

import pytest

import live_bed

ALICE, BOB = "alice@example.test", "bob@example.test"


@pytest.fixture(scope="module")
def bed():
    with live_bed.servers() as one:
        yield one


@pytest.fixture(scope="module")
def setup(mailfuse, bed):
    state = bed.parent / "state"
    state.mkdir(mode=0o750)
    settings = bed.parent / "mailfuse.conf"
    settings.write_text(f"""state-directory = "{state}"
postfix-config-directory = "{bed}/postfix"
postfix-lock-map = "hash:{state}/locked"
dovecot-config = "{bed}/dovecot/dovecot.conf"
dovecot-deny-file = "{state}/deny"
policy-listen = "inet:127.0.0.1:1"
auth-policy-listen = "inet:127.0.0.1:2"
""")  # nobody listens there: mailfuse does not run

    def run(*arguments):
        return subprocess.run([mailfuse, "setup", *arguments, "-c", settings], capture_output=True, text=True,
                              timeout=60, check=True).stdout
    return run


def send(bed, user, address):
    """What the client of the bed says after a message to a stranger."""
    run = subprocess.run(["/usr/bin/python3", live_bed.BED / "tools/client.py", bed, "--addr", address, "--user", user,
                          "--to", "someone@elsewhere.test"], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout + run.stderr


def reload_all(bed):
    subprocess.run(["postfix", "-c", bed / "postfix", "reload"], check=True, capture_output=True, timeout=30)
    subprocess.run(["doveadm", "-c", bed / "dovecot/dovecot.conf", "reload"], check=True, capture_output=True,
                   timeout=30)


def files(bed):
    return {path: path.read_bytes() for path in (bed / "postfix/main.cf", bed / "postfix/master.cf",
                                                 bed / "dovecot/dovecot.conf")}


def test_set_up_locked_and_taken_back(bed, setup):
    before, state = files(bed), bed.parent / "state"
    assert send(bed, ALICE, "46.48.93.60")[0] == 0
    for server in ("postfix", "dovecot"):
        assert "Done; copies" in setup(server, "--apply")
    reload_all(bed)
    # mailfuse does not run: mail flows, and logins work.
    for user in (ALICE, BOB):
        status, said = send(bed, user, "46.48.93.61")
        assert status == 0, said
    assert "problem talking to server 127.0.0.1:1" in (bed / "mail.log").read_text(errors="replace")
    # Locked by Postfix's map alone: the login works, the mail does not.
    (state / "locked").write_text(f"{ALICE} 550 5.7.1 locked by a test\n")
    subprocess.run(["postmap", "-c", bed / "postfix", f"hash:{state}/locked"], check=True, timeout=30)
    status, said = send(bed, ALICE, "46.48.93.62")
    assert status != 0 and "locked by a test" in said
    assert send(bed, BOB, "46.48.93.63")[0] == 0
    # Who has not logged in may not relay: refused by Postfix itself, as before.
    refused = subprocess.run(["/usr/bin/python3", live_bed.BED / "tools/client.py", bed, "--addr", "46.48.93.64", "--port",
                              "mx", "--to", "someone@elsewhere.test"], capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0
    # All is taken back, although the map is in use: it stays.
    for server in ("dovecot", "postfix"):
        assert "Taken back" in setup(server, "--undo")
    assert files(bed) == before and (state / "locked").exists()
    reload_all(bed)
    status, said = send(bed, ALICE, "46.48.93.65")
    assert status == 0, said
