"""Position files of brokers in their download formats, with made-up content."""

from datetime import date
from decimal import Decimal
from typing import Final

import pytest

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.amounts import find_date, parse_amount
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.csv_import.options import parse_option
from sigmasight.domain.portfolios.csv_import.parser import ParsedFile
from sigmasight.domain.portfolios.positions import InvestmentClass, PositionType
from tests.support.builders.csv_files import TODAY, codes_of, entries_of, reading_of

SCHWAB: Final = """\
"Positions for account Individual ...987 as of 11:52 AM ET, 2025/11/16"

"Symbol","Description","Mkt Val (Market Value)","Cost Basis","","Qty (Quantity)","Price",\
"Price Chng $ (Price Change $)","% of Acct (% of Account)","Security Type",""
"ACME","ACME CORP","$1,750.00","$1,250.50","","100","$17.50","-$0.25","12.5%","Equity",""
"ZEN","ZENITH ETF","($900.00)","($1,000.00)","","(50)","$18.00","$0.10","-6.4%",\
"ETFs & Closed End Funds",""
"ACME 12/19/2025 150.00 C","CALL ACME CORP $150 EXP 12/19/25","$420.00","$300.00","","2",\
"$2.10","$0.05","3.0%","Option",""
"GIFT","GIVEN INC","$10.00","--","","1","$10.00","$0.00","0.1%","Equity",""
"LOST","LOST INC","--","N/A","","N/A","--","--","--","Equity",""
"ODD 1 2 3","SOME OPTION","$4.00","$3.00","","2","$2.10","$0.05","3.0%","Option",""
"Cash & Cash Investments","--","$2,345.67","--","","--","--","--","16.7%",\
"Cash and Money Market",""
"Account Total","","$4,096.17","$550.50","","--","--","--","100%","--",""
"""
FIDELITY: Final = """\
\ufeffAccount Number,Account Name,Symbol,Description,Quantity,Last Price,Last Price Change,\
Current Value,Today's Gain/Loss Dollar,Today's Gain/Loss Percent,Total Gain/Loss Dollar,\
Total Gain/Loss Percent,Percent Of Account,Cost Basis Total,Average Cost Basis,Type
Z00000001,INDIVIDUAL,SPAXX**,HELD IN MONEY MARKET,,,,$1234.56,,,,,11.2%,,,Cash,
Z00000001,INDIVIDUAL,ACME,ACME CORP,12.345,$20.00,+$0.10,$246.90,+$1.23,+0.50%,+$46.90,+23.45%,\
2.2%,$200.00,$16.20,Cash,
Z00000001,INDIVIDUAL, -ACME251219P150,ACME DEC 19 2025 $150 PUT,-3,$1.00,$0.00,-$300.00,--,--,--,\
--,-2.7%,$450.00,$1.50,Margin,
Z00000001,INDIVIDUAL,Pending Activity,,,,,$88.00,,,,,,,,

"The data and information in this spreadsheet is provided to you solely for your use."
"Brokerage services are provided by somebody, since 01/02/1990 and longer."

"Date downloaded Nov-16-2025 11:52 a.m ET"
"""
INTERACTIVE: Final = """\
Statement,Header,Field Name,Field Value
Statement,Data,BrokerName,Interactive Brokers
Statement,Data,Title,Activity Statement
Statement,Data,Period,"October 1, 2025 - November 14, 2025"
Statement,Data,WhenGenerated,"2025-11-16, 11:52:00 EST"
Account Information,Header,Field Name,Field Value
Account Information,Data,Account,U0000001
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,\
Cost Basis,Close Price,Value,Unrealized P/L,Code
Open Positions,Data,Summary,Stocks,USD,ACME,"1,000",1,12.505,12505,17.5,17500,4995,
Open Positions,Data,Lot,Stocks,USD,ACME,"1,000",1,12.505,12505,17.5,17500,4995,
Open Positions,Data,Summary,Stocks,EUR,ZEN,10,1,5,50,6,60,10,
Open Positions,Total,,Stocks,USD,,,,,12505,,17500,4995,
Open Positions,Data,Summary,Equity and Index Options,USD,ACME 19DEC25 150 C,-2,100,1.5,-300,2,-400,\
-100,
Open Positions,Data,Summary,Futures,USD,ESZ5,1,50,6000,300000,6010,300500,500,
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity
Trades,Data,Order,Stocks,USD,ACME,"2025-10-01, 10:00:00",1000
"""


def reported(
    reading: ParsedFile,
) -> list[tuple[str, Decimal, Decimal | None, PositionType, str | None]]:
    return [
        (
            terms.symbol,
            terms.quantity,
            terms.entry_price,
            terms.position_type,
            terms.investment_subtype,
        )
        for terms in (entry.terms for entry in entries_of(reading))
    ]


def left_out(reading: ParsedFile) -> list[tuple[int, str | None, str]]:
    return [(each.row, each.symbol, each.reason) for each in reading.left_out]


