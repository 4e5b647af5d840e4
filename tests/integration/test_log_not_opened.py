"""A log that the running daemon may not read, and that its helper does not open: what is in it is not
taken for new when it can be opened."""
import os
import tempfile
import time
from pathlib import Path

import pytest

from test_control_daemon import LIMIT_S, Daemon, write_log


class Linked(Daemon):
    """The path of the log is a symbolic link, which the helper does not follow."""

    def start(self):
        self.path, self.file = self.folder / "mail.log", self.folder / "mail.file"
        write_log(self.file)
        self.file.chmod(0o600)
        self.path.unlink()
        self.path.symlink_to(self.file)
        super().start()

    def said(self, text):
        end = time.monotonic() + LIMIT_S
        while text not in (self.folder / "run.log").read_text():
            assert time.monotonic() < end, (self.folder / "run.log").read_text()
            time.sleep(0.05)


def is_read(status):
    return any(a["name"] == "log" and a["state"] == "ok" for a in status["attachments"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a helper")
def test_symbolic_link(mailfuse):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        daemon = Linked(mailfuse, Path(folder))
        try:
            daemon.said("mail.log: cannot be opened: a symbolic link; name the file itself; waiting for it")
            daemon.file.rename(daemon.path)
            daemon.said("mail.log: is read again")
            daemon.wait_for(is_read, "status")
            time.sleep(0.5)  # what is read in one step is not yet all
            assert daemon.json("incidents")["incidents"] == []
        finally:
            daemon.stop()
