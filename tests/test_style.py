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


def libraries_beside(program):
    libraries = sorted((program.parent / "src").rglob("lib*.a"))
    assert libraries, f"no libraries beside {program}"
    return libraries


def symbols_of(library, *options):
    """(name, class, section) of each symbol."""
    rows = subprocess.run(["nm", "-f", "sysv", *options, library], capture_output=True, text=True,
                          check=True).stdout.split("\n")
    for row in (row.split("|") for row in rows):  # name|value|class|type|size|line|section
        if len(row) == 7:
            yield row[0].strip().split("@")[0], row[2].strip(), row[6].strip()


def test_no_mutable_globals(mailfuse):
    """No object file of ours has a variable in .data or .bss."""
    found = [f"{library.name}: {name}" for library in libraries_beside(mailfuse)
             for name, _, section in symbols_of(library)
             if re.match(r"\.t?(data|bss)(?!\.rel\.ro)|\*COM", section)]
    assert found == []


def test_no_name_of_ours_takes_the_place_of_a_library_s(mailfuse):
    """The linker would choose ours for both, without a word."""
    linked = subprocess.run(["ldd", mailfuse], capture_output=True, text=True, check=True).stdout
    theirs = {name for path in re.findall(r"=> (/\S+)", linked)
              for name, _, _ in symbols_of(path, "-D", "--defined-only")}
    ours = {name for library in libraries_beside(mailfuse)
            for name, kind, _ in symbols_of(library, "--defined-only") if kind in "TDBR"}
    assert ours & theirs == set()
    assert len(ours) > 100 and "malloc" in theirs


def test_no_name_is_defined_twice(mailfuse):
    """The linker would choose one of two libraries, without a word."""
    seen = {}
    for library in libraries_beside(mailfuse):
        for name, kind, _ in symbols_of(library, "--defined-only"):
            if kind in "TDBR":
                seen.setdefault(name, set()).add(library.name)
    assert {name: where for name, where in seen.items() if len(where) > 1} == {}
