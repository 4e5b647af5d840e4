"""mailsystem.py start|stop|remove DIR - a mail server of its own below DIR: Postfix, Dovecot and the rest of the world.

A real Postfix and a real Dovecot with their own configuration, queue, users and logs, on free ports of loopback.
Nothing of the host's own mail system is read or changed. Postfix takes client addresses from loopback by XCLIENT, so
that people can log in from all over the world. Mail for example.test goes to Maildirs, all else to sink.py.

DIR/settings.json has the ports and paths. Needs root, as Postfix does; the directories above DIR must be
searchable by everybody.
"""
import json
import os
import random
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import people
import processes
from programs import Programs

HERE = Path(__file__).resolve().parent
PORTS = ("submission", "submissions", "imap", "imaps", "sink", "policy", "auth_policy")

MAIN_CF = """compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/log/mail.log
maillog_file_prefixes = {dir}
myhostname = {server}
mydomain = {domain}
myorigin = {domain}
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.1/32
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_peername_lookup = no
enable_long_queue_ids = yes
in_flow_delay = 0
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{dir}/postfix/mailboxes
virtual_mailbox_base = {dir}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:8
virtual_gid_maps = static:8
relayhost = [127.0.0.1]:{sink}
default_destination_concurrency_limit = 100
initial_destination_concurrency = 50
smtp_tls_security_level = none
smtpd_tls_cert_file = {dir}/tls/server.pem
smtpd_tls_key_file = {dir}/tls/server.key
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_authenticated_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
"""

# A submission service as in the master.cf that Debian ships, its comment signs taken away.
SUBMISSION = """127.0.0.1:{submission} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=yes
127.0.0.1:{submissions} inet n - n - - smtpd
  -o syslog_name=postfix/submissions
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
"""

