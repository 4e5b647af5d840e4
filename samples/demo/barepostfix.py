"""Settings of a Postfix that only has programs: what they need to say or to write anything. That of the machine may be
installed and not set up."""
import os


def make(folder):
    """main.cf and master.cf in a new folder, which is returned. Without a main.cf programs of Postfix wait a second
    before they fail, and one that was written a moment ago they read again until it stays as it is."""
    folder.mkdir(mode=0o755)
    for name, text in {"main.cf": "compatibility_level = 3.6\n", "master.cf": ""}.items():
        (folder / name).write_text(text)
        os.utime(folder / name, (0, 0))
    return folder
