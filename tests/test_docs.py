"""The documents tell of the program that is there."""
import json
import re
import subprocess

import pytest

from test_layers import ROOT

MANUAL = ROOT / "docs" / "mailfuse.1"


def options_of(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def manual():
    return MANUAL.read_text().replace("\\-", "-")


@pytest.mark.parametrize("page, head", [("mailfuse.1", "EXIT STATUS"), ("mailfuse-lists.5", "EXAMPLES"),
                                        ("mailfuse-providers.5", "EXAMPLES")])
def test_manual_renders_without_warnings(page, head):
    for command in (["man", "--warnings", "-E", "UTF-8", "-l", MANUAL.parent / page],
                    ["groff", "-ww", "-man", "-Tutf8", MANUAL.parent / page]):
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        assert run.stderr == ""
        assert head in re.sub(r".\x08|\x1b\[[0-9;]*m", "", run.stdout)


def test_the_courier_is_sought_where_the_readme_puts_it(mailfuse):
    place = re.search(r"install -D build/mailfuse-courier (\S+)", (ROOT / "README.md").read_text()).group(1)
    assert place.encode() in mailfuse.read_bytes(), "meson setup has another prefix: configure anew"


DAEMON = """status top incidents incident show explain hold lock unlock release purge block unblock blocks
    delist alert providers queue wrote-to trust untrust journal reload feedback relay""".split()


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"]
                                                     for command in ["scan", "parse", "check-config", "dnsbl", "setup", *DAEMON])])
def test_every_option_is_in_the_manual(mailfuse, arguments):
    run = subprocess.run([mailfuse, *arguments], capture_output=True, text=True, check=True)
    assert options_of(run.stdout) - options_of(manual()) == set()
    assert all(len(line) <= 80 for line in run.stdout.split("\n"))


def test_every_option_of_the_manual_is_in_the_help(mailfuse):
    help_text = "".join(subprocess.run([mailfuse, *arguments, "--help"], capture_output=True,
                                       text=True, check=True).stdout
                        for arguments in ([], ["scan"], ["parse"]))
    assert options_of(re.search(r"\.SH OPTIONS.*?\.SH", manual(), re.S).group()) == options_of(help_text)


def test_every_command_of_the_daemon_is_in_the_manual(mailfuse):
    section = re.search(r"\.SH COMMANDS OF THE DAEMON.*?\.SH", manual(), re.S).group()
    helped = subprocess.run([mailfuse, "--help"], capture_output=True, text=True, check=True).stdout
    taken = {"--help"} | options_of("".join(
        subprocess.run([mailfuse, command, "--help"], capture_output=True, text=True,
                       check=True).stdout for command in DAEMON))
    assert [name for name in DAEMON if not re.search(rf"\.B.*\b{name}\b", section)] == []
    assert [name for name in DAEMON if not re.search(rf"^  {name} ", helped, re.M)] == []
    assert taken - options_of(section) == {"--help"}
    assert options_of(section) - taken == set()


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "HACKING.md", "bench/README.md"])
def test_files_named_in_the_documents_exist(page):
    """Everything in code style that looks like a path of ours is one."""
    named = set()
    for code in re.findall(r"`([^`\n]+)`|^    (\S+)", (ROOT / page).read_text(), re.M):
        word = (code[0] or code[1]).split()[0]
        if re.match(r"(\./)?(scripts|src|tests|docs|samples|bench)/|\./\w|\.clang", word):
            named.add(word.rstrip("/"))
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_options_in_the_readme_exist(mailfuse):
    help_text = subprocess.run([mailfuse, "scan", "--help"], capture_output=True, text=True,
                               check=True).stdout
    used = set()
    for command in re.findall(r"mailfuse (?:scan|parse)[^`|\n]*", (ROOT / "README.md").read_text()):
        used |= options_of(command)
    assert used - options_of(help_text) == set()


def test_field_and_event_names_of_parse_are_in_the_manual():
    """record.c has the names, the manual explains each."""
    names = re.findall(r'\] = "(\w+)"', (ROOT / "src/proto/record.c").read_text())
    assert len(names) > 50
    assert [name for name in names if not re.search(rf"\b{name}\b", manual())] == []


def test_version_is_the_manual_s(mailfuse):
    version = subprocess.run([mailfuse, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"\d+\.\d+\.\d+", version).group()
    assert f'"mailfuse {number}"' in manual().split("\n")[0]


def names_of(value, inside=""):
    """The names of all members of a JSON value, but for maps whose names come from the log."""
    if isinstance(value, list):
        return set().union(*(names_of(item, inside) for item in value))
    if not isinstance(value, dict) or inside == "unparsed":
        return set()
    return set(value).union(*(names_of(item, name) for name, item in value.items()))


def test_names_of_the_json_report_are_in_the_manual(mailfuse):
    run = subprocess.run([mailfuse, "scan", "--json", "--to", "service@mailbox-renewal.example",
                          ROOT / "samples" / "mail.log.xz"], capture_output=True, text=True)
    report = json.loads(run.stdout)
    wanted = names_of(report)
    assert {"period", "lines", "totals", "locks", "hosts", "accounts", "unparsed"} <= set(report)
    assert {"account", "time", "reason", "score", "held_from", "evidence", "messages", "recipients",
            "queue_ids"} <= set(report["locks"][0])
    section = re.search(r"\.SH JSON REPORT.*?\.SH LINES", manual(), re.S).group()
    assert [name for name in sorted(wanted) if not re.search(rf"\b{name}\b", section)] == []


def test_names_of_parse_are_in_the_manual(mailfuse):
    run = subprocess.run([mailfuse, "parse", ROOT / "samples" / "mail.log.xz"], capture_output=True,
                         text=True, check=True)
    names = set().union(*map(json.loads, run.stdout.splitlines()))
    section = re.search(r"\.SH LINES OF PARSE.*?\.SH EXIT", manual(), re.S).group()
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", section)] == []
