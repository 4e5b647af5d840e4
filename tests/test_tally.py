"""What ./check counts: nothing may pass by not having been run."""
import json
import subprocess

import pytest

from test_layers import ROOT


def tally(path):
    run = subprocess.run([ROOT / "scripts" / "tally.py", path], capture_output=True, text=True,
                         check=True)
    return run.stdout.strip(), run.stderr


def meson_log(result, stderr="", suite="mailfuse:unit"):
    return json.dumps({"name": suite + " / made-up", "result": result, "stdout": "[ RUN  ] it\n",
                       "stderr": stderr}) + "\n"


@pytest.mark.parametrize("name, log, want", [
    ("cases of cmocka", meson_log("OK", "[  PASSED  ] 12 test(s).\n"), "12 0 0"),
    ("a skipped case", meson_log("OK", "[  PASSED  ] 2 test(s).\n[  SKIPPED ] 1 test(s), listed\n"),
     "2 0 1"),
    ("a failed case", meson_log("FAIL", "[  PASSED  ] 2 test(s).\n[  FAILED  ] 3 test(s), listed\n"),
     "2 3 0"),
    ("a crash after the last case", meson_log("FAIL", "[  PASSED  ] 2 test(s).\n"), "2 1 0"),
    ("a crash before the first", meson_log("ERROR"), "0 1 0"),
    ("a timeout", meson_log("TIMEOUT", "[  PASSED  ] 1 test(s).\n"), "1 1 0"),
    ("a runner that ran nothing", meson_log("OK", "hello\n"), "0 1 0"),
    ("seeds", meson_log("OK", "9 seeds replayed\n", "mailfuse:seeds"), "1 0 0"),
    ("seeds that crash", meson_log("FAIL", "", "mailfuse:seeds"), "0 1 0"),
    ("no test at all", "", "0 1 0"),
    ("a log of another kind", "{}\n", "0 1 0"),
    ("no log", "not json\n", "0 1 0"),
])
def test_meson_log(tmp_path, name, log, want):
    path = tmp_path / "testlog.json"
    path.write_text(log)
    assert (name, tally(path)[0]) == (name, want)


def test_junit(tmp_path):
    path = tmp_path / "pytest.xml"
    path.write_text('<testsuites><testsuite><testcase classname="a" name="good"/>'
                    '<testcase classname="a" name="bad"><failure message="m">text</failure></testcase>'
                    '<testcase classname="a" name="not"><skipped message="no data"/></testcase>'
                    "</testsuite></testsuites>")
    counts, told = tally(path)
    assert counts == "1 1 1"
    assert "FAILED a::bad" in told and "SKIPPED a::not (1)\nno data" in told


def test_a_missing_log_is_a_failure(tmp_path):
    assert tally(tmp_path / "testlog.json")[0] == "0 1 0"
