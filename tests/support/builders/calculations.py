"""Calculation runs and snapshots."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sigmasight.domain.portfolios.analytics.factors import FactorExposures
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult
from sigmasight.domain.portfolios.calculations.metrics import CalculationInput, calculate_snapshot
from sigmasight.domain.portfolios.calculations.runs import CalculationRun
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshot
from sigmasight.domain.portfolios.portfolio import Portfolio
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_position


def a_run(portfolio: Portfolio, **changes: Any) -> CalculationRun:
    run = CalculationRun(
        id=RunId(uuid4()),
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        triggered_by="user",
        started_at=NOON,
    )
    return replace(run, **changes)


def a_snapshot(portfolio: Portfolio, **changes: Any) -> Snapshot:
    position = a_position(portfolio, realized_pnl=Decimal("-1.234567"))
    return replace(
        calculate_snapshot(CalculationInput(portfolio.id, [position], None, {}), at=NOON), **changes
    )


def a_factor_result(portfolio: Portfolio, **changes: Any) -> FactorResult:
    result = FactorResult(
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        as_of=NOON.date(),
        calculated_at=NOON,
        exposures=FactorExposures(),
    )
    return replace(result, **changes)
