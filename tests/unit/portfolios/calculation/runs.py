"""Calculations under way and done."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sigmasight.domain.portfolios.calculation import Book, calculated
from sigmasight.domain.portfolios.portfolio import Portfolio
from sigmasight.domain.portfolios.runs import CalculationRun
from sigmasight.domain.portfolios.snapshots import RunId, Snapshot
from tests.unit.examples import NOON, a_position


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
    return replace(calculated(Book(portfolio.id, [position], None, {}), at=NOON), **changes)
