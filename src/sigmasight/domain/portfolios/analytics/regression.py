"""Least squares."""

from dataclasses import dataclass

import numpy as np

from sigmasight.domain.portfolios.analytics.returns import Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """The slope of y on x, with an intercept."""

    slope: float
    r_squared: float
    observations: int


def fit(y: Floats, x: Floats) -> Fit | None:
    """Return the fit of ordinary least squares; None if x does not vary."""
    spread = x - x.mean()
    variance = float(spread @ spread)
    if variance <= np.finfo(float).eps * len(x):
        return None
    slope = float(spread @ (y - y.mean())) / variance
    deviations = y - y.mean()
    total = float(deviations @ deviations)
    explained = slope * slope * variance / total if total > 0 else 0.0
    return Fit(slope, min(explained, 1.0), len(y))


def ridge(y: Floats, x: Floats, *, alpha: float) -> Floats | None:
    """Return a slope for each column of x; None if one of them does not vary.

    Columns are standardized, the penalty is alpha times the squared slopes, the intercept is free,
    and slopes are scaled back to the columns' own units (Hoerl and Kennard, 1970).
    """
    deviation = x.std(axis=0)
    if (deviation <= np.finfo(float).eps).any():
        return None
    scaled = (x - x.mean(axis=0)) / deviation
    penalty = alpha * np.eye(x.shape[1])
    slopes: Floats = np.linalg.solve(scaled.T @ scaled + penalty, scaled.T @ (y - y.mean()))
    scaled_back: Floats = slopes / deviation
    return scaled_back
