"""Prices and profiles of symbols, as clients look them up."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NewType

from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic
from sigmasight.domain.portfolios.analytics.factors import FACTOR_ETFS, MARKET, RATES, STYLES
from sigmasight.domain.portfolios.portfolio import PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.model import (
    PositionId,
    PositionNotFoundError,
    Positions,
)
from sigmasight.domain.portfolios.positions.validation import MAX_SYMBOL_LENGTH, SYMBOL
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.profiles import CompanyProfile, CompanyProfiles

DataSource = NewType("DataSource", str)
"""Where prices come from, in words."""

TWO_WEEKS: Final = timedelta(days=14)
NASDAQ: Final = "QQQ"
FACTOR_NAMES: Final[Mapping[str, str]] = {
    MARKET: "Market",
    NASDAQ: "Nasdaq 100",
    RATES: "Interest Rates",
    **{etf: factor.value for factor, etf in STYLES.items()},
}


@dataclass(frozen=True, slots=True)
class LastClose:
    """A symbol's last close, and the one before."""

    symbol: str
    day: date
    close: float
    before: float | None

    @property
    def change(self) -> float | None:
        """The last day's return, as a fraction."""
        return self.close / self.before - 1 if self.before else None


@dataclass(frozen=True, slots=True)
class SymbolCheck:
    symbol: str
    is_valid: bool
    is_known: bool
    """Whether there is a price or a profile of it."""


@dataclass(frozen=True, slots=True)
class ReadMarketData:
    """Look up prices and profiles, and the profiles of the caller's positions."""

    portfolios: Portfolios
    positions: Positions
    prices: Prices
    profiles: CompanyProfiles
    clock: Clock
    transaction: Transaction

    @atomic
    async def closes(self, symbol: str, *, lookback: timedelta) -> Mapping[date, float]:
        """Return a symbol's closes up to today, oldest first."""
        symbol = symbol.strip().upper()
        found = await self.prices.closes({symbol}, self.clock.now().date() - lookback)
        return found.get(symbol, {})

    @atomic
    async def factor_etfs(self) -> Sequence[LastClose]:
        """Return the last closes of the factor ETFs and of the Nasdaq's that have prices."""
        latest = await self.prices.latest(FACTOR_ETFS | {NASDAQ})
        if not latest:
            return []
        since = min(price.date for price in latest.values()) - TWO_WEEKS
        closes = await self.prices.closes(latest.keys(), since)
        return [_last(symbol, closes[symbol]) for symbol in FACTOR_NAMES if symbol in closes]

    @atomic
    async def check(self, symbol: str) -> SymbolCheck:
        symbol = symbol.strip().upper()
        if len(symbol) > MAX_SYMBOL_LENGTH or not SYMBOL.fullmatch(symbol):
            return SymbolCheck(symbol, is_valid=False, is_known=False)
        is_known = bool(await self.prices.latest({symbol})) or bool(
            await self.profiles.for_symbols({symbol})
        )
        return SymbolCheck(symbol, is_valid=True, is_known=is_known)

    @atomic
    async def profiles_of_portfolio(
        self, portfolio: PortfolioId, *, by: UserId
    ) -> tuple[Sequence[str], Mapping[str, CompanyProfile]]:
        """Return the symbols of the open positions and their profiles.

        Raise PortfolioNotFoundError.
        """
        await self.portfolios.get(by, portfolio)
        positions = await self.positions.all(by, portfolio)
        return await self._profiles(each.symbol for each in positions if each.is_open)

    @atomic
    async def profiles_of_positions(
        self, positions: Collection[PositionId], *, by: UserId
    ) -> tuple[Sequence[str], Mapping[str, CompanyProfile]]:
        """Return the symbols of the positions and their profiles; raise PositionNotFoundError."""
        found = await self.positions.find_all(by, positions)
        if len(found) < len(set(positions)):
            raise PositionNotFoundError
        return await self._profiles(each.symbol for each in found)

    @atomic
    async def profiles_of_symbols(
        self, symbols: Collection[str]
    ) -> tuple[Sequence[str], Mapping[str, CompanyProfile]]:
        return await self._profiles(each.strip().upper() for each in symbols)

    async def _profiles(
        self, symbols: Iterable[str]
    ) -> tuple[Sequence[str], Mapping[str, CompanyProfile]]:
        wanted = list(dict.fromkeys(symbols))
        return wanted, await self.profiles.for_symbols(wanted)


def _last(symbol: str, closes: Mapping[date, float]) -> LastClose:
    *before, last = sorted(closes)
    return LastClose(symbol, last, closes[last], closes[before[-1]] if before else None)
