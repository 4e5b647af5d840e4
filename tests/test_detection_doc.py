"""docs/detection.md says of each signal what the program does."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def signals():
    """name -> (floor, cap, half-life), as in the table of evidence.c."""
    code = (ROOT / "src/detect/evidence.c").read_text()
    rows = re.findall(r'= { "([a-z-]+)", ([-\d.F]+), ([-\d.F]+), ([-\d.F]+) }', code)
    return {name: tuple(float(figure.rstrip("F")) for figure in figures) for name, *figures in rows}


def documented():
    text = (ROOT / "docs/detection.md").read_text().replace("\u2212", "-")
    rows = re.findall(r"^\| ([a-z-]+) \| ([-\d. to]+) \| ([\d.]+) \|", text, re.M)
    found = {}
    for name, cap, half_life in rows:
        low, _, high = cap.rpartition(" to ")
        found[name] = (float(low or 0), float(high), float(half_life))
    return found


def test_every_signal_stands_there_with_its_cap_and_half_life():
    assert len(signals()) > 10
    assert documented() == signals()
