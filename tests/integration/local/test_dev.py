"""`sigmasight dev`: everything in one process, whatever the last run left behind."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.local.development import Development, sigmasight


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def dev(folder: Path) -> Iterator[Development]:
    """A run that has begun twice: its second start finds what the first one left when killed."""
    first = Development(folder)
    first.me("new")
    httpx.post(f"{first.clerk}/webhooks/subscriber/subscription.created")
    first.leave(signal.SIGKILL)
    second = Development(folder)
    yield second
    if second.process.poll() is None:
        second.leave(signal.SIGKILL)


def test_a_start_after_a_crash_finds_the_data(dev: Development) -> None:
    again = dev.me("new")

    assert "SigmaSight is running" in dev.printed()
    assert again["portfolio_count"] == 0
    assert dev.me("cleo")["portfolio_count"] == 1


def test_a_start_after_a_crash_finds_the_state_of_the_local_clerk(dev: Development) -> None:
    answer = httpx.get(
        f"{dev.clerk}/v1/users/user_demo_subscriber/billing/subscription",
        headers={"Authorization": "Bearer sk_test_local"},
    )

    items = answer.json()["subscription_items"]
    assert [item["plan"]["slug"] for item in items] == ["free_user", "pro"]


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://localhost:3005"])
def test_the_web_app_is_let_in_with_a_token_of_its_template(dev: Development, origin: str) -> None:
    token = httpx.get(f"{dev.clerk}/tokens/cleo?template=sigmasight-session").text
    headers = {"Authorization": f"Bearer {token}", "Origin": origin}

    me = httpx.get(f"{dev.api}/api/v1/auth/me", headers=headers)
    out = httpx.post(f"{dev.api}/api/v1/auth/logout", headers=headers)

    assert (me.status_code, me.headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert (out.status_code, out.json()["code"]) == (400, "session_unknown")


def test_the_demo_has_a_user_for_every_case(dev: Development) -> None:
    people = {name: dev.me(name) for name in ("ada", "ben", "cleo")}

    assert {
        name: (person["tier"], person["invite_validated"]) for name, person in people.items()
    } == {"ada": ("free", False), "ben": ("free", True), "cleo": ("paid", True)}


def test_the_demo_portfolio_holds_something_of_every_kind(dev: Development) -> None:
    [portfolio] = dev.ask("cleo", "/portfolios")["portfolios"]

    page = dev.ask("cleo", f"/positions?portfolio_id={portfolio['id']}")

    assert portfolio["position_count"] == page["total"] == 8
    assert {each["position_type"] for each in page["positions"]} == {"LONG", "SHORT", "LC"}
    assert {each["entry_date"][:4] for each in page["positions"]} == {"2025"}


def test_the_demo_portfolio_is_calculated_at_prices_labelled_synthetic(
    dev: Development,
) -> None:
    [portfolio] = dev.ask("cleo", "/portfolios")["portfolios"]

    snapshot = dev.ask("cleo", f"/portfolios/{portfolio['id']}/snapshot")

    assert (snapshot["positions"], snapshot["priced_at_entry"]) == (8, 2)
    assert snapshot["history_days"] > 250
    assert [name for name, value in snapshot.items() if value is None] == ["rates_on"]
    assert "synthetic: AAPL" in dev.printed()


def test_the_demo_companies_have_fundamentals_labelled_synthetic(
    dev: Development,
) -> None:
    about = {
        what: dev.ask("ada", f"/fundamentals/AAPL/{what}")
        for what in ("income-statement", "balance-sheet?frequency=a", "cash-flow")
    }
    estimates = dev.ask("ada", "/fundamentals/MSFT/analyst-estimates")["estimates"]

    assert [each["periods_returned"] for each in about.values()] == [4, 3, 4]
    periods = [period for each in about.values() for period in each["periods"]]
    assert {each["source"] for each in periods} == {"synthetic, made up by sigmasight dev"}
    assert float(estimates["current_year_revenue_avg"]) > 0
    assert dev.printed().count("synthetic: AAPL") == 3


def test_the_demo_has_a_figure_on_every_screen(dev: Development) -> None:
    portfolio = dev.list_of("cleo", "/data/portfolios")[0]["id"]
    names = "volatility correlation-matrix factor-exposures spread-factors beta-comparison"
    names += " sector-exposure concentration stress-test"

    figures = [
        dev.ask("cleo", f"/analytics/portfolio/{portfolio}/{name}") for name in names.split()
    ]
    prices = dev.ask("cleo", "/data/factors/etf-prices")

    assert all(figure["available"] for figure in figures)
    assert len(prices) == 9
    assert {each["data_source"] for each in prices.values()} == {
        "synthetic, made up by sigmasight dev"
    }


def test_a_requested_calculation_is_done_by_the_embedded_worker(dev: Development) -> None:
    [portfolio] = dev.ask("cleo", "/portfolios")["portfolios"]
    way = f"/portfolios/{portfolio['id']}"

    started = dev.post("cleo", f"{way}/calculate")

    for _ in range(100):
        run = dev.ask("cleo", f"{way}/batch-status/{started['batch_run_id']}")
        if run["status"] != "running":
            break
        time.sleep(0.1)
    assert (run["status"], run["progress"]) == ("completed", {"current": 3, "total": 3})


def test_the_printed_curl_line_works_when_pasted(dev: Development) -> None:
    answer = dev.pasted()

    assert json.loads(answer.stdout)["email"] == "ben@demo.example"


def test_the_local_clerk_sends_webhooks_the_api_accepts(dev: Development) -> None:
    before = dev.me("walker")["tier"]

    answer = httpx.post(f"{dev.clerk}/webhooks/walker/subscription.created")

    assert answer.json() == {"status": "received", "type": "subscription.created"}
    assert (before, dev.me("walker")["tier"]) == ("free", "paid")


def test_the_local_clerk_lists_its_users_as_clerk_does(dev: Development) -> None:
    key = {"Authorization": "Bearer sk_test_local"}

    user = httpx.get(f"{dev.clerk}/v1/users/user_demo_ada", headers=key).json()
    stranger = httpx.get(f"{dev.clerk}/v1/users/user_demo_nobody", headers=key)

    assert user["email_addresses"][0]["email_address"] == "ada@demo.example"
    assert stranger.status_code == 404


@pytest.mark.parametrize(
    "kind", ["user.updated", "subscription.pastDue", "subscriptionItem.canceled"]
)
def test_every_event_of_the_local_clerk_is_processed(dev: Development, kind: str) -> None:
    answer = httpx.post(f"{dev.clerk}/webhooks/eventful/{kind}")

    assert answer.json()["type"] == kind
    assert answer.json()["status"] in {"received", "ignored"}


def test_a_second_run_in_the_same_folder_is_refused_with_the_first_named(dev: Development) -> None:
    second = sigmasight("dev", cwd=dev.folder)

    assert second.returncode == 1
    assert "Another `sigmasight dev` is running in this folder" in second.stderr


def test_a_port_in_use_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        start = sigmasight("dev", "--port", str(port), cwd=tmp_path)

    assert start.returncode == 1
    assert f"Port {port} is not free" in start.stderr
    assert "--port" in start.stderr


def test_the_rendered_page_loads_nothing_from_other_hosts(dev: Development) -> None:
    page = httpx.get(f"{dev.api}/schema").text

    assert "https://" not in page
    assert httpx.get(f"{dev.api}/schema/assets/swagger_bundle.js").is_success


def test_ctrl_c_leaves_no_process_behind(dev: Development) -> None:
    code = dev.leave(signal.SIGINT)

    assert code == 0
    assert "Stopped." in dev.printed()
    assert dev.left_behind() == []


def test_a_terminated_run_leaves_no_process_behind(tmp_path: Path) -> None:
    dev = Development(tmp_path)

    dev.leave(signal.SIGTERM)

    assert dev.left_behind() == []
