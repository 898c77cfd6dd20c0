"""Correlations of daily log returns between symbols."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

import numpy as np

from sigmasight.domain.portfolios.analytics.book import Book, Reason, Unavailable
from sigmasight.domain.portfolios.positions import InvestmentClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """A matrix of Pearson's coefficients; 0 for a pair with too few common days."""

    symbols: Sequence[str]
    """The largest first."""
    matrix: Sequence[Sequence[float]]
    average: float
    """The mean of absolute values over the valid pairs."""
    pairs: int
    valid_pairs: int


def correlations(
    book: Book, *, lookback_days: int, min_overlap: int, max_symbols: int
) -> Correlations | Unavailable:
    """Correlate the public holdings; lots of one symbol count once, options are left out."""
    if not book.positions:
        return Unavailable(Reason.NO_POSITIONS)
    since = book.day - timedelta(days=lookback_days)
    public = {
        each.symbol for each in book.exposed if each.investment_class is InvestmentClass.PUBLIC
    }
    symbols = sorted(public, key=lambda each: (-abs(book.values[each]), each))[:max_symbols]
    if len(symbols) < 2:  # noqa: PLR2004  a pair
        return Unavailable(Reason.NO_PUBLIC_POSITIONS)
    matrix = np.eye(len(symbols))
    valid: list[float] = []
    for (i, one), (j, other) in combinations(enumerate(symbols), 2):
        returns = np.log1p(book.history.returns([one, other], since))
        if len(returns) < min_overlap:
            continue
        if (returns.std(axis=0) <= np.finfo(float).eps).any():
            continue
        coefficient = float(np.clip(np.corrcoef(returns.T)[0, 1], -1, 1))
        matrix[i, j] = matrix[j, i] = coefficient
        valid.append(abs(coefficient))
    if not valid:
        return Unavailable(Reason.NOT_ENOUGH_HISTORY)
    return Correlations(
        symbols=symbols,
        matrix=matrix.tolist(),
        average=sum(valid) / len(valid),
        pairs=len(symbols) * (len(symbols) - 1) // 2,
        valid_pairs=len(valid),
    )
