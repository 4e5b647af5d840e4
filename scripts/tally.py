#!/usr/bin/python3
"""tally.py LOG - count the tests in a meson testlog.json or a JUnit file of pytest.

Prints "passed failed skipped" on standard output; what failed, with its output, and what was
skipped, with the reason, on standard error. A log without a single test counts as one failure.
"""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree

GOOD = ("OK", "EXPECTEDFAIL")


def cmocka(output):
    """Counts of the cases inside one cmocka program; None when its output does not tell."""
    found = {word: sum(map(int, re.findall(rf"^\[  {word} *\] (\d+) test\(s\)", output, re.M)))
             for word in ("PASSED", "FAILED", "SKIPPED")}
    if sum(found.values()) == 0:
        return None
    return found["PASSED"], found["FAILED"], found["SKIPPED"]


def meson_tests(path):
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            output = test.get("stdout", "") + test.get("stderr", "")
            unit = test["name"].startswith("mailfuse:unit / ")
            counts = cmocka(output) if unit else (1, 0, 0)
            if counts is None and test["result"] in GOOD:
                yield test["name"], (0, 1, 0), "no test was executed\n" + output
            elif test["result"] in GOOD:
                yield test["name"], counts, output
            else:  # a crash after the last case still is a failure
                passed, failed, skipped = counts if unit and counts else (0, 0, 0)
                yield test["name"], (passed, max(failed, 1), skipped), output


def junit_tests(path):
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        bad = [e for e in case if e.tag in ("failure", "error")]
        skip = [e for e in case if e.tag == "skipped"]
        if bad:
            yield name, (0, 1, 0), "\n".join(e.text or e.get("message", "") for e in bad)
        elif skip:
            yield name, (0, 0, 1), skip[0].get("message", "")
        else:
            yield name, (1, 0, 0), ""


def main():
    path = sys.argv[1]
    total = [0, 0, 0]
    try:
        tests = list(junit_tests(path) if path.endswith(".xml") else meson_tests(path))
    except (OSError, KeyError, ValueError, ElementTree.ParseError) as error:
        tests = [(path, (0, 1, 0), f"no results: {error}")]
    for name, counts, output in tests:
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            print(f"FAILED {name}\n{output}", file=sys.stderr)
        elif counts[2]:
            print(f"SKIPPED {name} ({counts[2]})\n{output}", file=sys.stderr)
    if sum(total) == 0:
        print(f"FAILED {path}: no test was executed", file=sys.stderr)
        total[1] = 1
    print(*total)


main()
