"""The import over HTTP of files in brokers' true layouts, compared with what their holders have.

Their folder stands beside the project; without it there is nothing to compare.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.support.providers.application import InMemoryApplication

FILES: Final = Path(__file__).parents[4] / "shared" / "data" / "broker-files"
EXPECTED: Final[Mapping[str, Any]] = (
    json.loads((FILES / "expected.json").read_text(encoding="utf-8")) if FILES.exists() else {}
)
TODAY: Final = datetime(2026, 11, 27, 12, tzinfo=UTC)


async def send(api: InMemoryApplication, name: str, **form: str) -> httpx.Response:
    fields = {
        "portfolio_name": "Savings",
        "account_name": "Broker",
        "account_type": "taxable",
        "equity_balance": "1000",
        **form,
    }
    files = {"csv_file": (name, (FILES / name).read_bytes(), "text/csv")}
    return await api("POST", "/onboarding/create-portfolio", data=fields, files=files)


@pytest.mark.parametrize("name", EXPECTED)
async def test_a_file_comes_in_as_its_holder_has_it(api: InMemoryApplication, name: str) -> None:
    expected = EXPECTED[name]
    api.clock.set(TODAY)

    answer = await send(api, name, **expected["form"])

    if answer.status_code == 400:
        refusal = expected.get("refused") or expected["or_refused"]
        message = answer.json()["message"].lower()
        assert all(word in message for word in refusal["says_all"])
        assert any(word in message for word in refusal.get("says_any", [""]))
        return
    assert answer.status_code == 201, answer.text
    assert "refused" not in expected
    imported = answer.json()
    path = f"/positions?portfolio_id={imported['portfolio_id']}&limit=100"
    positions = (await api("GET", path)).json()["positions"]
    cash = [each for each in positions if each["investment_subtype"] == "CASH"]
    assert_holdings([each for each in positions if each not in cash], expected["positions"])
    assert sums(cash, "quantity") == sums(expected["cash"], "amount")
    assert {each["account"] for each in positions} - {None} == set(expected["accounts"])
    assert_left_out(imported, expected["left_out"])


def assert_holdings(positions: list[Any], expected: list[Any]) -> None:
    rest = list(positions)
    for holding in expected:
        names = {holding["symbol"], *holding.get("symbol_any", [])}
        found = [each for each in rest if each["symbol"] in names]
        rest = [each for each in rest if each not in found]
        assert sum(Decimal(each["quantity"]) for each in found) == Decimal(holding["quantity"])
        for position in found:
            assert_terms(position, holding)
        if holding["cost"] != "unknown":
            costs = (
                Decimal(each["entry_price"])
                * abs(Decimal(each["quantity"]))
                * Decimal(each["multiplier"])
                for each in found
            )
            assert abs(sum(costs) - Decimal(holding["cost"])) < Decimal("0.01")
    assert not rest


def assert_terms(position: Any, holding: Any) -> None:
    assert position["cost_known"] is (holding["cost"] != "unknown")
    if holding["currency"]:
        assert position["currency"] == holding["currency"]
    if holding["last_price"]:
        assert Decimal(position["last_price"]) == Decimal(holding["last_price"])
    if holding.get("quoted_per") == 100:
        assert Decimal(position["multiplier"]) == Decimal("0.01")
    if option := holding.get("option"):
        assert position["underlying_symbol"] == option["underlying"]
        assert position["expiration_date"] == option["expires"]
        assert Decimal(position["strike_price"]) == Decimal(option["strike"])
        assert position["investment_subtype"] == option["type"]
        assert Decimal(position["multiplier"]) == Decimal(option["multiplier"])


def assert_left_out(imported: Any, expected: list[Any]) -> None:
    failed = [each for each in expected if each["is_holding"]]
    assert imported["positions_failed"] == len(failed)
    assert [each["symbol"] for each in imported["failed"]] == [each["symbol"] for each in failed]
    assert all(each["code"] for each in imported["failed"])


def sums(cash: list[Any], amount: str) -> Mapping[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in cash:
        found[each["currency"]] += Decimal(each[amount])
    return found
