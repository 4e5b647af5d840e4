"""mailfuse setup on copies of configuration directories, with the real postconf, postfix check and doveconf:
applied, looked at by the server's own tools, taken back byte by byte."""
import json
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="postfix check is for root")

MAIN_CF = """# main.cf of a test
compatibility_level = 3.6
mail_owner = postfix
queue_directory = {site}/queue
data_directory = {site}/data
myhostname = mail.example.test
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated,
    # a comment between
    reject_unauth_destination
mua_client_restrictions = permit_sasl_authenticated, reject
"""
MASTER_CF = """# master.cf of a test
smtp      inet  n       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
# why:
  -o smtpd_client_restrictions=$mua_client_restrictions
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
smtps     inet  n       -       n       -       -       smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
  -o { smtpd_recipient_restrictions = permit_sasl_authenticated, reject }
pickup    unix  n       -       y       60      1       pickup
cleanup   unix  n       -       y       -       0       cleanup
"""
DOVECOT_CONF = """## a comment
protocols = imap
base_dir = {site}/run
passdb {{
  driver = passwd-file
  args = {site}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home=/tmp
}}
ssl = no
"""
SETTINGS = """state-directory = "{site}/state"
postfix-config-directory = "{site}/postfix"
postfix-lock-map = "hash:{site}/state/locked"
dovecot-config = "{site}/dovecot/dovecot.conf"
dovecot-deny-file = "{site}/state/deny"
auth-policy-key = "0123456789abcdef"
"""


@pytest.fixture
def site():
    """Not below pytest's own folder: other users have to reach it."""
    folder = Path(tempfile.mkdtemp(prefix="fuse-"))
    folder.chmod(0o755)
    yield furnished(folder)
    shutil.rmtree(folder)


def furnished(tmp_path):
    for program in ("postconf", "postfix", "doveconf"):
        if shutil.which(program, path="/usr/sbin:/usr/bin") is None:
            pytest.skip(f"{program} is not installed")
    for name in ("postfix", "dovecot", "state", "queue", "data", "run"):
        (tmp_path / name).mkdir()
    shutil.chown(tmp_path / "data", "postfix")
    (tmp_path / "state").chmod(0o750)
    (tmp_path / "postfix/main.cf").write_text(MAIN_CF.format(site=tmp_path))
    (tmp_path / "postfix/main.cf").chmod(0o640)
    (tmp_path / "postfix/master.cf").write_text(MASTER_CF)
    (tmp_path / "dovecot/dovecot.conf").write_text(DOVECOT_CONF.format(site=tmp_path))
    (tmp_path / "mailfuse.conf").write_text(SETTINGS.format(site=tmp_path))
    return tmp_path


@pytest.fixture
def setup(mailfuse, site):
    def run(*arguments, settings=site / "mailfuse.conf"):
        return subprocess.run([mailfuse, "setup", *arguments, "-c", settings], capture_output=True, text=True,
                              timeout=60)
    return run