def failed(reading: ParsedFile) -> list[tuple[int, str | None, str, str]]:
    return [(each.row, each.symbol, each.code, each.message) for each in reading.failed]


def days(reading: ParsedFile) -> set[date]:
    return {entry.terms.entry_date for entry in entries_of(reading)}


def test_a_file_of_schwab_is_read() -> None:
    reading = reading_of(SCHWAB)

    assert reported(reading) == [
        ("ACME", Decimal(100), Decimal("12.505"), PositionType.LONG, "STOCK"),
        ("ZEN", Decimal(-50), Decimal(20), PositionType.SHORT, "ETF"),
        ("ACME251219C00150000", Decimal(2), Decimal("1.5"), PositionType.LC, "CALL"),
        ("GIFT", Decimal(1), None, PositionType.LONG, "STOCK"),
        ("CASH", Decimal("2345.67"), Decimal(1), PositionType.LONG, "CASH"),
    ]
    assert failed(reading) == [
        (8, "LOST", "ERR_POS_004", "The file states no quantity."),
        (9, "ODD 1 2 3", "ERR_POS_003", "The option's symbol is not in a known format."),
    ]
    assert left_out(reading) == [(11, "Account Total", "It is a total or a note, not a position.")]
    assert days(reading) == {date(2025, 11, 16)}


def test_an_option_of_a_broker_has_all_that_an_option_has() -> None:
    terms = entries_of(reading_of(SCHWAB))[2].terms

    assert terms.investment_class is InvestmentClass.OPTIONS
    assert (terms.underlying_symbol, terms.strike_price) == ("ACME", Decimal(150))
    assert terms.expiration_date == date(2025, 12, 19)


def test_a_file_of_fidelity_is_read() -> None:
    reading = reading_of(FIDELITY)

    assert reported(reading) == [
        ("SPAXX", Decimal("1234.56"), Decimal(1), PositionType.LONG, "CASH"),
        ("ACME", Decimal("12.345"), Decimal("16.200891049008"), PositionType.LONG, None),
        ("ACME251219P00150000", Decimal(-3), Decimal("1.5"), PositionType.SP, "PUT"),
    ]
    assert left_out(reading) == [
        (5, "Pending Activity", "It is a total or a note, not a position.")
    ]
    assert days(reading) == {date(2025, 11, 16)}


def test_a_statement_of_interactive_brokers_is_read() -> None:
    reading = reading_of(INTERACTIVE)

    assert reported(reading) == [
        ("ACME", Decimal(1000), Decimal("12.505"), PositionType.LONG, None),
        ("ZEN", Decimal(10), Decimal(5), PositionType.LONG, None),
        ("ACME251219C00150000", Decimal(-2), Decimal("1.5"), PositionType.SC, "CALL"),
        ("ESZ5", Decimal(1), Decimal(6000), PositionType.LONG, "COMMODITY"),
    ]
    terms = [entry.terms for entry in entries_of(reading)]
    assert [each.source.currency for each in terms] == ["USD", "EUR", "USD", "USD"]
    assert [each.source.multiplier for each in terms] == [1, 1, 100, 50]
    assert {each.source.account for each in terms} == {"U0000001"}
    assert left_out(reading) == [(10, "ACME", "It is a lot of a holding that is listed.")]
    assert failed(reading) == []
    assert days(reading) == {date(2025, 11, 14)}


@pytest.mark.parametrize("content", [SCHWAB, FIDELITY, INTERACTIVE])
def test_a_given_date_takes_precedence_over_the_date_in_the_file(content: str) -> None:
    assert days(reading_of(content, as_of=date(2025, 3, 4))) == {date(2025, 3, 4)}


def test_a_file_without_a_day_needs_one_named() -> None:
    undated = SCHWAB.replace(", 2025/11/16", "")

    with pytest.raises(ValidationFailedError) as refusal:
        reading_of(undated)

    assert [(error.field, error.code) for error in refusal.value.errors] == [("as_of", "required")]
    assert days(reading_of(undated, as_of=TODAY)) == {TODAY}


def test_a_holding_that_breaks_a_rule_fails_with_the_rule() -> None:
    reading = reading_of(SCHWAB.replace('"ZEN"', '"Z E N"'))

    allowed = "Only letters, digits and . - _ / : = ^, without spaces."
    assert failed(reading)[0] == (5, "Z E N", "ERR_POS_003", allowed)
    assert len(reading.entries) == 4
    assert reading.positions_failed == 3


def test_what_failed_is_given_as_a_share_of_the_stated_value() -> None:
    reading = reading_of(SCHWAB.replace('"ZEN"', '"Z E N"'))

    whole = Decimal(1750) + 900 + 420 + 10 + 4 + Decimal("2345.67")
    assert reading.failed_share == Decimal(904) / whole


