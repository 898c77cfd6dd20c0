"""Settling options after their expiration, at the intrinsic value of their underlying's close."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.analytics.options import CALLS
from sigmasight.domain.portfolios.analytics.returns import Closes
from sigmasight.domain.portfolios.positions.closing import Closing, close_position
from sigmasight.domain.portfolios.positions.model import NOTHING, Position, Positions
from sigmasight.domain.portfolios.positions.validation import PRECISION
from sigmasight.domain.portfolios.prices import Prices

MAX_AGE: Final = timedelta(days=7)
"""How long before the expiration the underlying's close may be."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Closes expired options within the caller's transaction."""

    positions: Positions
    prices: Prices

    async def settle(
        self, user: UserId, positions: Sequence[Position], *, today: date
    ) -> Sequence[Position]:
        """Return the positions, those settled that expired before today.

        One whose underlying has no close at its expiration stays open.
        """
        expired = {each.id for each in positions if is_expired(each, today)}
        if not expired:
            return positions
        claimed = [
            each for each in await self.positions.claim(user, expired) if is_expired(each, today)
        ]
        settled = {each.id: each for each in await self._settled(claimed, today)}
        await self.positions.put(settled.values())
        return [settled.get(each.id, each) for each in positions]

    async def _settled(self, expired: Sequence[Position], today: date) -> list[Position]:
        symbols = {each.underlying_symbol for each in expired if each.underlying_symbol}
        first = min((each.expiration_date or today for each in expired), default=today)
        closes = await self.prices.closes_as_traded(symbols, first - MAX_AGE)
        return list(_closed(expired, closes, today))


def is_expired(position: Position, day: date) -> bool:
    """Return whether a position is an open option that expired before that day."""
    expires = position.expiration_date
    return position.is_open and expires is not None and expires < day


def _closed(expired: Sequence[Position], closes: Closes, today: date) -> Iterator[Position]:
    for position in expired:
        value = _intrinsic_value(position, closes)
        if value is not None and position.expiration_date:
            day = max(position.expiration_date, position.entry_date)
            closing = Closing(exit_price=value, exit_date=day)
            closed = close_position(position, closing, today=today)
            yield replace(closed, settled_at_expiration=True)


def _intrinsic_value(position: Position, closes: Closes) -> Decimal | None:
    """Return what an option is worth at its expiration; None without its underlying's close."""
    strike, expires = position.strike_price, position.expiration_date
    known = closes.get(position.underlying_symbol or "", {})
    if strike is None or expires is None:
        return None
    days = [day for day in known if expires - MAX_AGE <= day <= expires]
    if not days:
        return None
    spot = Decimal(repr(known[max(days)])).quantize(PRECISION)
    value = spot - strike if position.position_type in CALLS else strike - spot
    return max(value, NOTHING)
