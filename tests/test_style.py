"""What STYLE asks of every page of C and a machine can see."""
import re
import subprocess
from pathlib import Path

from test_layers import ROOT, SRC, code_of, includes_of

SOURCES = sorted(SRC.rglob("*.c"))
FILE_LINES = 400
FUNCTION_LINES = 60


def functions_of(text):
    """(first line, lines) of each function: a '{' alone at the start of a line opens a body."""
    start = None
    for number, line in enumerate(code_of(text).split("\n"), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, number - start + 1
            start = None


def test_ban_is_the_last_include():
    wrong = [str(path.relative_to(SRC)) for path in SOURCES
             if (includes_of(path.read_text()) or [("", "none")])[-1][1] != "base/ban.h"]
    assert wrong == []


def test_no_file_needs_section_banners():
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n")
               for path in SRC.rglob("*.[ch]")}
    assert {name: n for name, n in lengths.items() if n > FILE_LINES} == {}


def test_functions_fit_a_screen():
    long = [f"{path.relative_to(ROOT)}:{start}: {lines} lines"
            for path in SRC.rglob("*.[ch]") for start, lines in functions_of(path.read_text())
            if lines > FUNCTION_LINES]
    assert long == []


def test_functions_are_counted():
    text = "int f(void)\n{\n    /* { */\n    return 1;\n}\n\nstatic int g(int a)\n{\n}\n"
    assert list(functions_of(text)) == [(2, 4), (8, 2)]


def test_no_left_overs():
    wrong = [f"{path.relative_to(ROOT)}:{number}"
             for path in SRC.rglob("*.[ch]")
             for number, line in enumerate(path.read_text().split("\n"), 1)
             if re.search(r"\b(TODO|FIXME|XXX)\b", line)]
    assert wrong == []


def test_no_mutable_globals(mailfuse):
    """No object file of ours has a variable in .data or .bss."""
    libraries = sorted((mailfuse.parent / "src").rglob("lib*.a"))
    assert libraries, f"no libraries beside {mailfuse}"
    found = []
    for library in libraries:  # name|value|class|type|size|line|section
        symbols = subprocess.run(["nm", "-f", "sysv", library.name], cwd=library.parent,
                                 capture_output=True, text=True, check=True).stdout
        for row in (line.split("|") for line in symbols.split("\n")):
            if len(row) == 7 and re.match(r"\.t?(data|bss)(?!\.rel\.ro)|\*COM", row[6].strip()):
                found.append(f"{library.name}: {row[0].strip()}")
    assert found == []
