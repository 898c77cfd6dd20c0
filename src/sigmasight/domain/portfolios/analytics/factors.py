"""Factor betas of symbols, and what a portfolio's value gains with each factor.

Betas are of daily simple returns, on the days of the window on which the symbol and the factor
have closes. Each is limited to ± `MAX_BETA`. A portfolio's beta is the sum of exposures times
betas over net asset value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, TypeVar

import numpy as np

from sigmasight.domain.portfolios.analytics.book import Book, Reason
from sigmasight.domain.portfolios.analytics.regression import Fit, fit, ridge
from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.profiles import CompanyProfile

MAX_BETA: Final = 5.0
ALPHA: Final = 1.0
WINDOW: Final = timedelta(days=120)
MIN_RETURNS: Final = 30
LONG_WINDOW: Final = timedelta(days=210)
MIN_LONG_RETURNS: Final = 60


class Factor(StrEnum):
    MARKET = "Market Beta (90D)"
    PROVIDER = "Provider Beta (1Y)"
    RATES = "IR Beta"
    MOMENTUM = "Momentum"
    VALUE = "Value"
    GROWTH = "Growth"
    SIZE = "Size"
    QUALITY = "Quality"
    LOW_VOLATILITY = "Low Volatility"


class Spread(StrEnum):
    GROWTH_VALUE = "Growth-Value Spread"
    MOMENTUM = "Momentum Spread"
    SIZE = "Size Spread"
    QUALITY = "Quality Spread"


MARKET: Final = "SPY"
RATES: Final = "TLT"
STYLES: Final[Mapping[Factor, str]] = {
    Factor.MOMENTUM: "MTUM",
    Factor.VALUE: "VTV",
    Factor.GROWTH: "VUG",
    Factor.SIZE: "IWM",
    Factor.QUALITY: "QUAL",
    Factor.LOW_VOLATILITY: "USMV",
}
"""Regressed on together."""
SPREADS: Final[Mapping[Spread, tuple[str, str]]] = {
    Spread.GROWTH_VALUE: ("VUG", "VTV"),
    Spread.MOMENTUM: ("MTUM", MARKET),
    Spread.SIZE: ("IWM", MARKET),
    Spread.QUALITY: ("QUAL", MARKET),
}
"""The long and the short side."""
FACTOR_ETFS: Final = frozenset({MARKET, RATES, *STYLES.values()})

T = TypeVar("T", Factor, Spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolBetas:
    """The betas of a symbol; those that cannot be estimated are missing."""

    factors: Mapping[Factor, float] = field(default_factory=dict)
    spreads: Mapping[Spread, float] = field(default_factory=dict)
    long_market: float | None = None
    """The market beta over the longer window."""
    r_squared: float | None = None
    """Of the market beta."""
    observations: int = 0


@dataclass(frozen=True, slots=True)
class Exposure:
    beta: float
    money: float
    """What a return of 1 of the factor adds to the value."""
    convexity: float = 0.0
    """By how much `money` changes with a return of 1, because of options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorExposures:
    """The betas of a portfolio and of its symbols."""

    reason: Reason | None = None
    """Why there are none, if so."""
    net_asset_value: float = 0.0
    factors: Mapping[Factor, Exposure] = field(default_factory=dict)
    spreads: Mapping[Spread, Exposure] = field(default_factory=dict)
    long_market_beta: float | None = None
    symbols: Mapping[str, SymbolBetas] = field(default_factory=dict)
    positions_left_out: int = 0


