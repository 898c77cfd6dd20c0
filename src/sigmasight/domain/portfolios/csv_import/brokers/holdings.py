"""The positions in a broker's file, and the rows left out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Final

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.csv_import.brokers.layout import NO_KIND, AssetKind, Layout
from sigmasight.domain.portfolios.csv_import.brokers.options import Option, parse_option
from sigmasight.domain.portfolios.csv_import.brokers.values import find_date, parse_amount
from sigmasight.domain.portfolios.csv_import.csv_file import BadRow, Row
from sigmasight.domain.portfolios.csv_import.errors import (
    MAX_REPORTED_ERRORS,
    MAX_REPORTED_SYMBOL,
    SkippedRow,
)
from sigmasight.domain.portfolios.csv_import.rows import KINDS, ParsedRow, ParsedRows
from sigmasight.domain.portfolios.positions.classification import (
    SHARES_PER_CONTRACT,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.validation import MICROS, PositionDraft, validate

PORTFOLIO_CURRENCY: Final = "USD"
OF_CLASS: Final = re.compile(r"\A([A-Z]{1,6}) ([A-Z]{1,4})\Z")
"""BRK B, as one broker writes BRK.B."""


class _LeaveOutError(Exception):
    """Raised for a row that yields no position, with the reason."""


@dataclass(frozen=True, slots=True)
class BrokerFile:
    """A broker's file: the lines before the header, the header, and the rows that follow."""

    layout: Layout
    header: Row
    before: Sequence[Row]
    rows: Iterable[Row | BadRow]

    def entries(self, *, today: date, as_of: date | None) -> tuple[ParsedRows, list[SkippedRow]]:
        """Return its positions, entered on that day or else on the day the file states.

        Raise ValidationFailedError if there is neither.
        """
        drafts: list[tuple[_Holding, PositionDraft]] = []
        left_out: list[SkippedRow] = []
        named = [day for row in self.before for day in self._days(row)]
        for row in self.rows:
            if isinstance(row, BadRow):
                left_out.append(SkippedRow(row.number, None, row.message))
            elif _is_prose(row):
                named += self._days(row)
            elif self._is_in_section(row):
                holding = _Holding(self.layout, row.number, self._cells(row))
                try:
                    drafts.append((holding, holding.draft()))
                except _LeaveOutError as reason:
                    left_out.append(holding.left_out(str(reason)))
        if as_of is None and not named:
            unknown = f"The file of {self.layout.broker} does not state its date: give `as_of`."
            raise ValidationFailedError(FieldError("as_of", unknown, "required"))
        entered = as_of or min(named[0], today)
        entries = ParsedRows()
        for holding, draft in drafts:
            try:
                entries.append(ParsedRow(validate(replace(draft, entry_date=entered), today=today)))
            except ValidationFailedError as refusal:
                left_out.append(holding.left_out(str(refusal)))
        return entries, sorted(left_out, key=attrgetter("row"))[:MAX_REPORTED_ERRORS]

    def _days(self, row: Row) -> Iterator[date]:
        text = " ".join(row.cells)
        if self.layout.dated.search(text) and (day := find_date(text)):
            yield day

    def _is_in_section(self, row: Row) -> bool:
        section = self.layout.section
        return tuple(row.cells[: len(section)]) == section

    def _cells(self, row: Row) -> Mapping[str, str]:
        return {
            name.strip(): cell.strip()
            for name, cell in zip(self.header.cells, row.cells, strict=False)
        }


