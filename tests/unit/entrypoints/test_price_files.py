"""Layouts of price files."""

import pytest

from sigmasight.entrypoints.cli.price_files import price_reader


@pytest.mark.parametrize(
    "header", ["symbol,date,close", "Symbol, Date ,CLOSE", "symbol,date,close,implied_volatility"]
)
def test_lines_of_our_own_layout_stay_as_they_are(header: str) -> None:
    read = price_reader(header.split(","))

    assert read
    assert list(read(["ACME", "2026-01-14", "12.50"])) == [["ACME", "2026-01-14", "12.50"]]
    assert list(read(["broken"])) == [["broken"]]


@pytest.mark.parametrize(
    ("header", "line", "prices"),
    [
        (
            "Date,USD,JPY,CYP,",
            "2026-01-14,1.0866,161.53,N/A,",
            [("EURUSD", "2026-01-14", "1.0866"), ("EURJPY", "2026-01-14", "161.53")],
        ),
        (
            "Date, USD, JPY, ",
            "14 January 2026, 1.0866, 161.53, ",
            [("EURUSD", "2026-01-14", "1.0866"), ("EURJPY", "2026-01-14", "161.53")],
        ),
        (
            "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,TIME_PERIOD,OBS_VALUE,OBS_STATUS",
            "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,2026-01-14,1.0866,A",
            [("EURUSD", "2026-01-14", "1.0866")],
        ),
        (
            "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,TIME_PERIOD,OBS_VALUE,OBS_STATUS",
            "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,2026-01-01,,H",
            [],
        ),
    ],
)
def test_reference_rates_of_the_central_bank_are_prices_of_pairs(
    header: str, line: str, prices: list[tuple[str, str, str]]
) -> None:
    read = price_reader(header.split(","))

    assert read
    assert list(read(line.split(","))) == prices


@pytest.mark.parametrize(
    "header", ["", "Date", "Date,Open,High", "date,symbol,close", "USD,Date", "Date,Usd"]
)
def test_any_other_header_is_none(header: str) -> None:
    assert price_reader(header.split(",")) is None
