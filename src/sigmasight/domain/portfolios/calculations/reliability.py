"""How far the prices, costs and rates behind a snapshot can be relied on."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, TypedDict

import numpy as np

from sigmasight.domain.portfolios.calculations.settlement import is_expired
from sigmasight.domain.portfolios.calculations.snapshots import MAX_PRICE_AGE
from sigmasight.domain.portfolios.money import EXACT, total
from sigmasight.domain.portfolios.positions import Position

SHARE: Final = Decimal("0.000001")
DAY: Final = timedelta(days=1)


class Reliability(TypedDict):
    """Fields of a snapshot."""

    stale_prices: int
    stale_share: Decimal | None
    cost_known_share: Decimal | None
    without_rate: int
    rates_on: date | None
    unsettled: int


def reliability(held: Sequence[Position], today: date) -> Reliability:
    """Shares are of the value, that of short positions counted as positive."""
    stale = [each for each in held if not each.is_cash and is_stale(each, today)]
    return Reliability(
        stale_prices=len(stale),
        stale_share=_share(stale, held),
        cost_known_share=_share([each for each in held if each.cost is not None], held),
        without_rate=sum(each.exchange_rate is None for each in held),
        rates_on=min((each.rate_date for each in held if each.rate_date), default=None),
        unsettled=sum(is_expired(each, today) for each in held),
    )


def is_stale(position: Position, today: date) -> bool:
    """Return whether its price is of more than `MAX_PRICE_AGE` trading days before."""
    day = position.price_date
    if day is None:
        return False
    return int(np.busday_count(day + DAY, today + DAY)) > MAX_PRICE_AGE


def _share(part: Sequence[Position], whole: Sequence[Position]) -> Decimal | None:
    of_all = _size(whole)
    if not of_all:
        return None
    return EXACT.quantize(EXACT.divide(_size(part), of_all), SHARE)


def _size(positions: Sequence[Position]) -> Decimal:
    return total(each.worth.copy_abs() for each in positions)