def factor_exposures(book: Book) -> FactorExposures:
    """Return the exposures of a book; what has no prices is left out."""
    if problem := book.problem:
        return FactorExposures(reason=problem.reason, net_asset_value=book.net_asset_value)
    symbols = {
        symbol: symbol_betas(symbol, book.history, book.day, book.profiles.get(symbol))
        for symbol in sorted(book.exposures)
    }
    factors = _sums(book, Factor, lambda each: symbols[each].factors)
    spreads = _sums(book, Spread, lambda each: symbols[each].spreads)
    reason = None
    if not factors:
        has_factors = len(book.history.closes.get(MARKET, ())) > MIN_RETURNS
        reason = Reason.NOT_ENOUGH_HISTORY if has_factors else Reason.NO_FACTOR_PRICES
    long = {symbol: betas.long_market for symbol, betas in symbols.items()}
    known = {symbol: beta for symbol, beta in long.items() if beta is not None}
    return FactorExposures(
        reason=reason,
        net_asset_value=book.net_asset_value,
        factors=factors,
        spreads=spreads,
        long_market_beta=sum(book.exposures[each] * beta for each, beta in known.items())
        / book.net_asset_value
        if known
        else None,
        symbols=symbols,
        positions_left_out=book.left_out,
    )


def symbol_betas(
    symbol: str, history: History, day: date, profile: CompanyProfile | None
) -> SymbolBetas:
    market = _slope(symbol, history, MARKET, day - WINDOW, MIN_RETURNS)
    long = _slope(symbol, history, MARKET, day - LONG_WINDOW, MIN_LONG_RETURNS)
    rates = _slope(symbol, history, RATES, day - WINDOW, MIN_RETURNS)
    factors: dict[Factor, float] = {}
    if market:
        factors[Factor.MARKET] = _limited(market.slope)
    if profile and profile.beta is not None:
        factors[Factor.PROVIDER] = _limited(float(profile.beta))
    elif market:
        factors[Factor.PROVIDER] = _limited(market.slope)
    if rates:
        factors[Factor.RATES] = _limited(rates.slope)
    return SymbolBetas(
        factors=factors | _styles(symbol, history, day - WINDOW),
        spreads=_spreads(symbol, history, day - LONG_WINDOW),
        long_market=_limited(long.slope) if long else None,
        r_squared=market.r_squared if market else None,
        observations=market.observations if market else 0,
    )


def _slope(symbol: str, history: History, factor: str, since: date, at_least: int) -> Fit | None:
    returns = history.returns([symbol, factor], since)
    if len(returns) < at_least:
        return None
    y, x = returns.T
    return fit(y, x)


def _styles(symbol: str, history: History, since: date) -> dict[Factor, float]:
    known = {
        factor: etf
        for factor, etf in STYLES.items()
        if len(history.returns([etf], since)) >= MIN_RETURNS
    }
    returns = history.returns([symbol, *known.values()], since)
    if not known or len(returns) < MIN_RETURNS:
        return {}
    slopes = ridge(returns[:, 0], returns[:, 1:], alpha=ALPHA)
    if slopes is None:
        return {}
    return dict(zip(known, map(_limited, slopes.tolist()), strict=True))


def _spreads(symbol: str, history: History, since: date) -> dict[Spread, float]:
    betas: dict[Spread, float] = {}
    for spread, (long, short) in SPREADS.items():
        returns = history.returns([symbol, long, short], since)
        if len(returns) < MIN_LONG_RETURNS:
            continue
        if found := fit(returns[:, 0], returns[:, 1] - returns[:, 2]):
            betas[spread] = _limited(found.slope)
    return betas


def _sums(
    book: Book, names: Iterable[T], betas_of: Callable[[str], Mapping[T, float]]
) -> dict[T, Exposure]:
    sums: dict[T, Exposure] = {}
    for name in names:
        known = [
            (each, beta)
            for each in book.holdings
            if (beta := betas_of(each.symbol).get(name)) is not None
        ]
        if known:
            money = sum(each.exposure * beta for each, beta in known)
            convexity = sum(each.gamma * beta * beta for each, beta in known)
            sums[name] = Exposure(money / book.net_asset_value, money, convexity)
    return sums


def _limited(beta: float) -> float:
    return float(np.clip(beta, -MAX_BETA, MAX_BETA))
