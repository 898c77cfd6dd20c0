"""The valid rows of a file, packed."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sigmasight.domain.portfolios.csv_import.rows import ParsedRow
from sigmasight.domain.portfolios.portfolio import Portfolio
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.closing import Closing, close_position
from sigmasight.domain.portfolios.positions.model import Position, PositionId
from sigmasight.domain.portfolios.positions.validation import (
    UNSTATED,
    HoldingSource,
    PositionTerms,
)

ENUMS: Final = ("position_type", "investment_class")
PLAIN: Final = [each.name for each in fields(PositionTerms) if each.name not in (*ENUMS, "source")]
SOURCE: Final = [each.name for each in fields(HoldingSource)]
CLOSING: Final = ("exit_price", "exit_date")
NAMES: Final = (*PLAIN, *ENUMS, *SOURCE)
"""Of the packed values, before those of the closing; a position has the same ones."""
ACCOUNT: Final = NAMES.index("account")
CURRENCY: Final = NAMES.index("currency")
PLAIN_TERMS: Final = attrgetter(*PLAIN)
SOURCE_TERMS: Final = attrgetter(*SOURCE)
NO_SOURCE: Final = SOURCE_TERMS(UNSTATED)
NOT_CLOSED: Final = (None, None)


class ParsedRows:
    """Any number of entries, in a fifth of the memory of objects.

    They are stored as tuples of strings, numbers and dates, which the garbage collector skips:
    visiting a hundred thousand objects would block the event loop for a tenth of a second.
    """

    def __init__(self) -> None:
        self._packed: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._packed)

    def append(self, entry: ParsedRow) -> None:
        terms, closing = entry.terms, entry.closing
        self._packed.append(
            (
                *PLAIN_TERMS(terms),
                terms.position_type.value,
                terms.investment_class.value,
                *(NO_SOURCE if terms.source is UNSTATED else SOURCE_TERMS(terms.source)),
                *((closing.exit_price, closing.exit_date) if closing else NOT_CLOSED),
            )
        )

    def append_plain(self, values: tuple[Any, ...], kind: str, asset: str) -> None:
        """Append an open holding by the values of `PLAIN`, of which no file stated more."""
        self._packed.append((*values, kind, asset, *NO_SOURCE, *NOT_CLOSED))

    @property
    def accounts(self) -> Sequence[str | None]:
        """The accounts of the entries, in their order, each once."""
        return list(dict.fromkeys(packed[ACCOUNT] for packed in self._packed))

    @property
    def currencies(self) -> Sequence[str]:
        """The currencies that the entries name, in their order, each once."""
        return list(dict.fromkeys(each[CURRENCY] for each in self._packed if each[CURRENCY]))

    def of_account(self, account: str | None) -> "ParsedRows":
        found = ParsedRows()
        found._packed = [packed for packed in self._packed if packed[ACCOUNT] == account]
        return found

    def slice(self, start: int, stop: int) -> list[ParsedRow]:
        return [_unpacked(packed) for packed in self._packed[start:stop]]

    def positions(self, ids: Sequence[int], *, into: Portfolio, at: datetime) -> Iterator[Position]:
        """Yield the positions; there must be as many ids, ascending, the numbers of UUIDs."""
        of_all: dict[str, Any] = {
            "user_id": into.user_id,
            "portfolio_id": into.id,
            "created_at": at,
            "updated_at": at,
        }
        for each, packed in zip(ids, self._packed, strict=True):
            values: dict[str, Any] = dict(zip(NAMES, packed, strict=False))
            kind = PositionType(values["position_type"])
            values["position_type"] = kind
            values["investment_class"] = InvestmentClass(values["investment_class"])
            values["currency"] = values["currency"] or into.terms.currency
            values["multiplier"] = values["multiplier"] or kind.multiplier
            position = Position(id=PositionId(UUID(int=each)), **of_all, **values)
            closing = _closing(packed)
            yield close_position(position, closing, today=at.date()) if closing else position


def _unpacked(packed: tuple[Any, ...]) -> ParsedRow:
    values: dict[str, Any] = dict(zip(NAMES, packed, strict=False))
    stated = {name: values.pop(name) for name in SOURCE}
    source = UNSTATED if tuple(stated.values()) == NO_SOURCE else HoldingSource(**stated)
    values["position_type"] = PositionType(values["position_type"])
    values["investment_class"] = InvestmentClass(values["investment_class"])
    return ParsedRow(PositionTerms(**values, source=source), _closing(packed))


def _closing(packed: tuple[Any, ...]) -> Closing | None:
    price, day = packed[len(NAMES) :]
    return None if day is None else Closing(exit_price=price, exit_date=day)
