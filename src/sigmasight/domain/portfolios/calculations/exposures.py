"""What positions are exposed to: themselves or, as an option, delta times its underlying shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sigmasight.domain.portfolios.analytics.options import NO_INTEREST, OptionModel, RiskFreeRate
from sigmasight.domain.portfolios.analytics.returns import Floats, History
from sigmasight.domain.portfolios.calculations.settlement import is_expired
from sigmasight.domain.portfolios.money import CENTS, EXACT
from sigmasight.domain.portfolios.positions import InvestmentClass, Position


@dataclass(frozen=True, slots=True)
class Exposure:
    """Money in the portfolio's currency; short exposure is negative."""

    position: Position
    symbol: str
    """Its own symbol, or that of the underlying."""
    amount: Decimal
    option: OptionModel | None = None
    """Of an option whose underlying has prices."""

    def gains(self, returns: Floats) -> Floats:
        """Return the gain of what is held today for each return of the symbol.

        An option is valued anew, at the same volatility and time to expiration.
        """
        if self.option is None:
            return float(self.amount) * returns
        return self.shares * self.option.gains(returns)

    @property
    def shares(self) -> float:
        """Units of the underlying, times the rate to the portfolio's currency."""
        return float(self.position.converted(self.position.quantity * self.position.multiplier))


def exposures_of(
    positions: Sequence[Position],
    history: History,
    day: date | None,
    rate: RiskFreeRate = NO_INTEREST,
) -> Iterator[Exposure]:
    """Yield the exposure of each position; an option without a delta counts at its value.

    An expired one that could not be settled has none.
    """
    for position in positions:
        if day and is_expired(position, day):
            continue
        is_option = position.investment_class is InvestmentClass.OPTIONS
        model = (
            OptionModel.of(position, history=history, day=day, rate=rate)
            if is_option and day
            else None
        )
        if model is None:
            yield Exposure(position, position.symbol, position.worth)
        else:
            symbol = position.underlying_symbol or position.symbol
            of_shares = Exposure(position, symbol, Decimal(0), model)
            amount = Decimal(of_shares.shares * model.spot * model.delta)
            yield replace(of_shares, amount=EXACT.quantize(amount, CENTS))
