"""What the tests of the program as a whole share."""
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def mailfuse():
    """The program under test: $MAILFUSE, or what `scripts/build debug` makes."""
    program = Path(os.environ.get("MAILFUSE", ROOT / "build-debug" / "mailfuse")).resolve()
    assert program.exists(), f"{program}: run scripts/build debug first"
    return program