MASTER_CF = SUBMISSION + """pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT_CONF = """base_dir = {dir}/dovecot/run
state_dir = {dir}/dovecot/run
log_path = {dir}/log/dovecot.log
log_timestamp = "%Y-%m-%d %H:%M:%S "
protocols = imap
listen = 127.0.0.1
login_trusted_networks = 127.0.0.1
auth_mechanisms = plain login
auth_verbose = yes
ssl = yes
ssl_cert = <{dir}/tls/server.pem
ssl_key = <{dir}/tls/server.key
first_valid_uid = 1
mail_uid = mail
mail_gid = mail
mail_location = maildir:{dir}/mail/%d/%n
passdb {{
  driver = passwd-file
  args = username_format=%u {dir}/dovecot/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={dir}/mail/%d/%n
}}
namespace inbox {{
  inbox = yes
}}
service auth {{
  unix_listener {dir}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
"""


def free_ports(count):
    """That many ports of loopback in a row that nobody has, below those that clients are given."""
    rng = random.Random()
    for _ in range(200):
        base = rng.randrange(20000, 32000)
        held = []
        try:
            for number in range(count):
                held.append(socket.socket())
                held[-1].bind(("127.0.0.1", base + number))
            return list(range(base, base + count))
        except OSError:
            continue
        finally:
            for one in held:
                one.close()
    raise RuntimeError("no free ports on loopback")


class MailSystem:
    """A mail server below `directory`: new, or the one that was started there."""

    def __init__(self, directory):
        self.dir = Path(directory).resolve()
        self.file = self.dir / "settings.json"
        self.settings = json.loads(self.file.read_text()) if self.file.exists() else None

    def port(self, name):
        return self.settings["ports"][name]

    @property
    def mail_log(self):
        return self.dir / "log" / "mail.log"

    @property
    def dovecot_log(self):
        return self.dir / "log" / "dovecot.log"

    @property
    def postfix_config(self):
        return self.dir / "postfix"

    @property
    def dovecot_config(self):
        return self.dir / "dovecot" / "dovecot.conf"

    def programs(self):
        """Mail programs that are set up for it."""
        return Programs(self.dir / "tls" / "server.pem", self.port("submission"), self.port("imaps"))

    # -- making it

    def prepare(self):
        """Write all files; nothing is started."""
        self.check()
        for name in ("postfix", "queue", "data", "dovecot/run", "mail", "tls", "log", "queue/private"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.dir / "data", "postfix")
        shutil.chown(self.dir / "queue" / "private", "postfix")
        shutil.chown(self.dir / "mail", "mail", "mail")
        (self.dir / "queue" / "private").chmod(0o700)
        self.settings = {"ports": dict(zip(PORTS, free_ports(len(PORTS)))), "processes": []}
        values = {"dir": self.dir, "server": people.SERVER, "domain": people.DOMAIN, **self.settings["ports"]}
        self.write("postfix/main.cf", MAIN_CF.format(**values))
        self.write("postfix/master.cf", MASTER_CF.format(**values))
        self.write("dovecot/dovecot.conf", DOVECOT_CONF.format(**values))
        everybody = people.company()
        self.write("postfix/mailboxes", "".join(f"{one.login} {self.mailbox(one.login)}/\n" for one in everybody))
        self.write_users({one.login: one.password for one in everybody})
        self.certificate()
        self.save()

    @staticmethod
    def mailbox(login):
        name, domain = login.split("@")
        return f"{domain}/{name}"

    def check(self):
        if os.geteuid() != 0:
            raise PermissionError("Postfix has to be started as root")
        for parent in (self.dir, *self.dir.parents):
            if not parent.stat().st_mode & 0o001:
                raise PermissionError(f"{parent}: other users may not pass (chmod o+x)")
        if len(str(self.dir)) > 60:
            raise ValueError(f"{self.dir}: too long for the names of sockets below it")

    def write(self, name, text, mode=0o644):
        """A whole file or none, for servers may be reading it."""
        path = self.dir / name
        new = path.with_name(path.name + ".new")
        new.write_text(text)
        new.chmod(mode)
        new.replace(path)

    def write_users(self, passwords):
        self.write("dovecot/users", "".join(f"{login}:{{PLAIN}}{password}::::::\n"
                                            for login, password in passwords.items()), 0o640)
        shutil.chown(self.dir / "dovecot" / "users", "root", "dovecot")

    def set_password(self, login, password):
        """As an administrator would; Dovecot looks at the file once a second."""
        lines = (self.dir / "dovecot" / "users").read_text().split()
        passwords = {line.split(":")[0]: line.split(":")[1].removeprefix("{PLAIN}") for line in lines}
        self.write_users({**passwords, login: password})

    def certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "30", "-subj", f"/CN={people.SERVER}",
                        "-addext", f"subjectAltName=DNS:{people.SERVER},DNS:localhost,IP:127.0.0.1",
                        "-keyout", self.dir / "tls" / "server.key", "-out", self.dir / "tls" / "server.pem"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def save(self):
        self.write("settings.json", json.dumps(self.settings, indent=1) + "\n")

    # -- running it

    def start(self):
        if self.settings is None:
            self.prepare()
        try:
            self.spawn("sink", "/usr/bin/python3", HERE / "sink.py", self.port("sink"), self.dir / "log" / "world.jsonl")
            self.command("dovecot", "dovecot", "-c", self.dovecot_config)
            self.remember("dovecot", self.dir / "dovecot" / "run" / "master.pid")
            self.command("postfix", "postfix", "-c", self.postfix_config, "start")
            self.remember("postfix", self.dir / "queue" / "pid" / "master.pid")
            for name in ("submission", "submissions", "imap", "imaps", "sink"):
                processes.wait_until(lambda: processes.listening(self.port(name)), 20, f"{name} does not listen")
        except BaseException:
            self.stop()
            raise

    def spawn(self, name, *command):
        """A process in a session of its own, its output in DIR/log."""
        with open(self.dir / "log" / f"{name}.out", "ab") as output:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, cwd=self.dir, start_new_session=True)
        self.keep(name, process.pid)
        return process

    def keep(self, name, pid):
        self.settings["processes"].append({"name": name, **processes.name(pid)})
        self.save()

    def remember(self, name, pid_file):
        self.keep(name, processes.wait_until(lambda: self.read_pid(pid_file), 20, f"{name} does not start"))

    @staticmethod
    def read_pid(path):
        try:
            pid = int(path.read_text())
        except (OSError, ValueError):
            return None
        return pid if processes.born(pid) else None

    def command(self, name, *words):
        """Run a command of the servers; its words go to a file, for daemons keep it open."""
        out = self.dir / "log" / f"{name}.start"
        with open(out, "wb") as output:
            done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=output, timeout=60, env=self.environment())
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, words))}: {out.read_text().strip()}")

    @staticmethod
    def environment():
        return {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def stop(self):
        """End everything that was started here, the last first; fine when it is down already."""
        if self.settings is None:
            return
        for process in reversed(self.settings["processes"]):
            if process["name"] == "postfix" and processes.alive(process):
                subprocess.run(["postfix", "-c", self.postfix_config, "stop"], env=self.environment(), timeout=60,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            processes.stop(process)
        processes.wait_until(lambda: not any(map(processes.listening, self.settings["ports"].values())), 10,
                             "ports are still open")
        self.settings["processes"] = []
        self.save()

    # -- looking at it

    def queue(self):
        """What Postfix says of its queue: one dict a message."""
        run = subprocess.run(["postqueue", "-c", self.postfix_config, "-j"], check=True, stdout=subprocess.PIPE,
                             env=self.environment(), timeout=60)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def arrived(self):
        """What the rest of the world got: one dict a message."""
        try:
            text = (self.dir / "log" / "world.jsonl").read_text()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.splitlines()]

    def be_patient(self):
        """From now on the world takes what it greylisted."""
        (self.dir / "log" / "world.jsonl.patient").touch()


def main(verb, directory):
    system = MailSystem(directory)
    if verb == "start":
        system.start()
        print(" ".join(f"{name}={port}" for name, port in system.settings["ports"].items()))
    elif verb in ("stop", "remove"):
        if system.settings is None:
            sys.exit(f"mailsystem.py: {directory}: no mail system of ours")
        system.stop()
        if verb == "remove":
            shutil.rmtree(system.dir)
            print(f"stopped and removed: {directory}")
    else:
        sys.exit(f"mailsystem.py: {verb}: say start, stop or remove")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n", maxsplit=1)[0])
    main(*sys.argv[1:])
