"""A report on one portfolio, in sentences."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from sigmasight.adapters.language_model.limitations import limitations
from sigmasight.adapters.language_model.offline.formatting import (
    listed,
    money,
    number,
    one_line,
    percent,
    quantity,
)
from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.positions import Position

ZERO: Final = Decimal(0)
MAX_POSITIONS: Final = 5
"""How many positions an answer names."""
LARGE_WEIGHT: Final = Decimal("0.25")
BALANCED: Final = Decimal("0.20")
"""Net exposure below this share of gross exposure is neither long nor short."""
POSITION_MOVE: Final = Decimal("0.10")
MARKET_FALL: Final = Decimal("0.20")


class Report:
    """A portfolio's figures: as last calculated, or else those of the positions shown.

    Exposures are positive amounts, the short one too. Each method yields the sentences of a topic.
    """

    def __init__(self, context: PortfolioContext) -> None:
        self.context = context
        self.currency = context.portfolio.terms.currency
        self.name = f"“{one_line(context.portfolio.terms.name)}”"
        self.snapshot = snapshot = context.snapshot
        exposed = [position for position in context.positions if not position.is_cash]
        values = [position.worth for position in exposed]
        if snapshot:
            self.total, self.cash_value = snapshot.market_value, snapshot.cash
            self.long, self.short = abs(snapshot.long_exposure), abs(snapshot.short_exposure)
            self.unrealized = snapshot.unrealized_pnl
        else:
            self.cash_value = sum((p.worth for p in context.positions if p.is_cash), ZERO)
            self.total = sum(values, self.cash_value)
            if not context.positions:
                self.total = context.portfolio.net_asset_value
            self.long = sum((value for value in values if value > 0), ZERO)
            self.short = -sum((value for value in values if value < 0), ZERO)
            self.unrealized = sum((p.converted(p.unrealized_pnl) for p in context.positions), ZERO)
        self.net = self.long - self.short
        by_symbol: defaultdict[str, Decimal] = defaultdict(Decimal)
        for position in exposed:
            by_symbol[position.symbol] += abs(position.worth)
        self.gross = max(self.long + self.short, sum(by_symbol.values(), ZERO))
        self.weights = {
            symbol: value / self.gross
            for symbol, value in sorted(by_symbol.items(), key=lambda item: (-item[1], item[0]))
            if self.gross
        }
        """The share of gross exposure of each symbol, the largest first."""
        self.largest = list(self.weights.items())[:1]
        is_complete = self.weights and len(context.positions) == context.position_count
        self.hhi = snapshot.concentration if snapshot else None
        if not snapshot and is_complete:
            self.hhi = sum((weight**2 for weight in self.weights.values()), ZERO)

    def overview(self) -> Iterator[str]:
        yield from self.value()
        if self.context.positions:
            yield from self.holdings()
            yield from self.exposure()
            yield from self.profit()
            yield from self.risk()

    def value(self) -> Iterator[str]:
        total, shown = self._money(self.total), len(self.context.positions)
        if self.snapshot:
            yield f"{self.name} is worth {total} in all."
            cash = self._money(self.cash_value)
            yield f"Of that, {cash} is cash, as of {self.snapshot.as_of}."
        elif shown:
            yield f"{self.name} is worth {total} by the {count_noun(shown, 'position')} shown."
        else:
            yield f"{self.name} is worth {total} in all."

    def holdings(self) -> Iterator[str]:
        if weights := list(self.weights.items())[:MAX_POSITIONS]:
            yield (
                f"{self.name} holds {count_noun(self.context.position_count, 'position')}; the"
                " largest by share of gross exposure:"
                f" {listed([f'{one_line(name)} ({percent(weight)})' for name, weight in weights])}."
            )

    def concentration(self) -> Iterator[str]:
        yield from self.holdings()
        index = self.hhi
        if index is not None:
            equal = f", like {number(1 / index)} equal positions" if index > 0 else ""
            yield f"Its concentration (HHI) is {number(index)} on a scale from 0 to 1{equal}."

    def exposure(self) -> Iterator[str]:
        amounts = [
            f"{self._money(getattr(self, side))} {side}"
            for side in ("long", "short", "gross", "net")
        ]
        yield f"The exposure of {self.name} is {listed(amounts)}."

    def profit(self) -> Iterator[str]:
        amounts = [f"{self._money(self.unrealized)} unrealized"]
        if self.snapshot:
            amounts.append(f"{self._money(self.snapshot.realized_pnl)} realized")
        yield f"The profit or loss of {self.name} is {listed(amounts)}."

    def cash(self) -> Iterator[str]:
        yield f"The cash of {self.name} is {self._money(self.cash_value)}."

    def risk(self) -> Iterator[str]:
        known = self.snapshot
        if known is None:
            yield f"The risk figures of {self.name} are missing: it has not been calculated yet."
            return
        risks = [
            f"{name} of {write(figure)}"
            for name, figure, write in (
                ("an annual volatility", known.volatility, percent),
                ("a maximum drawdown", known.max_drawdown, percent),
                ("a beta to SPY", known.beta, number),
                ("a one-day value at risk (95 %)", known.value_at_risk, self._money),
            )
            if figure is not None
        ]
        yield f"{self.name} has {listed(risks) or 'too little price history for risk figures'}."

    def hedges(self) -> Iterator[str]:
        yield from self.exposure()
        if self.long:
            ratio = percent(self.short / self.long)
            yield f"Short positions amount to {ratio} of the long ones."

    def factors(self) -> Iterator[str]:
        yield from self.risk()
        yield "The market (SPY) is the only factor that is measured."

    def stress(self) -> Iterator[str]:
        if self.snapshot is None or self.snapshot.beta is None:
            yield "Without a beta, the cost of a market fall cannot be estimated."
        else:
            change = self._money(-self.net * self.snapshot.beta * MARKET_FALL)
            yield (
                f"A market fall of {percent(MARKET_FALL)} would change the portfolio by about"
                f" {change}, by its net exposure and beta alone."
            )
        yield from self.risk()

    def position(self, position: Position) -> str:
        symbol = one_line(position.symbol)
        weight = self.weights.get(position.symbol, ZERO)
        return (
            f"{symbol} in {self.name}: {quantity(position.quantity)}"
            f" {position.position_type.value} worth {self._money(position.worth)};"
            f" {symbol} is {percent(weight)} of gross exposure, and this position's unrealized"
            f" profit or loss is {self._gain(position)}."
        )

    def larger_picture(self) -> Iterator[str]:
        if self.gross:
            ratio = self.net / self.gross
            side = f"leans {'long' if ratio > 0 else 'short'}"
            if abs(ratio) <= BALANCED:
                side = "is nearly balanced between long and short"
            yield (
                f"The larger picture: {self.name} {side}, with {percent(ratio)} of its gross"
                " exposure as net."
            )

    def largest_risk(self) -> Iterator[str]:
        for symbol, weight in self.largest:
            cost = self._money(self.gross * weight * POSITION_MOVE)
            yield (
                f"What could go wrong first: {one_line(symbol)} is {percent(weight)} of the gross"
                f" exposure of {self.name}, and a move of 10 % against it would cost about {cost}."
            )

    def missing(self) -> Iterator[str]:
        if gaps := " ".join(limitations(self.context)):
            yield f"What is missing for {self.name}: {gaps}"

    def recommendations(self) -> Iterator[str]:
        """Yield what to check, never what to buy or sell."""
        for symbol, weight in self.largest:
            if weight >= LARGE_WEIGHT:
                yield f"Check whether {percent(weight)} in {one_line(symbol)} is what you intend."
        if self.gross and not self.short:
            yield "Consider what a market fall would mean: there are no short positions."
        if self.snapshot is None:
            yield "Calculate the portfolio to get its risk figures."
        elif self.snapshot.priced_at_entry:
            yield "Import newer prices: some positions are valued at their entry price."

    def _gain(self, position: Position) -> str:
        if position.unrealized_pnl is None:
            return "unknown, as its cost is"
        return self._money(position.converted(position.unrealized_pnl))

    def _money(self, amount: Decimal) -> str:
        return money(amount, self.currency)
