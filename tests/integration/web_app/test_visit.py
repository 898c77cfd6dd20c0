"""A person's visit to the web app, screen by screen, over real HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.web_app.visitor import ORIGIN, Visitor
from tests.support.servers.api_servers import INVITE_CODE, Server

HEADER = (
    "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class,Investment Subtype,"
    "Underlying Symbol,Strike Price,Expiration Date,Option Type,Exit Date,Exit Price Per Share"
)
POSITIONS = f"""{HEADER}
AAPL,95,158.00,2024-01-15,,,,,,,,
MSFT,-30,380.50,2024-02-01,,,,,,,,
XOM,40,100.00,2024-02-01,,,,,,,,
"""


def wait_until_calculated(visitor: Visitor, portfolio: str) -> dict[str, Any]:
    """Poll the status as the web app does, up to its end."""
    for _ in range(200):
        status: dict[str, Any] = visitor.get(f"/onboarding/status/{portfolio}")
        if status["status"] in {"completed", "partial", "failed"}:
            return status
        time.sleep(0.05)
    pytest.fail(f"The calculation did not end: {status}")


@pytest.fixture(scope="module")
def visitor(server: Server) -> Iterator[Visitor]:
    with Visitor.named("vera", server.url) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def portfolio(visitor: Visitor) -> str:
    """Sign in, enter the invite code, upload a file, and wait for the calculation."""
    assert visitor.get("/auth/me")["invite_validated"] is False
    refused = visitor.post("/onboarding/validate-invite", {"invite_code": "WRONG"}, 400)
    assert refused["code"] == "invalid_invite_code"
    visitor.post("/onboarding/validate-invite", {"invite_code": INVITE_CODE})
    portfolio = str(visitor.upload("Savings", POSITIONS)["portfolio_id"])
    visitor.post(f"/portfolios/{portfolio}/calculate")
    status = wait_until_calculated(visitor, portfolio)
    assert (status["status"], status["overall_progress"]["percent_complete"]) == ("completed", 100)
    return portfolio


def test_the_browser_may_send_what_the_web_app_sends(visitor: Visitor) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }

    answer = visitor.client.options("/data/portfolios", headers=asked)

    assert answer.status_code in {200, 204}
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_the_log_of_the_upload_can_be_downloaded(visitor: Visitor, portfolio: str) -> None:
    answer = visitor.get(f"/onboarding/status/{portfolio}/logs")

    assert "filename=" in answer.headers["Content-Disposition"]
    assert "Content-Disposition" in answer.headers["Access-Control-Expose-Headers"]
    assert "3 open positions read." in answer.text


def test_home_shows_the_value_and_the_benchmarks(visitor: Visitor, portfolio: str) -> None:
    [own] = visitor.get("/data/portfolios")
    benchmark = visitor.get("/data/prices/benchmark/SPY?lookback_days=400")
    other = visitor.get("/data/prices/benchmark/QQQ?lookback_days=400")
    targets = visitor.get(f"/target-prices/{portfolio}/summary")

    assert (own["id"], own["net_asset_value"], own["position_count"]) == (portfolio, 100000, 3)
    assert len(benchmark["data"]["close"]) == len(other["data"]["close"]) > 252
    assert targets["target_prices"] == []


def test_the_command_center_shows_the_portfolio(visitor: Visitor, portfolio: str) -> None:
    of_one = f"/analytics/portfolio/{portfolio}"
    overview = visitor.get(f"{of_one}/overview")
    snapshot = visitor.get(f"/data/portfolio/{portfolio}/snapshot")
    details = visitor.get(f"/data/positions/details?portfolio_id={portfolio}")
    profiles = visitor.get(f"/data/company-profiles?portfolio_id={portfolio}")
    factors = visitor.get(f"{of_one}/factor-exposures")
    by_position = visitor.get(f"{of_one}/positions/factor-exposures?limit=200")
    sectors = visitor.get(f"{of_one}/sector-exposure")

    assert overview["equity_balance"] == 100000
    assert overview["exposures"]["short_exposure"] < 0 < overview["exposures"]["long_exposure"]
    assert overview["position_count"] == {
        "total_positions": 3,
        "long_count": 2,
        "short_count": 1,
        "option_count": 0,
    }
    assert isinstance(snapshot["daily_pnl"], float)
    assert {each["symbol"]: each["sector"] for each in details["positions"]} == {
        "AAPL": "Technology",
        "MSFT": "Technology",
        "XOM": "Energy",
    }
    assert profiles["meta"]["missing_profiles"] == []
    assert factors["factors"][0]["name"] == "Market Beta (90D)"
    assert factors["factors"][1]["name"] == "Provider Beta (1Y)"
    assert by_position["total"] == 3
    assert sectors["data"]["portfolio_weights"].keys() == {"Technology", "Energy"}


@pytest.fixture
def tom(server: Server) -> Iterator[Visitor]:
    with Visitor.named("tom", server.url) as visitor:
        yield visitor


def test_the_command_center_adds_up_three_accounts(tom: Visitor) -> None:
    tom.get("/auth/me")
    tom.post("/onboarding/validate-invite", {"invite_code": INVITE_CODE})
    accounts = [str(tom.upload(name, POSITIONS)["portfolio_id"]) for name in ("One", "Two")]
    third = {"name": "Three", "account_name": "Three"}
    assert tom.post("/portfolios", third, 403)["code"] == "portfolio_limit_reached"
    tom.subscribe()
    accounts.append(str(tom.upload("Three", POSITIONS)["portfolio_id"]))
    for account in accounts:
        tom.post(f"/portfolios/{account}/calculate")
        wait_until_calculated(tom, account)

    figures = {
        name: tom.get(f"/analytics/aggregate/{name}")
        for name in (
            *("overview", "beta", "volatility", "factor-exposures", "sector-exposure"),
            *("concentration", "correlation-matrix", "stress-test", "breakdown"),
        )
    }

    assert all(each["available"] for each in figures.values())
    assert figures["overview"]["net_asset_value"] == 300000
    weights = [each["weight"] for each in figures["overview"]["portfolios"]]
    assert weights == pytest.approx([1 / 3] * 3)
    own = [tom.get(f"/analytics/portfolio/{each}/volatility")["data"] for each in accounts]
    joint = figures["volatility"]["aggregate_volatility_21d"]
    assert joint == pytest.approx(own[0]["realized_volatility_21d"])
    assert figures["stress-test"]["portfolios_with_stress_data"] == 3


def test_risk_metrics_are_shown(visitor: Visitor, portfolio: str) -> None:
    for name in (
        *("volatility", "correlation-matrix", "spread-factors", "beta-comparison"),
        *("stress-test", "concentration"),
    ):
        figure = visitor.get(f"/analytics/portfolio/{portfolio}/{name}")
        assert figure["available"], figure


def test_research_tags_and_targets(visitor: Visitor, portfolio: str) -> None:
    details = visitor.get(f"/data/positions/details?portfolio_id={portfolio}")["positions"]
    restored = visitor.post("/data/positions/restore-sector-tags")
    target = visitor.post(
        f"/target-prices/{portfolio}",
        {"symbol": "AAPL", "position_type": "LONG", "target_price_eoy": 500},
        201,
    )
    own = {"name": "Core holdings", "color": "#4A90E2"}
    tag = visitor.post("/tags", own, 201)
    way = f"/positions/{details[0]['id']}/tags"
    visitor.send("PATCH", way, json={"tag_ids": [tag["id"]]})
    changed = visitor.put(
        f"/target-prices/{portfolio}/bulk-update",
        {"updates": [{"symbol": "AAPL", "target_price_eoy": 600}, {"symbol": "NONE"}]},
    )
    search = visitor.get("/equity-search?query=a&sectors=Technology")

    assert (restored["positions_tagged"], restored["tags_created"]) == (3, 2)
    assert [each["id"] for each in visitor.get(way)] == [tag["id"]]
    assert isinstance(target["expected_return_eoy"], float)
    assert (changed["updated"], len(changed["errors"])) == (1, 1)
    assert visitor.get(f"/data/portfolio/{portfolio}/snapshot")["target_price_return_eoy"] != 0
    assert [each["symbol"] for each in search["items"]] == ["AAPL"]


def test_selling_a_part_and_then_all(visitor: Visitor, portfolio: str) -> None:
    def position(symbol: str, query: str = "") -> dict[str, Any]:
        way = f"/data/positions/details?portfolio_id={portfolio}{query}"
        [found] = [each for each in visitor.get(way)["positions"] if each["symbol"] == symbol]
        return dict(found)

    aapl, msft = position("AAPL")["id"], position("MSFT")["id"]
    sale = {"exit_price": 200, "exit_date": "2026-01-05", "close_quantity": 10, "quantity": 85}

    visitor.put(f"/positions/{aapl}", sale)
    twice = visitor.put(f"/positions/{aapl}", sale, 400)
    visitor.put(f"/positions/{msft}", {"exit_price": 300, "close_quantity": 10, "quantity": -20})
    visitor.put(f"/positions/{msft}", {"exit_price": 300, "quantity": 0})

    assert twice["errors"][0]["code"] == "not_what_remains"
    assert (position("AAPL")["quantity"], position("AAPL")["realized_pnl"]) == (85, 420)
    closed = position("MSFT", "&include_closed=true")
    assert (closed["exit_price"], closed["realized_pnl"]) == (300, 30 * 80.5)
    pnl = visitor.get(f"/analytics/portfolio/{portfolio}/overview")["pnl"]
    assert pnl["realized_pnl"] == 420 + 30 * 80.5


def test_the_ai_page_has_a_briefing(visitor: Visitor, portfolio: str) -> None:
    body = {"portfolio_id": portfolio, "insight_type": "morning_briefing"}

    made = visitor.post("/insights/generate", body, 201)
    listed = visitor.get(f"/insights/portfolio/{portfolio}?insight_type=morning_briefing")

    assert f"{made['performance']['cost_usd']:.2f}" == "0.00"
    assert [each["id"] for each in listed["insights"]] == [made["id"]]


def test_the_chat_uses_a_tool_and_takes_feedback(visitor: Visitor, portfolio: str) -> None:
    conversation = visitor.post("/chat/conversations", {"portfolio_ids": [portfolio]}, 201)["id"]
    question = {"conversation_id": conversation, "text": "What would a crash cost me?"}

    events = visitor.stream("/chat/send", question)

    names = [name for name, _ in events]
    assert names[:4] == ["message_created", "start", "tool_call", "tool_result"]
    assert names[-1] == "done"
    result = next(data for name, data in events if name == "tool_result")["data"]
    assert (result["name"], result["failed"]) == ("get_stress_test", False)
    message = events[0][1]["assistant_message_id"]
    way = f"/chat/messages/{message}/feedback"
    assert visitor.send("GET", way, 404)["code"] == "feedback_not_found"
    assert visitor.post(way, {"rating": "up"})["rating"] == "up"
    assert visitor.get(way)["message_id"] == message


def test_the_settings_have_memories(visitor: Visitor) -> None:
    memory = visitor.post("/chat/memories", {"content": "I retire in 2040."}, 201)

    assert visitor.get("/chat/memories?limit=100")["memories"] == [memory]
    assert visitor.get("/chat/memories/count") == {"count": 1, "max_allowed": 50}
    assert visitor.send("DELETE", f"/chat/memories/{memory['id']}") == {"deleted": 1}


@pytest.fixture
def una(server: Server) -> Iterator[Visitor]:
    with Visitor.named("una", server.url) as visitor:
        yield visitor


def test_an_account_is_deleted(una: Visitor) -> None:
    una.get("/auth/me")
    una.post("/onboarding/validate-invite", {"invite_code": INVITE_CODE})
    account = str(una.upload("Gone", POSITIONS)["portfolio_id"])

    una.send("DELETE", f"/portfolios/{account}")

    assert una.get("/data/portfolios") == []
    missing = una.send("GET", f"/analytics/portfolio/{account}/overview", 404)
    assert missing["code"] == "portfolio_not_found"
    assert una.get("/analytics/aggregate/overview")["available"] is False
