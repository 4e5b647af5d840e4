"""The pages of `mailfuse scan --html` and `mailfuse incident --html`, opened in Chromium: on a phone and
on a wide screen, light and dark, made of invented reports (src/report/fixture.h), of a log, and of what a
daemon might say (tests/integration/control/)."""
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed")

SCRIPTS = Path(__file__).resolve().parent
sys.path.append(str(SCRIPTS.parent / "integration"))
from fake_daemon import FakeDaemon, answer_of, hostile  # noqa: E402

OPTIONS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync""".split()
REPORTS = ["company", "hostile", "calm", "empty", "log", "incident", "hostile incident"]
WIDTHS = {"phone": 360, "tablet": 820, "wide": 1600}
SCHEMES = ["light", "dark"]

LOG = """\
Nov 22 03:04:05 mail postfix/submission/smtpd[71]: 4jX0001: client=unknown[192.0.2.9], \
sasl_method=PLAIN, sasl_username=anna@example.test
Nov 22 03:04:06 mail postfix/qmgr[7]: 4jX0001: from=<anna@example.test>, size=900, nrcpt=1 \
(queue active)
Nov 22 03:04:07 mail postfix/smtp[72]: 4jX0001: to=<bob@example.org>, relay=mx.example.org\
[198.51.100.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
Nov 22 03:04:07 mail postfix/qmgr[7]: 4jX0001: removed
Nov 22 03:04:08 mail postfix/qmgr[7]: a line that means nothing
"""


@pytest.fixture(scope="session")
def pages(mailfuse, tmp_path_factory):
    """Every report as a file."""
    folder = tmp_path_factory.mktemp("pages")
    example = mailfuse.parent / "src" / "report" / "html_example"
    for name in REPORTS[:4]:
        with open(folder / f"{name}.html", "wb") as page:
            subprocess.run([example, name], stdout=page, check=True)
    (folder / "mail.log").write_text(LOG)
    subprocess.run([mailfuse, "scan", "--quiet", "--html", folder / "log.html",
                    folder / "mail.log"], check=True)
    daemon = FakeDaemon(folder / "control")
    for name, answer in [("incident", answer_of("incident")),
                         ("hostile incident", hostile(answer_of("incident")))]:
        daemon.answers["incident"] = answer
        subprocess.run([mailfuse, "incident", "12", "--socket", folder / "control", "--html",
                        folder / f"{name}.html"], check=True)
    daemon.close()
    return {name: folder / f"{name}.html" for name in REPORTS}


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    for option in [*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(option)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=webdriver.chrome.service.Service("/usr/bin/chromedriver"),
                              options=options)
    yield driver
    driver.quit()


@pytest.fixture
def show(browser, pages):
    """Open a report at a width and in a colour scheme."""

    def open_page(report, width="wide", scheme="light"):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": WIDTHS[width], "height": 900, "deviceScaleFactor": 1,
            "mobile": width == "phone"})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        browser.get(pages[report].as_uri())
        return browser

    return open_page


def run(browser, name):
    """The result of a function of probes.js."""
    return browser.execute_script((SCRIPTS / "probes.js").read_text() + f"\nreturn {name}();")


@pytest.mark.parametrize("report", REPORTS)
def test_is_well_formed(pages, report):
    text = pages[report].read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "html"
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    named = {i for e in root.iter() for i in (e.get("aria-labelledby") or "").split()}
    assert named <= set(ids)
    links = {e.get("href")[1:] for e in root.iter("a")}
    assert links <= set(ids)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]",
                         text)


@pytest.mark.parametrize("report", REPORTS)
def test_loads_nothing_and_complains_of_nothing(show, report):
    browser = show("empty")
    browser.get_log("browser"), browser.get_log("performance")  # what came before
    show(report)
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"}
    assert all(url.startswith(("file:", "data:,")) for url in urls), urls
    assert len([url for url in urls if url.startswith("file:")]) == 1
    assert browser.get_log("browser") == []


def test_nothing_of_a_hostile_log_becomes_part_of_the_page(show):
    assert run(show("hostile"), "intruders") == []
    assert run(show("hostile incident"), "intruders") == []


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("width", WIDTHS)
def test_fits_the_screen(show, report, width):
    assert run(show(report, width), "tooWide") == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", ["phone", "wide"])
@pytest.mark.parametrize("report, at_least", [("company", 200), ("incident", 80)])
def test_can_be_read(show, scheme, width, report, at_least):
    """WCAG 2.1, 1.4.3: a contrast of 4.5 at least; and no letters smaller than 11 pixels."""
    texts = run(show(report, width, scheme), "texts")
    assert len(texts) > at_least
    assert [t for t in texts if t["contrast"] < 4.5 or t["size"] < 11] == []


def test_follows_the_colour_scheme(show):
    light, dark = (run(show("company", scheme=scheme), "pageColour") for scheme in SCHEMES)
    assert light > 0.8 and dark < 0.1


@pytest.mark.parametrize("width", WIDTHS)
def test_charts_have_bars(show, width):
    charts = run(show("company", width), "charts")
    assert len(charts) >= 6
    for chart in charts:
        assert chart["name"] and chart["more"]
        assert chart["bars"] > 0 and chart["outside"] == 0, chart
        assert chart["rows"] > 0
    assert sum(chart["marks"] for chart in charts) >= 8
    assert [chart["overlaps"] for chart in charts if chart["overlaps"]] == []


def test_is_calm_when_nothing_was_found(show):
    browser = show("calm")
    assert "Nothing found" in browser.title or "Nothing found" in run(browser, "heading")
    assert run(browser, "fuses") == 0
    assert run(show("company"), "fuses") == 5


def test_can_be_printed(show):
    browser = show("company")
    paper = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert len(paper["data"]) > 20000