def test_nothing_is_imported_of_a_file_with_a_failure_if_it_must_be_whole() -> None:
    with pytest.raises(CsvInvalidError) as refusal:
        reading_of(SCHWAB, strict=True)

    assert [(each.row, each.code) for each in refusal.value.errors.first] == [
        (8, "ERR_POS_004"),
        (9, "ERR_POS_003"),
    ]


def test_a_file_in_which_every_holding_fails_is_refused_with_every_reason() -> None:
    lines = SCHWAB.splitlines()
    failing = [line for line in lines if "LOST" in line or "ODD" in line]

    assert codes_of("\n".join(lines[:3] + failing)) == [(4, "ERR_POS_004"), (5, "ERR_POS_003")]


def test_a_class_of_shares_is_written_with_a_point() -> None:
    reading = reading_of(INTERACTIVE.replace("Stocks,USD,ACME", "Stocks,USD,BRK B"))

    assert [terms[0] for terms in reported(reading)] == [
        "BRK.B",
        "ZEN",
        "ACME251219C00150000",
        "ESZ5",
    ]


def test_a_fund_that_counts_as_cash_keeps_its_symbol() -> None:
    fund = '"SWVXX","MONEY FUND","$500.00","N/A","","500","$1","","","Cash and Money Market",""\n'

    reading = reading_of(SCHWAB.replace('"Cash &', f'{fund}"Cash &'))

    assert reported(reading)[-2:] == [
        ("SWVXX", Decimal(500), Decimal(1), PositionType.LONG, "CASH"),
        ("CASH", Decimal("2345.67"), Decimal(1), PositionType.LONG, "CASH"),
    ]


def test_positions_are_found_behind_thousands_of_other_rows() -> None:
    traded = "Mark-to-Market Performance Summary,Data,Stocks,ACME,1,2,3\n" * 5_000

    reading = reading_of(
        INTERACTIVE.replace("Open Positions,Header", f"{traded}Open Positions,Header")
    )

    assert len(reading.entries) == 4


def test_a_broker_may_have_a_symbol_twice() -> None:
    assert len(reading_of(SCHWAB.replace('"ZEN"', '"ACME"')).entries) == 5


def test_a_file_without_any_position_is_empty() -> None:
    assert codes_of("\n".join(SCHWAB.splitlines()[:3])) == [(1, "ERR_CSV_003")]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("$1,234.56", "1234.56"),
        ("(500)", "-500"),
        ("($1,234.50)", "-1234.50"),
        ("-$0.25", "-0.25"),
        ("$-0.25", "-0.25"),
        ("+12", "12"),
        (" 7 ", "7"),
        (".5", ".5"),
        ("1,234,567", "1234567"),
        ("1 234 567.5", "1234567.5"),
        ("1'234.50 CHF", "1234.50"),
        ("USD 12", "12"),
        ("US$12", "12"),
        ("12,34,567.5", "1234567.5"),
        ("500-", "-500"),
        ("- 5", "-5"),
        ("4.5%", "4.5"),
        ("1e-05", "0.00001"),
        *((nothing, None) for nothing in ("", "--", "N/A", "n/a", "Incomplete", "$", "()", ".")),
        *((odd, None) for odd in ("1,23", "NaN", "１", "1,2345", "12 34", "9" * 30)),  # noqa: RUF001
    ],
)
def test_numbers_are_read_as_brokers_write_them(cell: str, number: str | None) -> None:
    assert parse_amount(cell) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("as of 11:52 AM ET, 2025/11/16", date(2025, 11, 16)),
        ("as of 11:52 AM ET, 11/16/2025", date(2025, 11, 16)),
        ("Date downloaded Nov-16-2025 11:52 a.m ET", date(2025, 11, 16)),
        ("October 1, 2025 - November 14, 2025", date(2025, 11, 14)),
        ("2025-11-16, 11:52:00 EST", date(2025, 11, 16)),
        ("since 2025/02/30", None),
        ("no day at all", None),
    ],
)
def test_the_last_day_of_a_line_is_found(line: str, day: date | None) -> None:
    assert find_date(line) == day


@pytest.mark.parametrize(
    ("symbol", "found"),
    [
        ("ACME 12/19/2025 150.00 C", "ACME251219C00150000"),
        ("-ACME251219C150", "ACME251219C00150000"),
        ("-ACME251219P12.5", "ACME251219P00012500"),
        ("ACME 19DEC25 150 P", "ACME251219P00150000"),
        ("ACME  251219C00150000", "ACME251219C00150000"),
        ("ACME251219C00150000", "ACME251219C00150000"),
        ("BRK B 19DEC25 400 C", "BRKB251219C00400000"),
        *((other, None) for other in ("ACME", "ACME 13/45/2025 1 C", "ACME 19DEX25 150 P", "")),
    ],
)
def test_options_are_recognised_in_every_brokers_and_the_exchanges_notation(
    symbol: str, found: str | None
) -> None:
    option = parse_option(symbol)

    assert (option and option.symbol) == found
