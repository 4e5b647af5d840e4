"""The settings of the program, of mailfuse.conf(5) and of the sample file are the same."""
import re
import subprocess

import pytest

from test_layers import ROOT

MANUAL = ROOT / "docs" / "mailfuse.conf.5"
SAMPLE = ROOT / "packaging" / "mailfuse.conf"


HEADS = ("DETECTION", "LIMITS", "GROUPS, DOMAINS, ACCOUNTS", "DAEMON", "LISTENING", "POSTFIX AND DOVECOT",
         "SUBMISSION", "GUESSED PASSWORDS", "DNS LISTS", "ALERTS", "PROVIDERS", "EMERGENCY RELAY",
         "REPLIES")  # sections of the manual that describe keys


def names_of_program():
    """Keys and sections, from the two tables of the reader."""
    tables = re.findall(r"\} (keys|sections)\[\] = \{\n(.*?)\n\};",
                        (ROOT / "src/conf/tree.c").read_text(), re.S)
    assert [name for name, _ in tables] == ["keys", "sections"]
    return {name for _, table in tables for name in re.findall(r'^ +\{ "([a-z-]+)",', table, re.M)}


def manual_sections():
    """The manual's text by the heads of its sections."""
    parts = re.split(r"^\.SH (.*)$", MANUAL.read_text().replace("\\-", "-"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def described():
    """What stands in the manual as the head of a paragraph about a key, with that paragraph."""
    found = {}
    for head in HEADS:
        for names, text in re.findall(r"^\.TP\n\.BR? ([^\n]*)\n(.*?)(?=^\.TP|\Z)",
                                      manual_sections()[head], re.M | re.S):
            for name in names.replace('", "', " ").split():
                found[name.strip('",')] = text
    return found


def set_in(text):
    return set(re.findall(r"^#? *([a-z-]+) (?:\+?=|\{)", text, re.M)) | \
        set(re.findall(r'^#? *([a-z-]+) "[^"]*" \{', text, re.M)) | \
        set(re.findall(r"\{ *([a-z-]+) (?:=|\{)", text))


def test_manual_renders_without_warnings():
    for command in (["man", "--warnings", "-E", "UTF-8", "-l", MANUAL],
                    ["groff", "-ww", "-man", "-Tutf8", MANUAL]):
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        assert run.stderr == ""
        assert "EXCEPTIONS" in re.sub(r".\x08|\x1b\[[0-9;]*m", "", run.stdout)


def test_there_are_settings():
    assert len(names_of_program()) >= 55


def test_manual_has_the_keys_of_the_program():
    assert set(described()) == names_of_program()


def test_sample_has_the_keys_of_the_program():
    assert set_in(SAMPLE.read_text()) == names_of_program()


@pytest.mark.parametrize("name", sorted(names_of_program()))
def test_each_key_has_an_example(name):
    example = re.search(r"^\.EX\n(.*?)^\.EE", described()[name], re.M | re.S)
    assert example
    shown = set_in(example.group(1))
    assert name in shown or name.replace("-day", "-hour") in shown


@pytest.mark.parametrize("name", sorted(names_of_program() - {"group", "domain", "account"}))
def test_each_key_has_its_default(name):
    assert "Default:" in described()[name]


def test_exceptions_of_the_manual_are_those_of_the_program():
    names = re.findall(r'\[CONF_[A-Z_]+\] = "([a-z-]+)"',
                       (ROOT / "src/conf/exceptions.c").read_text())
    assert len(names) == 6
    section = manual_sections()["EXCEPTIONS"]
    assert set(re.findall(r'^\.TP\n\.BI? "?([a-z-]+)', section, re.M)) == set(names)


def test_version_is_the_one_of_the_other_manual():
    version = re.compile(r'"mailfuse [\d.]+"')
    assert version.search(MANUAL.read_text()).group() == \
        version.search((ROOT / "docs" / "mailfuse.1").read_text()).group()
