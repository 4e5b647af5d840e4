"""The walls of the house: who may include whom, and what the pure rooms may not touch."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# ARCHITECTURE.md draws these arrows. A room may always use itself.
ARROWS = {
    "base": set(),
    "mail": {"base"},
    "conf": {"base", "mail"},
    "proto": {"base", "mail"},
    "detect": {"base", "mail"},
    "ledger": {"base", "mail", "proto", "detect"},
    "watch": {"base", "mail", "proto"},
    "report": {"base", "mail", "detect", "ledger"},
    "box": {"base", "mail", "conf", "detect", "ledger"},
    "serve": {"base", "mail", "proto"},
    "act": {"base", "mail", "proto"},
    "store": {"base"},
    "tell": {"base", "mail", "conf"},
    "courier": {"base", "proto", "act"},
    "setup": {"base", "mail", "conf", "proto", "act"},
    "run": {"base", "mail", "conf", "proto", "detect", "ledger", "box", "watch", "serve", "act",
            "store", "report", "tell"},
    "cli": {"base", "mail", "conf", "proto", "detect", "ledger", "box", "watch", "serve", "act",
            "store", "report", "run", "tell", "setup"},
    "main.c": {"base", "cli"},
}

# Parsing, joining and deciding touch neither files, sockets nor clocks.
PURE = {"mail", "proto", "detect", "ledger", "box", "tell"}  # arpa/inet.h may be: inet_pton(3) only computes
IMPURE_HEADERS = re.compile(
    r"fcntl\.h|unistd\.h|stdio\.h|time\.h|poll\.h|pthread\.h|signal\.h|dirent\.h|syslog\.h"
    r"|sys/.*|netinet/.*|netdb\.h|archive.*\.h|systemd/.*|maxminddb\.h|jansson\.h|sodium.*")
# snprintf needs stdio.h: it is allowed as long as no file is.
IMPURE_CALLS = re.compile(
    r"\b(fopen|fdopen|fread|fwrite|fprintf|printf|puts|fputs|fgets|getline|popen|perror|FILE"
    r"|time|clock|clock_gettime|gettimeofday|localtime\w*|gmtime\w*|mktime|getenv|open|read|write"
    r"|socket|system)\b\s*[(*]")
STDIO = {"stdio.h"}


def room_of(path, src):
    return path.relative_to(src).parts[0]


def code_of(text):
    """The text without comments and the insides of strings."""
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)


def includes_of(text):
    return re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', text, re.M)


def is_test(path):
    return path.stem.endswith(("_test", "_fuzz", "_replay"))


def violations(src):
    """What crosses a wall, one line each."""
    found = []
    for path in sorted(src.rglob("*.[ch]")):
        text, room, name = path.read_text(), room_of(path, src), path.relative_to(src)
        for kind, header in includes_of(text):
            if kind == '"':
                used = header.split("/")[0]
                if used != room and used not in ARROWS.get(room, set()):
                    found.append(f"{name}: {room} may not use {header}")
            elif room in PURE and not is_test(path) and IMPURE_HEADERS.fullmatch(header):
                if header not in STDIO or IMPURE_CALLS.search(code_of(text)):
                    found.append(f"{name}: {room} may not use <{header}>")
    return found


def test_no_arrow_that_is_not_drawn():
    assert violations(SRC) == []


def test_every_room_is_drawn():
    assert {room_of(path, SRC) for path in SRC.rglob("*.c")} <= set(ARROWS)


@pytest.mark.parametrize("room, line, wrong", [
    ("proto", '#include "ledger/ledger.h"', True),
    ("base", '#include "mail/ip.h"', True),
    ("detect", '#include "ledger/ledger.h"', True),
    ("watch", '#include "report/report.h"', True),
    ("conf", '#include "detect/evidence.h"', True),
    ("detect", '#include "conf/conf.h"', True),
    ("report", '#include "watch/logs.h"', True),
    ("ledger", '#include "detect/event.h"', False),
    ("proto", "#include <fcntl.h>", True),
    ("detect", "#include <time.h>", True),
    ("ledger", "#include <sys/socket.h>", True),
    ("proto", '#include <stdio.h>\nint f(void) { return printf("x"); }', True),
    ("proto", '#include <stdio.h>\nint f(char *p) { return snprintf(p, 1, "printf("); }', False),
    ("watch", "#include <fcntl.h>", False),
])
def test_this_test_sees_a_forbidden_arrow(tmp_path, room, line, wrong):
    (tmp_path / room).mkdir()
    (tmp_path / room / "made_up.c").write_text(line + "\n")
    assert bool(violations(tmp_path)) == wrong