def contents(*folders):
    """Every file with its bytes and permissions."""
    return {path: (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
            for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


def postconf(site, *arguments):
    return subprocess.run(["postconf", "-c", site / "postfix", *arguments], capture_output=True, text=True,
                          check=True, timeout=30).stdout


def doveconf(site, *arguments):
    return subprocess.run(["doveconf", "-c", site / "dovecot/dovecot.conf", *arguments], capture_output=True,
                          text=True, check=True, timeout=30).stdout


def kept(site):
    return sorted(path.name for path in (site / "state").iterdir() if path.name.startswith("setup-backup-"))


def test_a_plan_changes_nothing(setup, site):
    before = contents(site)
    run = setup("postfix")
    assert run.returncode == 0 and run.stderr == ""
    assert contents(site) == before
    assert "$ postconf -c" in run.stdout and "Nothing was changed." in run.stdout
    assert setup("dovecot").returncode == 0
    assert contents(site) == before


def test_commands_of_the_plan_do_what_apply_does(setup, site):
    plan = json.loads(setup("postfix", "--json").stdout)
    assert plan["outcome"] == "planned"
    for step in plan["steps"]:
        subprocess.run(["/bin/sh", "-c", step["command"]], check=True, capture_output=True, timeout=30)
    assert setup("postfix").stdout == "postfix: nothing to do.\n"


def test_relay_clients_applied_and_taken_back(setup, site):
    before = contents(site / "postfix")
    assert setup("postfix", "--apply").returncode == 0
    run = setup("postfix", "--relay-clients", "--apply")
    assert run.returncode == 0, run.stdout + run.stderr
    assert postconf(site, "-h", "mailfuse_recipient_restrictions").strip().endswith(
        f", check_sasl_access hash:{site}/state/locked, check_client_access hash:{site}/state/locked.clients")
    for name in ("recipient", "end_of_data"):
        assert postconf(site, "-h", f"smtpd_{name}_restrictions").strip() == f"$mailfuse_{name}_restrictions"
    assert (site / "state/locked.clients.db").exists()
    for again in ([], ["--relay-clients"]):
        assert setup("postfix", *again).stdout == "postfix: nothing to do.\n"
    assert setup("postfix", "--undo").returncode == 0
    assert contents(site / "postfix") == before and not list((site / "state").glob("locked*"))
    assert setup("dovecot", "--relay-clients").returncode == 2


def test_postfix_applied_and_taken_back(setup, site):
    before = contents(site / "postfix")
    run = setup("postfix", "--apply")
    assert run.returncode == 0, run.stderr
    asked = "check_policy_service { inet:127.0.0.1:10040, timeout=3s, default_action=DUNNO }"
    assert postconf(site, "mailfuse_recipient_restrictions", "mailfuse_end_of_data_restrictions") == (
        f"mailfuse_recipient_restrictions = {asked}, check_sasl_access hash:{site}/state/locked\n"
        f"mailfuse_end_of_data_restrictions = {asked}\n")
    overrides = dict(line.split(" =", 1) for line in postconf(site, "-P").splitlines())
    for service in ("submission", "smtps"):
        assert overrides[f"{service}/inet/smtpd_recipient_restrictions"] == \
            " $mailfuse_recipient_restrictions,permit_sasl_authenticated,reject"
        assert overrides[f"{service}/inet/smtpd_end_of_data_restrictions"] == " $mailfuse_end_of_data_restrictions"
    assert overrides["submission/inet/smtpd_client_restrictions"] == " $mua_client_restrictions"
    # Inbound mail is not asked about, and who may relay has not changed.
    assert postconf(site, "-h", "smtpd_recipient_restrictions").strip() == ""
    assert postconf(site, "-h", "smtpd_relay_restrictions").startswith("permit_mynetworks, permit_sasl")
    # The map is there and empty.
    assert subprocess.run(["postmap", "-c", site / "postfix", "-s", f"hash:{site}/state/locked"], check=True,
                          capture_output=True, timeout=30).stdout == b""
    applied = contents(site)
    assert setup("postfix").stdout == "postfix: nothing to do.\n"
    assert setup("postfix", "--apply").stdout == "postfix: nothing to do.\n"
    assert contents(site) == applied
    run = setup("postfix", "--undo")
    assert run.returncode == 0, run.stderr
    assert contents(site / "postfix") == before
    assert not (site / "state/locked").exists() and not (site / "state/locked.db").exists()
    assert [name.endswith(".undone") for name in kept(site)] == [True]
    assert setup("postfix", "--undo").stdout == "postfix: nothing to do.\n"


def test_backups_are_for_root_only(setup, site):
    setup("postfix", "--apply")
    setup("dovecot", "--apply")
    for name in kept(site):
        assert stat.S_IMODE((site / "state" / name).stat().st_mode) == 0o700
        for path in (site / "state" / name).iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_backup_of_somebody_else_is_none(setup, site):
    """The state directory belongs to the daemon's user: what he puts there must not be obeyed by root."""
    victim = site / "victim"
    victim.write_text("precious")
    steps = {"files": [{"path": f"{site}/postfix/main.cf", "uid": 0, "gid": 0, "mode": 0o644}],
             "steps": [{"kind": 2, "name": str(victim), "before": "evil", "after": "precious", "mode": 0o644}]}
    for name in ("setup-backup-20990101T000000.000Z-postfix", "elsewhere"):
        folder = site / "state" / name
        folder.mkdir(mode=0o700)
        (folder / "steps.json").write_text(json.dumps(steps))
        (folder / "main.cf").write_text("")
        shutil.chown(folder, "nobody")
    (site / "state/setup-backup-20990102T000000.000Z-postfix").symlink_to("elsewhere")
    shutil.chown(site / "state", "nobody")
    assert setup("postfix", "--undo").stdout == "postfix: nothing to do.\n"
    assert victim.read_text() == "precious"
    assert setup("postfix", "--apply").returncode == 0
    assert setup("postfix", "--undo").returncode == 0
    assert victim.read_text() == "precious" and len(kept(site)) == 3


def test_undo_keeps_what_others_have_changed(setup, site):
    setup("postfix", "--apply")
    postconf(site, "-e", "myhostname = other.example.test",
             "mua_client_restrictions = reject_unknown_client_hostname, permit_sasl_authenticated, reject")
    postconf(site, "-P", "submission/inet/smtpd_recipient_restrictions="
                         "reject_non_fqdn_recipient,$mailfuse_recipient_restrictions,permit_sasl_authenticated,reject")
    run = setup("postfix", "--undo")
    assert run.returncode == 0, run.stderr
    assert "Other lines have changed since" in run.stdout
    assert "mailfuse" not in (site / "postfix/main.cf").read_text() + (site / "postfix/master.cf").read_text()
    assert postconf(site, "-h", "myhostname") == "other.example.test\n"
    assert postconf(site, "-P", "submission/inet/smtpd_recipient_restrictions").endswith(
        "= reject_non_fqdn_recipient,permit_sasl_authenticated,reject\n")
    assert postconf(site, "-P", "smtps/inet/smtpd_recipient_restrictions").endswith(
        "= permit_sasl_authenticated, reject\n") or \
        postconf(site, "-P", "smtps/inet/smtpd_recipient_restrictions").endswith("= permit_sasl_authenticated,reject\n")


def test_a_map_with_locked_accounts_is_kept(setup, site):
    setup("postfix", "--apply")
    (site / "state/locked").write_text("alice@example.test REJECT\n")
    subprocess.run(["postmap", "-c", site / "postfix", f"hash:{site}/state/locked"], check=True, timeout=30)
    run = setup("postfix", "--undo")
    assert run.returncode == 0 and "Left as it is" in run.stdout
    assert (site / "state/locked").exists() and (site / "state/locked.db").exists()


def test_applied_twice_for_a_new_service_and_taken_back_at_once(setup, site):
    setup("postfix", "--apply")
    with open(site / "postfix/master.cf", "a") as master:
        master.write("2587 inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n")
    run = setup("postfix", "--apply")
    assert run.returncode == 0 and run.stdout.count("master.cf: 2587/inet/") == 2
    assert "main.cf:" not in run.stdout
    assert setup("postfix", "--undo").returncode == 0
    assert "mailfuse" not in (site / "postfix/main.cf").read_text() + (site / "postfix/master.cf").read_text()


def fake(site, name, script):
    """A folder of programs in which one is replaced."""
    folder = site / "fake"
    folder.mkdir(exist_ok=True)
    for real in ("/usr/sbin/postconf", "/usr/sbin/postmap", "/usr/sbin/postfix", "/usr/bin/doveconf",
                 "/usr/bin/doveadm"):
        if not (folder / Path(real).name).exists():
            (folder / Path(real).name).symlink_to(real)
    (folder / name).unlink()
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    settings = site / "fake.conf"
    settings.write_text(SETTINGS.format(site=site)
                        + f'postfix-command-directory = "{folder}"\ndoveadm = "{folder}/doveadm"\n')
    return settings


@pytest.mark.parametrize("name, script", [
    ("postfix", 'grep -q mailfuse {site}/postfix/main.cf && {{ echo "postfix: fatal: no" >&2; exit 1; }}; exit 0'),
    ("postmap", 'echo "postmap: fatal: no" >&2; exit 1'),
    ("postconf", 'case "$3" in -P) [ -z "$4" ] || {{ echo "postconf: fatal: no" >&2; exit 1; }};; esac; '
                 'exec /usr/sbin/postconf "$@"'),
])
def test_a_failure_puts_everything_back(setup, site, name, script):
    settings = fake(site, name, script.format(site=site))
    before = contents(site / "postfix")
    run = setup("postfix", "--apply", settings=settings)
    assert run.returncode == 2
    assert f"{name}: fatal: no" in run.stderr and "Everything was put back as it was." in run.stderr
    assert contents(site / "postfix") == before
    assert not (site / "state/locked").exists() and not (site / "state/locked.db").exists()
    assert setup("postfix", "--undo", settings=settings).stdout == "postfix: nothing to do.\n"


def test_what_could_not_be_put_back_is_found_again(setup, site):
    main = site / "postfix/main.cf"
    settings = fake(site, "postfix", f"grep -q mailfuse {main} || exit 0; mv {main} {main}.gone; mkdir {main}; exit 1")
    run = setup("postfix", "--apply", settings=settings)
    [backup] = kept(site)
    assert run.returncode == 2 and "Not everything could be put back" in run.stdout + run.stderr
    assert not backup.endswith(".undone") and f"copies are in {site}/state/{backup}" in run.stdout + run.stderr
    main.rmdir()
    Path(f"{main}.gone").rename(main)
    assert "mailfuse" in main.read_text()
    assert setup("postfix", "--undo").returncode == 0
    assert "mailfuse" not in main.read_text() and kept(site) == [backup + ".undone"]


def test_what_is_wrong_before_is_not_touched(setup, site):
    with open(site / "postfix/main.cf", "a") as main:
        main.write("no equal sign here\n")
    before = contents(site)
    run = setup("postfix", "--apply")
    assert run.returncode == 2 and "missing '='" in run.stderr
    assert contents(site) == before


def test_dovecot_applied_and_taken_back(setup, site):
    before = contents(site / "dovecot")
    run = setup("dovecot", "--apply")
    assert run.returncode == 0, run.stderr
    assert doveconf(site, "-h", "auth_policy_server_url", "auth_policy_server_api_header") == \
        "http://127.0.0.1:10042/\nX-API-Key: 0123456789abcdef\n"
    nonce = doveconf(site, "-Ph", "auth_policy_hash_nonce")
    assert len(nonce) == 33
    settings = doveconf(site, "-n")
    first = settings[settings.index("passdb {"):].split("}")[0]
    assert "deny = yes" in first and f"args = {site}/state/deny" in first
    assert "anvil-auth-penalty" in settings
    assert stat.S_IMODE((site / "dovecot/mailfuse.conf").stat().st_mode) == 0o600
    assert stat.S_IMODE((site / "state").stat().st_mode) == 0o751
    assert (site / "state/deny").read_text() == ""
    assert setup("dovecot", "--apply").stdout == "dovecot: nothing to do.\n"
    assert doveconf(site, "-Ph", "auth_policy_hash_nonce") == nonce
    run = setup("dovecot", "--undo")
    assert run.returncode == 0, run.stderr
    assert contents(site / "dovecot") == before
    assert stat.S_IMODE((site / "state").stat().st_mode) == 0o750 and not (site / "state/deny").exists()


def test_who_may_not_read_the_secret_can_read_the_rest(setup, site):
    setup("dovecot", "--apply")
    run = subprocess.run(["doveconf", "-c", site / "dovecot/dovecot.conf", "-h", "protocols"], capture_output=True,
                         text=True, timeout=30, user="nobody", group="nogroup", extra_groups=[])
    assert run.returncode == 0 and "imap" in run.stdout


def test_dovecot_undo_keeps_what_others_have_changed(setup, site):
    setup("dovecot", "--apply")
    conf = site / "dovecot/dovecot.conf"
    conf.write_text(conf.read_text().replace("protocols = imap", "protocols = imap pop3"))
    run = setup("dovecot", "--undo")
    assert run.returncode == 0 and "Other lines have changed since" in run.stdout
    assert conf.read_text() == DOVECOT_CONF.format(site=site).replace("protocols = imap", "protocols = imap pop3")
    assert not (site / "dovecot/mailfuse.conf").exists()


def test_dovecot_failure_puts_everything_back(setup, site):
    settings = fake(site, "doveconf", f'[ ! -e {site}/dovecot/mailfuse.conf ] || '
                                      '{ echo "doveconf: Fatal: no" >&2; exit 89; }; exec /usr/bin/doveconf "$@"')
    before = contents(site / "dovecot")
    run = setup("dovecot", "--apply", settings=settings)
    assert run.returncode == 2 and "doveconf: Fatal: no" in run.stderr
    assert "Everything was put back as it was." in run.stderr
    assert contents(site / "dovecot") == before and not (site / "state/deny").exists()


def test_dovecot_that_asks_already_gets_the_deny_file_only(setup, site):
    with open(site / "dovecot/dovecot.conf", "a") as conf:
        conf.write("auth_policy_server_url = http://127.0.0.1:10042/\nauth_policy_hash_nonce = own\n")
    before = contents(site / "dovecot")
    run = setup("dovecot", "--apply")
    assert run.returncode == 0, run.stderr
    assert "auth_policy_server_url" not in (site / "dovecot/mailfuse.conf").read_text()
    assert setup("dovecot", "--undo").returncode == 0
    assert contents(site / "dovecot") == before


@pytest.mark.parametrize("arguments, complaint", [
    ([], "write postfix, dovecot, firewall or relay"),
    (["exim"], "write postfix, dovecot, firewall or relay"),
    (["postfix", "dovecot"], "write postfix, dovecot, firewall or relay"),
    (["postfix", "--apply", "--undo"], "exclude each other"),
])
def test_usage(setup, arguments, complaint):
    run = setup(*arguments)
    assert run.returncode == 2 and complaint in run.stderr
