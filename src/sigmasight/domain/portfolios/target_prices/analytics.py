"""Expected returns from target prices and open positions.

The current price of a target is that of the open positions it covers: their symbol's last
close, else the entry price of the oldest. Returns are fractions of it (0.25 is a quarter), as
the holder of the position earns them: a short gains if the price falls. Each open position counts
for its most specific target: that of the position itself, else that of its symbol and type, else
that of its symbol. A target's weight is the absolute net market value of its positions as a
fraction of the portfolio's net asset value; its contribution is weight times return. The weighted
returns of a portfolio are the sums of the contributions: a position without a target adds nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from sigmasight.domain.portfolios.money import EXACT, total
from sigmasight.domain.portfolios.positions import Position, PositionId, PositionType
from sigmasight.domain.portfolios.target_prices.model import TargetPrice, TargetPriceId

RATIO: Final = Decimal("0.000001")
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAnalytics:
    """A target with its expected returns; None is unknown."""

    target: TargetPrice
    current_price: Decimal
    expected_return_eoy: Decimal | None
    expected_return_next_year: Decimal | None
    downside_return: Decimal | None
    position_weight: Decimal | None
    contribution_to_portfolio_return: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPriceSummary:
    """A portfolio's expected returns from all targets, as fractions of its net asset value."""

    targets: Sequence[TargetAnalytics]
    total_positions: int
    positions_with_targets: int
    coverage: Decimal
    """The fraction of gross exposure with a target."""
    weighted_expected_return_eoy: Decimal | None
    weighted_expected_return_next_year: Decimal | None
    weighted_downside_return: Decimal | None
    last_updated: datetime | None

    @property
    def target_count(self) -> int:
        return len(self.targets)

    @property
    def covered_positions(self) -> Decimal:
        """The fraction of positions with a target."""
        return _share(Decimal(self.positions_with_targets), Decimal(self.total_positions))


@dataclass(frozen=True, slots=True)
class TargetValuation:
    """The open positions of a portfolio, with their latest prices."""

    positions: Sequence[Position]
    net_asset_value: Decimal
    _of_symbol: Mapping[str, list[Position]] = field(init=False)

    def __post_init__(self) -> None:
        of_symbol: defaultdict[str, list[Position]] = defaultdict(list)
        for each in self.positions:
            of_symbol[each.symbol].append(each)
        object.__setattr__(self, "_of_symbol", of_symbol)

    def position(self, wanted: PositionId) -> Position | None:
        return next((each for each in self.positions if each.id == wanted), None)

    def price(
        self, symbol: str, kind: PositionType | None, position: PositionId | None
    ) -> Decimal | None:
        """Return the price of the positions that a target covers, if there are any."""
        for each in self._of_symbol.get(symbol, ()):
            if kind in {None, each.position_type} and position in {None, each.id}:
                return each.price
        return None

    def outlooks(self, targets: Iterable[TargetPrice]) -> Sequence[TargetAnalytics]:
        """Return the valuations of all targets of a portfolio."""
        targets = list(targets)
        counted = self._counted(targets)
        return [self._outlook(each, counted.get(each.id, ())) for each in targets]

    def summary(self, targets: Iterable[TargetPrice]) -> TargetPriceSummary:
        """Return the expected returns from all targets of a portfolio."""
        targets = list(targets)
        counted = self._counted(targets)
        covered = [each for positions in counted.values() for each in positions]

        def weighted(name: str) -> Decimal | None:
            parts = [
                EXACT.multiply(_value(positions), change)
                for target in targets
                if (positions := counted.get(target.id))
                and (change := self._change(target, getattr(target, name))) is not None
            ]
            return self._of_net_assets(total(parts)) if parts else None

        return TargetPriceSummary(
            targets=[self._outlook(each, counted.get(each.id, ())) for each in targets],
            total_positions=len(self.positions),
            positions_with_targets=len(covered),
            coverage=_share(_exposure(covered), _exposure(self.positions)),
            weighted_expected_return_eoy=weighted("target_price_eoy"),
            weighted_expected_return_next_year=weighted("target_price_next_year"),
            weighted_downside_return=weighted("downside_target_price"),
            last_updated=max((each.updated_at for each in targets), default=None),
        )

    def _counted(
        self, targets: Sequence[TargetPrice]
    ) -> Mapping[TargetPriceId, Sequence[Position]]:
        """Return the positions by target."""
        about: defaultdict[str, list[TargetPrice]] = defaultdict(list)
        for target in sorted(
            targets, key=lambda each: (each.position_id is None, each.position_type is None)
        ):
            about[target.symbol].append(target)
        counted: defaultdict[TargetPriceId, list[Position]] = defaultdict(list)
        for position in self.positions:
            for target in about.get(position.symbol, ()):
                if _is_about(target, position):
                    counted[target.id].append(position)
                    break
        return counted

    def _outlook(self, target: TargetPrice, positions: Sequence[Position]) -> TargetAnalytics:
        value = _value(positions)
        is_short = value < 0 or (target.position_type is not None and target.position_type.is_short)

        def earned(price: Decimal | None) -> Decimal | None:
            change = self._change(target, price)
            return EXACT.minus(change) if change and is_short else change

        return_eoy = earned(target.target_price_eoy)
        return TargetAnalytics(
            target=target,
            current_price=self._current(target),
            expected_return_eoy=_ratio(return_eoy),
            expected_return_next_year=_ratio(earned(target.target_price_next_year)),
            downside_return=_ratio(earned(target.downside_target_price)),
            position_weight=self._of_net_assets(abs(value)) if positions else None,
            contribution_to_portfolio_return=(
                self._of_net_assets(EXACT.multiply(abs(value), return_eoy))
                if positions and return_eoy is not None
                else None
            ),
        )

    def _current(self, target: TargetPrice) -> Decimal:
        price = self.price(target.symbol, target.position_type, target.position_id)
        return target.current_price if price is None else price

    def _change(self, target: TargetPrice, price: Decimal | None) -> Decimal | None:
        if price is None:
            return None
        current = self._current(target)
        return EXACT.divide(EXACT.subtract(price, current), current)

    def _of_net_assets(self, value: Decimal) -> Decimal | None:
        """Return the fraction, which has no meaning unless the portfolio is worth something."""
        is_positive = self.net_asset_value > 0
        return _ratio(EXACT.divide(value, self.net_asset_value)) if is_positive else None


def _is_about(target: TargetPrice, position: Position) -> bool:
    return target.position_type in {None, position.position_type} and target.position_id in {
        None,
        position.id,
    }


def _value(positions: Iterable[Position]) -> Decimal:
    return total(each.worth for each in positions)


def _exposure(positions: Iterable[Position]) -> Decimal:
    return total(abs(each.worth) for each in positions if not each.is_cash)


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return EXACT.divide(part, whole).quantize(RATIO, context=EXACT) if whole else NOTHING


def _ratio(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(RATIO, context=EXACT)
