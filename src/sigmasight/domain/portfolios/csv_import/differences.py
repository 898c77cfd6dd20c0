"""What a newer file of the same accounts changes in a portfolio.

Holdings are compared by symbol, account and currency. What is new is opened, what grew gets another
lot, what shrank is closed in part, the oldest lots first, and what is gone is closed. Such closings
are at the file's price, or the last known one, and realized gains of them are by difference: nobody
knows what was really sold, when and for how much. Tags, targets and notes stay with the positions.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from sigmasight.domain.portfolios.money import EXACT, product, total
from sigmasight.domain.portfolios.positions.closing import Closing, close_position
from sigmasight.domain.portfolios.positions.model import NOTHING, Position
from sigmasight.domain.portfolios.positions.validation import PRECISION, PositionTerms

COST_PRECISION: Final = Decimal("1e-6")

T = TypeVar("T")


class Key(NamedTuple):
    """What makes two holdings the same one."""

    symbol: str
    account: str | None
    currency: str


@dataclass(frozen=True, slots=True)
class Change:
    """A holding's quantities before and after, signed."""

    key: Key
    before: Decimal
    after: Decimal


@dataclass(slots=True)
class Differences:
    opened: list[Change] = field(default_factory=list)
    adjusted: list[Change] = field(default_factory=list)
    closed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    new: list[PositionTerms] = field(default_factory=list)
    """Positions to open."""
    changed: list[Position] = field(default_factory=list)
    """Positions to store."""

    @property
    def is_any(self) -> bool:
        return bool(self.opened or self.adjusted or self.closed)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares a file's holdings with the open positions of a portfolio."""

    currency: str
    """The portfolio's, of holdings without their own."""
    day: date
    """The day of the file: what it closes was closed by then."""
    unknown: frozenset[str] = frozenset()
    """Symbols whose rows could not be imported: nothing is known of them."""

    def differences(
        self, positions: Sequence[Position], terms: Sequence[PositionTerms]
    ) -> Differences:
        found = Differences()
        held = _grouped(positions, lambda each: Key(each.symbol, each.account, each.currency))
        listed = _grouped(terms, self._key)
        accounts = {key.account for key in listed} | {None}
        held = _adopted(held, listed)
        for key, own in listed.items():
            self._compare(key, held.get(key, []), own, found)
        for key, lots in held.items():
            is_gone = key not in listed and key.account in accounts
            if is_gone and key.symbol not in self.unknown:
                found.closed.append(Change(key, _quantity(lots), NOTHING))
                found.changed += self._closed(lots, _quantity(lots), None)
        return found

    def _key(self, terms: PositionTerms) -> Key:
        source = terms.source
        return Key(terms.symbol, source.account, source.currency or self.currency)

    def _compare(
        self, key: Key, lots: Sequence[Position], own: Sequence[PositionTerms], found: Differences
    ) -> None:
        before, after = _quantity(lots), total(each.quantity for each in own)
        change = Change(key, before, after)
        if not lots:
            found.opened.append(change)
            found.new += own
        elif before == after:
            found.unchanged += 1
            found.changed += _repriced(lots, own[-1])
        else:
            found.adjusted.append(change)
            self._adjust(lots, own, change, found)

    def _adjust(
        self,
        lots: Sequence[Position],
        own: Sequence[PositionTerms],
        change: Change,
        found: Differences,
    ) -> None:
        before, after, terms = change.before, change.after, own[-1]
        if lots[0].is_cash:
            first, *rest = lots
            kind = terms.position_type
            found.changed.append(replace(first, quantity=after, position_type=kind))
            found.changed += (
                replace(each, exit_price=each.price, exit_date=self.day) for each in rest
            )
        elif before * after < 0:
            found.changed += self._closed(lots, before, terms)
            found.new += own
        elif abs(after) > abs(before):
            found.changed += _repriced(lots, terms)
            found.new.append(_added(lots, own, after - before))
        else:
            found.changed += self._closed(_repriced_all(lots, terms), before - after, terms)

    def _closed(
        self, lots: Iterable[Position], quantity: Decimal, terms: PositionTerms | None
    ) -> Iterator[Position]:
        """Yield the lots after closing that much of them, the oldest first."""
        rest = abs(quantity)
        for lot in lots:
            size = min(rest, abs(lot.quantity))
            price = terms.source.file_price if terms else None
            price = price if price is not None else lot.price
            if not size:
                yield lot
                continue
            rest = EXACT.subtract(rest, size)
            day = max(self.day, lot.entry_date)
            closing = Closing(exit_price=price or NOTHING, exit_date=day, close_quantity=size)
            after = close_position(lot, closing, today=day)
            yield replace(after, realized_by_difference=True)


def _grouped(items: Iterable[T], key: Callable[[T], Key]) -> Mapping[Key, list[T]]:
    groups: defaultdict[Key, list[T]] = defaultdict(list)
    for each in items:
        groups[key(each)].append(each)
    return groups


def _adopted(
    held: Mapping[Key, list[Position]], listed: Mapping[Key, Sequence[PositionTerms]]
) -> Mapping[Key, list[Position]]:
    """Give positions without an account that of the file's only holding of the same symbol."""
    found: defaultdict[Key, list[Position]] = defaultdict(list)
    for key, lots in held.items():
        same = [each for each in listed if each[::2] == key[::2]]
        known = same[0] if key.account is None and len(same) == 1 else key
        found[known] += (replace(each, account=known.account) for each in lots)
    return found


def _quantity(lots: Iterable[Position]) -> Decimal:
    return total(each.quantity for each in lots)


def _repriced(lots: Iterable[Position], terms: PositionTerms) -> Iterator[Position]:
    """Yield the lots that the file has a later price of."""
    source = terms.source
    for lot in lots:
        is_later = source.file_price_date is not None and (
            lot.file_price_date is None or lot.file_price_date < source.file_price_date
        )
        if source.file_price is not None and is_later:
            yield replace(lot, file_price=source.file_price, file_price_date=source.file_price_date)


def _repriced_all(lots: Sequence[Position], terms: PositionTerms) -> Sequence[Position]:
    changed = {each.id: each for each in _repriced(lots, terms)}
    return [changed.get(each.id, each) for each in lots]


def _added(
    lots: Sequence[Position], own: Sequence[PositionTerms], quantity: Decimal
) -> PositionTerms:
    """Return the lot that was added, at the cost that makes the file's cost of all."""
    terms = own[-1]
    return replace(terms, quantity=quantity, entry_price=_added_cost(lots, own, quantity))


def _added_cost(
    lots: Sequence[Position], own: Sequence[PositionTerms], quantity: Decimal
) -> Decimal | None:
    known = [
        product(each.quantity, each.entry_price) for each in lots if each.entry_price is not None
    ]
    stated = [
        product(each.quantity, each.entry_price) for each in own if each.entry_price is not None
    ]
    if len(stated) < len(own):
        return None
    if len(known) == len(lots):
        whole = total(stated).quantize(COST_PRECISION, context=EXACT)  # unit costs were rounded
        cost = EXACT.divide(EXACT.subtract(whole, total(known)), quantity)
        if cost >= 0:
            return cost.quantize(PRECISION, context=EXACT)
    return own[-1].entry_price
