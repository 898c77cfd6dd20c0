"""Prometheus and Alertmanager accept the files that they are given."""

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

DEPLOY: Final = Path(__file__).parents[3] / "deploy"


def check(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long("Debian's promtool and amtool")
def test_prometheus_and_alertmanager_accept_their_files() -> None:
    check("promtool", "check", "config", DEPLOY / "prometheus" / "prometheus.yml")
    found = check("amtool", "check-config", DEPLOY / "prometheus" / "alertmanager.yml")

    assert "1 receivers" in found


@pytest.mark.long("Debian's promtool")
def test_prometheus_can_read_the_dashboards_queries(tmp_path: Path) -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "sigmasight.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules = [
        {"record": f"query_{place}", "expr": query.replace("$__rate_interval", "5m")}
        for place, query in enumerate(queries)
    ]
    (tmp_path / "rules.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]})
    )

    assert f"{len(queries)} rules found" in check(
        "promtool", "check", "rules", tmp_path / "rules.yml"
    )