class _Holding:
    """A row of a broker's table: its cells by column."""

    def __init__(self, layout: Layout, number: int, cells: Mapping[str, str]) -> None:
        self._layout = layout
        self._number = number
        self._cells = cells
        self._symbol = self._word(layout.symbol)

    def left_out(self, reason: str) -> SkippedRow:
        return SkippedRow(self._number, self._symbol[:MAX_REPORTED_SYMBOL] or None, reason)

    def draft(self) -> PositionDraft:
        """Return the row's draft, without its day; raise _LeaveOutError."""
        layout = self._layout
        for column, counting in layout.details:
            if self._word((column,)) != counting:
                raise _LeaveOutError("It is a total or a detail of other rows.")
        if layout.sums.fullmatch(self._symbol):
            raise _LeaveOutError("It is a total or a note, not a position.")
        kind = layout.kinds.get(self._word(layout.kind).lower() if layout.kind else NO_KIND)
        if layout.cash.fullmatch(self._symbol) or kind is AssetKind.CASH:
            return self._cash()
        if not self._symbol:
            raise _LeaveOutError("It has no symbol.")
        if (currency := self._word(layout.currency) or PORTFOLIO_CURRENCY) != PORTFOLIO_CURRENCY:
            raise _LeaveOutError(f"It is in {currency}, and the portfolio in {PORTFOLIO_CURRENCY}.")
        if option := parse_option(self._symbol):
            return self._option(option)
        if kind is None or kind is AssetKind.OPTION:
            what = (
                "The option's symbol is not in a known format."
                if kind
                else "Positions of this kind are not imported."
            )
            raise _LeaveOutError(what)
        quantity = self._quantity()
        is_private = kind is AssetKind.CRYPTOCURRENCY
        return PositionDraft(
            symbol=OF_CLASS.sub(r"\1.\2", self._symbol),
            quantity=quantity,
            avg_cost=self._cost(quantity, 1),
            position_type=PositionType.SHORT if quantity < 0 else PositionType.LONG,
            investment_class=InvestmentClass.PRIVATE if is_private else InvestmentClass.PUBLIC,
            investment_subtype=None if kind is AssetKind.PUBLIC else kind.value,
        )

    def _cash(self) -> PositionDraft:
        value = parse_amount(self._word(self._layout.value))
        if not value:
            raise _LeaveOutError("It has no amount of cash.")
        is_named = self._layout.cash.fullmatch(self._symbol)
        return PositionDraft(
            symbol=(is_named and self._layout.cash_symbol) or self._symbol.rstrip("*"),
            quantity=value,
            avg_cost=Decimal(1),
            position_type=PositionType.SHORT if value < 0 else PositionType.LONG,
            investment_class=InvestmentClass.PUBLIC,
            investment_subtype=AssetKind.CASH.value,
        )

    def _option(self, option: Option) -> PositionDraft:
        quantity = self._quantity()
        right = "PUT" if option.is_put else "CALL"
        return PositionDraft(
            symbol=option.symbol,
            quantity=quantity,
            avg_cost=self._cost(quantity, SHARES_PER_CONTRACT),
            position_type=KINDS[right, quantity < 0],
            investment_class=InvestmentClass.OPTIONS,
            investment_subtype=right,
            underlying_symbol=option.underlying.replace(" ", "."),
            strike_price=option.strike,
            expiration_date=option.expires,
        )

    def _quantity(self) -> Decimal:
        if quantity := parse_amount(self._word(self._layout.quantity)):
            return quantity
        raise _LeaveOutError("It has no quantity.")

    def _cost(self, quantity: Decimal, multiplier: int) -> Decimal:
        """Return the unit cost, rounded to the decimals of a price."""
        cost = parse_amount(self._word(self._layout.cost))
        if not cost:
            raise _LeaveOutError("It has no cost basis.")
        try:
            return (abs(cost) / (abs(quantity) * multiplier)).quantize(MICROS)
        except InvalidOperation:
            raise _LeaveOutError("Its cost basis is too large.") from None

    def _word(self, names: Iterable[str]) -> str:
        return next((self._cells[name] for name in names if name in self._cells), "")


def _is_prose(row: Row) -> bool:
    """Return whether a row is a line of text: a single cell."""
    return sum(bool(cell.strip()) for cell in row.cells) == 1
