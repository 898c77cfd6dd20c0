"""Schemas of previews of imports."""

from datetime import date
from decimal import Decimal

import msgspec

from sigmasight.domain.portfolios.csv_import.brokers.layout import Field
from sigmasight.domain.portfolios.csv_import.preview import Preview
from sigmasight.domain.portfolios.csv_import.rows import ParsedRow
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.entrypoints.http.decimals import decimal_string, optional_decimal_string
from sigmasight.entrypoints.http.portfolio_import_schemas import LeftOutView
from sigmasight.entrypoints.http.schemas import build_view


class ColumnView(msgspec.Struct, frozen=True):
    heading: str
    samples: list[str]


class SuggestionView(msgspec.Struct, frozen=True):
    field: Field
    heading: str
    confidence: float


class ProblemView(msgspec.Struct, frozen=True):
    row: int
    symbol: str | None
    field: str | None
    code: str
    message: str


class PreviewRowView(msgspec.Struct, frozen=True):
    symbol: str
    quantity: Decimal
    entry_price: Decimal | None
    entry_date: date
    position_type: PositionType
    investment_class: InvestmentClass
    investment_subtype: str | None
    underlying_symbol: str | None
    strike_price: Decimal | None
    expiration_date: date | None
    currency: str | None
    multiplier: Decimal
    account: str | None
    identifier: str | None
    file_price: Decimal | None


class PreviewView(msgspec.Struct, frozen=True):
    """`layout` is a broker's name or `template`; null of a table that needs a `mapping`."""

    layout: str | None
    delimiter: str
    decimal_separator: str
    header_row: int | None
    headings: list[ColumnView]
    suggestions: list[SuggestionView]
    mapping: dict[str, str]
    rows: list[PreviewRowView]
    total_rows: int
    problems: list[ProblemView]
    left_out: list[LeftOutView]
    accounts: list[str]
    currencies: list[str]


def preview_view(preview: Preview) -> PreviewView:
    return build_view(
        PreviewView,
        preview,
        delimiter=preview.dialect.delimiter,
        decimal_separator=preview.dialect.decimal,
        headings=[
            build_view(ColumnView, each, samples=list(each.samples)) for each in preview.columns
        ],
        suggestions=[build_view(SuggestionView, each) for each in preview.suggestions],
        mapping={field.value: heading for field, heading in preview.mapping.items()},
        rows=[_row_view(each) for each in preview.rows],
        total_rows=preview.total,
        problems=[build_view(ProblemView, each) for each in preview.problems],
        left_out=[build_view(LeftOutView, each) for each in preview.left_out],
        accounts=list(preview.accounts),
        currencies=list(preview.currencies),
    )


def _row_view(row: ParsedRow) -> PreviewRowView:
    terms, source = row.terms, row.terms.source
    multiplier = source.multiplier or terms.position_type.multiplier
    return build_view(
        PreviewRowView,
        terms,
        source,
        quantity=decimal_string(terms.quantity, 0),
        entry_price=optional_decimal_string(terms.entry_price),
        strike_price=optional_decimal_string(terms.strike_price),
        multiplier=decimal_string(multiplier, 0),
        file_price=optional_decimal_string(source.file_price),
    )
