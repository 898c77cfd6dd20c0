"""Decimals on the wire: exact as numbers and as strings, or refused."""

import pytest

from tests.support.providers.application import InMemoryApplication


def with_balance(raw: str) -> bytes:
    return f'{{"name": "a", "account_name": "b", "equity_balance": {raw}}}'.encode()


class TestBalance:
    @pytest.mark.parametrize(
        ("raw", "kept"),
        [
            ("12345678901234.56", "12345678901234.56"),
            ('"12345678901234.56"', "12345678901234.56"),
            ("9999999999999999.99", "9999999999999999.99"),
            ("0.1", "0.10"),
            ("0", "0.00"),
            ("-0.00", "0.00"),
            ("1e3", "1000.00"),
            ('"1E+3"', "1000.00"),
            ("1.10000", "1.10"),
            ("125000", "125000.00"),
        ],
    )
    async def test_is_exact_as_a_number_and_as_a_string(
        self, paid_api: InMemoryApplication, raw: str, kept: str
    ) -> None:
        answer = await paid_api("POST", "/portfolios", content=with_balance(raw))

        assert answer.status_code == 201, answer.text
        assert answer.json()["equity_balance"] == kept
        assert answer.json()["net_asset_value"] == answer.json()["total_value"] == kept

    @pytest.mark.parametrize(
        "raw",
        [
            *('"NaN"', '"sNaN"', '"Infinity"', '"-Infinity"', "NaN", "Infinity"),
            *("1e400", '"1e400"', "1e999999", "-1", '"-0.01"', "10000000000000000"),
            *("0.001", '"1.999"', "1e-400", '"1,000"', '""', '"ten"', "9" * 5000),
            *('"1_000"', '"\u0661\u0662"', '" 5 "', '"0x10"', "true", "[]"),
        ],
    )
    async def test_that_is_no_amount_is_refused_and_named(
        self, paid_api: InMemoryApplication, raw: str
    ) -> None:
        answer = await paid_api("POST", "/portfolios", content=with_balance(raw))

        assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
        assert paid_api.store.portfolios == {}

    async def test_out_of_range_names_its_field(self, paid_api: InMemoryApplication) -> None:
        answer = await paid_api("POST", "/portfolios", content=with_balance("-1"))

        [fault] = answer.json()["errors"]
        assert (fault["field"], fault["code"]) == ("equity_balance", "out_of_range")
