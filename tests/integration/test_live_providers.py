"""Refusals of a big provider, with the real Postfix between mailfuse and a server that refuses: the warning comes once,
names who sent there, and ends when mail is accepted again. Mail that is only forwarded counts, too."""
import socketserver
import threading

import pytest

import live_bed
from live_bed import LiveBed

ALICE, BOB, EVE = "alice@example.test", "bob@example.test", "eve@example.test"
S3150 = (b"550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service"
         b" provider since part of their network is on our block list (S3150).\r\n")
RULES = "provider microsoft\n  like microsoft\n  domains outlook.test\n"


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 outlook.test ESMTP\r\n")
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper()
            if word == b"MAIL" and self.server.refuses:
                self.wfile.write(S3150)
            elif word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.wfile.write(b"250 2.0.0 queued\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 2.0.0 bye\r\n")
                return
            else:
                self.wfile.write(b"250 2.1.0 ok\r\n")


class Provider(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, refuses = True, True, False


@pytest.fixture(scope="module")
def provider():
    with Provider(("127.0.0.1", 0), Session) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def bed(mailfuse, provider, tmp_path_factory):
    live_bed.needed()
    port = provider.server_address[1]
    rules = tmp_path_factory.mktemp("rules") / "providers.rules"
    rules.write_text(RULES)
    for folder in (rules.parent, rules.parent.parent, rules.parent.parent.parent):
        folder.chmod(0o755)
    main_cf = f"transport_maps = inline:{{ {{outlook.test = smtp:[127.0.0.1]:{port}}} }}\\nin_flow_delay = 0"
    with LiveBed(mailfuse, more=f'providers {{ rules = "{rules}" accepted = 10 }}\n',
                 bed={"MAIN_CF": main_cf}) as one:
        yield one


def microsoft(bed):
    rows = [row for row in bed.ctl("providers")["providers"] if row["provider"] == "microsoft"]
    return rows[0] if rows else {"state": None, "day": {"accepted": 0, "refused": 0}}


def told(bed):
    return [entry["what"] for entry in bed.ctl("journal")["entries"] if entry["what"] in ("blocked", "accepted")]


def test_the_warning_comes_once_and_ends(bed, provider):
    for n in range(6):  # letters to more at once would be held
        bed.send(EVE, [f"stranger{n}.{k}@outlook.test" for k in range(4)])
    for _ in range(3):
        bed.send(ALICE, ["friend@outlook.test"])
    bed.wait(lambda: microsoft(bed)["day"]["accepted"] == 27, "deliveries")
    assert microsoft(bed)["state"] == "ok"

    provider.refuses = True
    for n in range(4):
        bed.send((BOB, ALICE)[n % 2], ["friend@outlook.test"])
    bed.wait(lambda: microsoft(bed)["day"]["refused"] == 4, "refusals")
    row = microsoft(bed)
    assert (row["state"], row["refusals"], row["cause"], row["code"]) == ("blocked", 4, "address", "5.7.1")
    assert row["words"] == "Outlook.com has our address or network on its own block list"
    assert row["accounts"][0]["account"] == EVE and row["accounts"][0]["new"] == 24
    assert any("Microsoft" in text for text in bed.ctl("status")["warnings"])
    bed.wait(lambda: told(bed) == ["blocked"], "an entry of the journal")
    weights = {one["signal"]: one["weight"] for one in bed.ctl("explain", EVE)["evidence"]}
    assert 0 < weights["provider-blocked"] <= 2.5
    for account in (ALICE, BOB):
        assert bed.stage(account) == "observe"
        signals = {one["signal"]: one["weight"] for one in bed.ctl("explain", account)["evidence"]}
        assert signals.get("refused-as-spam", 0) <= 0 and signals.get("provider-blocked", 0) <= 0.5

    provider.refuses = False
    for _ in range(10):
        bed.send(ALICE, ["friend@outlook.test"])
    bed.wait(lambda: microsoft(bed)["state"] == "ok", "the end")
    bed.wait(lambda: told(bed) == ["blocked", "accepted"], "an entry of the journal")
    assert not any("Microsoft" in text for text in bed.ctl("status")["warnings"])
