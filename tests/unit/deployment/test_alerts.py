"""The alerts and the dashboard: what they ask for exists, and each alert has its playbook."""

import json
import re
from typing import Any, Final

import pytest
import yaml
from prometheus_client import REGISTRY, generate_latest

import sigmasight.entrypoints.server  # noqa: F401  registers every metric
from tests.support.pages import ROOT

RULES: Final = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())
ALERTS: Final[list[dict[str, Any]]] = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD: Final = json.loads((ROOT / "deploy" / "grafana" / "sigmasight.json").read_text())
PLAYBOOKS: Final = (ROOT / "docs" / "playbooks.md").read_text()
DEPLOYMENT: Final = (ROOT / "docs" / "deployment.md").read_text()
METRIC: Final = re.compile(r"sigmasight_[a-z_]+")
PARTS: Final = re.compile(r"_(?:bucket|count|sum)$")


def metrics_of(text: str) -> set[str]:
    return {PARTS.sub("", name) for name in METRIC.findall(text)}


def anchor_of(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def existing() -> set[str]:
    """Return the metrics that /metrics has, whether anything has been counted yet or not."""
    return {
        name
        for name in re.findall(r"^# TYPE (\w+)", generate_latest(REGISTRY).decode(), re.MULTILINE)
        if not name.endswith("_created")
    }


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_metrics_that_exist_and_names_its_playbook(alert: dict[str, Any]) -> None:
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    anchors = {anchor_of(each) for each in re.findall(r"^#+ (.+)$", PLAYBOOKS, re.MULTILINE)}

    assert metrics_of(alert["expr"]) <= existing()
    assert page == "docs/playbooks.md"
    assert anchor in anchors
    assert alert["labels"]["severity"] in {"page", "ticket"}


def test_the_playbooks_list_every_alert_with_its_entry() -> None:
    listed = re.findall(r"^\| `(\w+)` \| .+ \| \[entry\]\(#([\w-]+)\) \|$", PLAYBOOKS, re.MULTILINE)

    assert listed == [
        (each["alert"], each["annotations"]["runbook_url"].partition("#")[2]) for each in ALERTS
    ]


def test_the_dashboard_and_the_page_have_every_metric_and_no_other() -> None:
    queries = " ".join(
        target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
    )
    ours = {name for name in existing() if name.startswith("sigmasight_")}

    assert metrics_of(queries) <= ours
    assert ours - metrics_of(queries) == {"sigmasight_webhook_signatures_total"}
    assert metrics_of(DEPLOYMENT.partition("## Metrics and logs")[2]) == ours


def test_panels_do_not_overlap() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]

    assert len(set(places)) == len(places)
