"""Snapshots: a portfolio's metrics as last calculated."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NewType, Protocol
from uuid import UUID

from sigmasight.domain.kernel import NotFoundError, Transaction, UserId, atomic, count_noun
from sigmasight.domain.portfolios.portfolio import PortfolioId, Portfolios

RunId = NewType("RunId", UUID)

MIN_HISTORY_DAYS: Final = 60
"""With fewer days of price history there are no historical metrics."""
MIN_COVERAGE: Final = 0.5
"""The share of gross exposure without whose history no figure is given."""
MAX_PRICE_AGE: Final = 5
"""In trading days: weekdays, since there is no calendar of holidays."""


class SnapshotNotFoundError(NotFoundError):
    code = "snapshot_not_found"

    def __init__(self) -> None:
        super().__init__("This portfolio has not been calculated yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Money in the portfolio's currency; ratios as fractions (0.25 is a quarter).

    Metrics with too little price history are None.
    """

    portfolio_id: PortfolioId
    as_of: date
    """The day of the latest price used."""
    calculated_at: datetime
    market_value: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    gross_exposure: Decimal
    net_exposure: Decimal
    long_exposure: Decimal
    short_exposure: Decimal
    cash: Decimal
    largest_symbol: str | None
    largest_weight: Decimal | None
    concentration: Decimal | None
    """The Herfindahl-Hirschman index of the weights of gross exposure, from 0 to 1."""
    volatility: Decimal | None
    """Annualized."""
    beta: Decimal | None
    """Relative to SPY."""
    max_drawdown: Decimal | None
    value_at_risk: Decimal | None
    """Historical, over one day, at 95 %: a loss in money, as a positive number."""
    history_days: int
    positions: int
    priced_at_entry: int
    """Number of positions valued at their entry price."""
    expected_shortfall: Decimal | None = None
    """The mean loss of the days in the worst 5 %, in money, as a positive number."""
    coverage: Decimal | None = None
    """The share of gross exposure that the historical metrics cover; None without exposure."""
    without_history: int = 0
    """Number of positions, without cash, that the historical metrics exclude."""
    stale_prices: int = 0
    """Number of positions, without cash, whose price is older than `MAX_PRICE_AGE`."""
    stale_share: Decimal | None = None
    """Their share of value, long and short; None without value."""
    cost_known_share: Decimal | None = None
    """The share of value whose cost is known: `unrealized_pnl` is of it alone."""
    without_rate: int = 0
    """Number of positions in a currency without a rate: they are in no sum."""
    rates_on: date | None = None
    """The day of the oldest exchange rate used; None if there is but one currency."""
    unsettled: int = 0
    """Number of expired options without a close of their underlying to settle them at."""
    suspected_splits: tuple[str, ...] = ()
    """Symbols with the days on which they changed as by a split that is not known, some of them."""
    daily_pnl: Decimal | None = None
    """The change of what is held from the close before the last one to the last."""
    daily_return: Decimal | None = None
    """That as a fraction of the market value at the close before; None if it was not above 0."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Caveats about the metrics."""
        return tuple(_notes(self))


class Snapshots(Protocol):
    """All users' snapshots."""

    @abstractmethod
    async def add(self, user: UserId, run: RunId, snapshot: Snapshot) -> None:
        """Store a run's snapshot; a second call for the same run changes nothing."""

    @abstractmethod
    async def latest(self, user: UserId, portfolio: PortfolioId) -> Snapshot | None:
        """Return the latest snapshot of a user's portfolio."""

    @abstractmethod
    async def clear(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, until: datetime, limit: int
    ) -> int:
        """Delete up to `limit` of their snapshots calculated until then; return how many."""


@dataclass(frozen=True, slots=True)
class ReadSnapshot:
    """Read the latest snapshot of the caller's portfolio."""

    portfolios: Portfolios
    snapshots: Snapshots
    transaction: Transaction

    @atomic
    async def __call__(self, portfolio: PortfolioId, *, by: UserId) -> Snapshot:
        """Raise PortfolioNotFoundError or SnapshotNotFoundError."""
        await self.portfolios.get(by, portfolio)
        found = await self.snapshots.latest(by, portfolio)
        if found is None:
            raise SnapshotNotFoundError
        return found


def _notes(snapshot: Snapshot) -> Iterator[str]:
    if at_entry := snapshot.priced_at_entry:
        yield (
            f"{at_entry} of {count_noun(snapshot.positions, 'position')}"
            f" {'has' if at_entry == 1 else 'have'} no price since entry:"
            " the entry price is used."
        )
    yield from _notes_on_data(snapshot)
    coverage = snapshot.coverage
    if (
        snapshot.history_days >= MIN_HISTORY_DAYS
        and coverage is not None
        and coverage < MIN_COVERAGE
    ):
        yield (
            "Volatility, beta, drawdown and value at risk are not given: only"
            f" {coverage:.1%} of gross exposure has a price history of {MIN_HISTORY_DAYS} days."
        )
    elif snapshot.history_days < MIN_HISTORY_DAYS:
        yield (
            "Volatility, beta, drawdown and value at risk need"
            f" {MIN_HISTORY_DAYS} days of prices; there"
            f" {'is' if snapshot.history_days == 1 else 'are'} {snapshot.history_days}."
        )
    else:
        yield from _notes_on_history(snapshot)


def _notes_on_data(snapshot: Snapshot) -> Iterator[str]:
    if stale := snapshot.stale_prices:
        yield (
            f"{count_noun(stale, 'position')} ({snapshot.stale_share or 0:.1%} of the value)"
            f" {'has' if stale == 1 else 'have'} a price older than {MAX_PRICE_AGE} trading days."
        )
    known = snapshot.cost_known_share
    if known is not None and known < 1:
        yield f"The cost of {known:.1%} of the value is known: unrealized P&L is of that part."
    if apart := snapshot.without_rate:
        yield (
            f"{count_noun(apart, 'position')} in a currency without an exchange rate"
            f" {'is' if apart == 1 else 'are'} in no sum."
        )
    if snapshot.rates_on:
        yield f"Other currencies are converted at rates of {snapshot.rates_on} or later."
    if suspected := snapshot.suspected_splits:
        yield (
            f"Left out of the figures from history, as splits without a record:"
            f" {', '.join(suspected)}."
        )
    if unsettled := snapshot.unsettled:
        yield (
            f"{count_noun(unsettled, 'expired option')} cannot be settled: the underlying has no"
            " close at the expiration."
        )


def _notes_on_history(snapshot: Snapshot) -> Iterator[str]:
    if left_out := snapshot.without_history:
        yield (
            "Volatility, beta, drawdown and value at risk leave out"
            f" {count_noun(left_out, 'position')} with too short a price history: they cover"
            f" {snapshot.coverage or 0:.1%} of gross exposure."
        )
    if snapshot.max_drawdown is None:
        yield (
            "There are no volatility, beta and drawdown of holdings whose net value is small beside"
            " their gross exposure: state the portfolio's equity."
        )
    elif snapshot.beta is None:
        yield (
            f"Beta is not available: it needs prices of SPY that vary, on {MIN_HISTORY_DAYS} days."
        )
