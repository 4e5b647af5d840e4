"""Figures for Prometheus: on a page, in `mailfuse status --json`, in the documents; checked with promtool."""
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from test_feedback import report
from test_control_daemon import ALICE, Daemon, free_port, write_log

ROOT = Path(__file__).resolve().parent.parent.parent
ALERTS, DASHBOARD = ROOT / "docs" / "prometheus-alerts.yml", ROOT / "docs" / "grafana-dashboard.json"
SAMPLE = re.compile(r'^(mailfuse_\w+)(?:\{(\w+)="((?:[^"\\\n]|\\[\\n"])*)"\})? (\S+)$')


def promtool(*arguments, **more):
    program = shutil.which("promtool")
    if not program:
        pytest.skip("promtool is not installed (package prometheus)")
    run = subprocess.run([program, *arguments], capture_output=True, text=True, **more)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def daemon(mailfuse):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        port = free_port()
        daemon = type("MetricsDaemon", (Daemon,), {
            "port": port, "more": f'metrics-listen = "inet:127.0.0.1:{port}"\n'})(mailfuse, Path(folder))
        try:
            daemon.wait_for(lambda reply: reply["ok"], "status")
            write_log(daemon.folder / "mail.log")
            daemon.wait_for(lambda reply: reply["incidents"], "incidents")
            yield daemon
        finally:
            daemon.stop()


def page_of(daemon, path="/metrics"):
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}{path}", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return answer.read().decode()


@pytest.fixture(scope="module")
def page(daemon):
    return page_of(daemon)


def families_of(page):
    """{name: (type, {label's value: number})}; of a histogram {} in the place of numbers."""
    found, name = {}, None
    for line in page.splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert name not in found and len(line.split(None, 3)[3]) > 10
        elif line.startswith("# TYPE "):
            assert line.split()[2] == name
            found[name] = (line.split()[3], {})
        else:
            match = SAMPLE.match(line)
            assert match and match.group(1).startswith(name), line
            if found[name][0] != "histogram":
                assert match.group(1) == name and match.group(3) not in found[name][1]
                found[name][1][match.group(3)] = float(match.group(4))
    return found


def test_promtool_approves_of_the_page(page):
    assert promtool("check", "metrics", input=page) == ""


def test_units_are_in_the_names(page):
    for name, (kind, _) in families_of(page).items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert kind != "histogram" or name.endswith("_seconds")


def test_what_happened_is_counted(page):
    families = families_of(page)
    assert families["mailfuse_accounts"][1][None] >= 2
    assert families["mailfuse_messages_total"][1][None] >= 60
    assert families["mailfuse_log_lines_total"][1][None] > 300
    assert families["mailfuse_incidents"][1]["observed"] == 1
    assert families["mailfuse_journal_entries_total"][1]["started"] == 1
    assert sum(families["mailfuse_signals_total"][1].values()) > 0
    assert sum(families["mailfuse_signals_now"][1].values()) > 0
    assert families["mailfuse_memory_resident_bytes"][1][None] > 1 << 20


def test_no_account_is_named(page):
    assert "alice" not in page and "@" not in page and "example" not in page.replace("/tmp", "")


def test_status_has_the_same_figures(daemon, page):
    figures, families = daemon.json("status")["figures"], families_of(page)
    assert set(figures) == set(families)
    for name, (kind, values) in families.items():
        if kind == "histogram":
            assert set(figures[name]) == {"count", "sum", "upto"}
        elif None in values:
            assert isinstance(figures[name], (int, float))
        else:
            assert set(figures[name]) == set(values)
    for name in ("mailfuse_accounts", "mailfuse_messages_total", "mailfuse_incidents", "mailfuse_enforces"):
        values = families[name][1]
        assert figures[name] == values.get(None, values)


def test_answers_are_counted_and_timed(daemon):
    before = daemon.json("status")["figures"]
    port = int(re.search(r'policy-listen = \{ "inet:127.0.0.1:(\d+)', daemon.conf.read_text()).group(1))
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"request=smtpd_access_policy\nprotocol_state=RCPT\nsasl_username="
                           + ALICE.encode() + b"\nrecipient=bob@example.test\n\n")
        assert connection.recv(1000) == b"action=DUNNO\n\n"
    after = daemon.json("status")["figures"]
    for name in ("mailfuse_policy_answers_total", "mailfuse_connections_accepted_total"):
        label = {"mailfuse_policy_answers_total": "dunno"}.get(name, "policy")
        assert after[name][label] == before[name][label] + 1
    times = after["mailfuse_policy_answer_seconds"]
    assert times["count"] == before["mailfuse_policy_answer_seconds"]["count"] + 1 and times["upto"]["1"] > 0


@pytest.mark.parametrize("path", ["/", "/metrics/", "/etc/passwd"])
def test_nothing_else_is_there(daemon, path):
    with pytest.raises(urllib.error.HTTPError) as error:
        page_of(daemon, path)
    assert error.value.code == 404


def documented():
    return set(re.findall(r"^\| (\w+) \| (?:counter|gauge|histogram) \|",
                          (ROOT / "docs" / "metrics.md").read_text(), re.M))


def test_each_figure_is_documented(page):
    assert {f"mailfuse_{name}" for name in documented()} == set(families_of(page))


def names_in(text):
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bmailfuse_\w+", text)}


@pytest.mark.parametrize("path", [ALERTS, DASHBOARD], ids=lambda path: path.name)
def test_no_figure_is_asked_for_that_is_not_there(page, path):
    assert names_in(path.read_text()) - set(families_of(page)) == set()


def test_each_alert_is_documented():
    alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
    assert alerts == set(re.findall(r"^\| (Mailfuse\w+) \|", (ROOT / "docs" / "metrics.md").read_text(), re.M))


def test_alerts_fire_when_they_should():
    promtool("check", "rules", str(ALERTS))
    promtool("test", "rules", str(ROOT / "tests" / "integration" / "prometheus_alerts_test.yml"))


def test_dashboard_is_whole():
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len(panels) > 10 and len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert all(target["expr"] for panel in panels for target in panel["targets"])
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in panels)


def test_panels_do_not_overlap():
    taken = {}
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert taken.setdefault(cell, panel["title"]) == panel["title"], cell
    assert len({y for _, y in taken}) == max(y for _, y in taken) + 1, "a gap"


def test_questions_of_the_dashboard_are_promql(tmp_path):
    rules = []
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            expr = target["expr"].replace("$instance", ".*").replace("$__rate_interval", "5m")
            assert "$" not in expr
            rules.append({"record": f"panel:{panel['id']}:{target['refId']}", "expr": expr})
    path = tmp_path / "rules.yml"  # JSON is YAML
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(path))


def test_reports_and_lists_are_counted(daemon):
    text = report("4NoSuchId", "nothing@example.test", kind="abuse")
    run = subprocess.run([daemon.mailfuse, "feedback", "-c", daemon.conf], input=text.encode(), capture_output=True)
    assert run.returncode == 0, run.stderr
    assert subprocess.run([daemon.mailfuse, "feedback", "-c", daemon.conf],
                          input=text.encode(), capture_output=True).returncode == 0
    figures = daemon.json("status")["figures"]
    assert figures["mailfuse_feedback_reports_total"]["abuse"] == 2
    assert figures["mailfuse_feedback_results_total"] == {
        "counted": 0, "weightless": 1, "noted": 0, "again": 1, "refused": 0}
    assert figures["mailfuse_dnsbl_lists"] == {"alive": 0, "aside": 0}
    assert figures["mailfuse_dnsbl_listings"] == {}
