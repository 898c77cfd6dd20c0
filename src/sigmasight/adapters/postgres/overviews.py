"""Overviews of portfolios in Postgres: one statement with asyncpg, whatever a portfolio holds."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

import asyncpg
import msgspec

from sigmasight.adapters.postgres.engine import fetch_row
from sigmasight.adapters.postgres.positions import LAST_PRICE, PRICE_DATE
from sigmasight.adapters.postgres.prices import exchange_rate, rate_date
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.overview import Baseline, Overview, Overviews
from sigmasight.domain.portfolios.portfolio import (
    Holdings,
    Portfolio,
    PortfolioId,
    PortfolioTerms,
)
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.target_prices.model import TargetPrice

TERMS: Final = [each.name for each in fields(PortfolioTerms)]
BASELINE: Final = """
LEFT JOIN LATERAL (
    SELECT snapshots.market_value, (
        SELECT coalesce(sum(
            CASE change_type WHEN 'CONTRIBUTION' THEN amount ELSE -amount END
        ), 0)
        FROM equity_changes
        WHERE equity_changes.user_id = snapshots.user_id
          AND equity_changes.portfolio_id = snapshots.portfolio_id
          AND equity_changes.deleted_at IS NULL
          AND equity_changes.change_date > snapshots.as_of
    ) AS net_flow
    FROM snapshots
    WHERE snapshots.user_id = portfolios.user_id
      AND snapshots.portfolio_id = portfolios.id AND snapshots.as_of < {first_day}
    ORDER BY calculated_at DESC LIMIT 1
) AS {name} ON true"""
OVERVIEW: Final = f"""
SELECT portfolios.*, held.positions, targets.targets, realized.realized_pnl,
       year.market_value AS year_value, year.net_flow AS year_flow,
       month.market_value AS month_value, month.net_flow AS month_flow
FROM portfolios
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(
        to_jsonb(positions) || jsonb_build_object(
            'last_price', {LAST_PRICE},
            'price_date', {PRICE_DATE},
            'exchange_rate', {exchange_rate(into="portfolios.currency")},
            'rate_date', {rate_date(into="portfolios.currency")}
        ) ORDER BY created_at, id
    ), '[]') AS positions
    FROM positions
    WHERE positions.user_id = portfolios.user_id AND positions.portfolio_id = portfolios.id
      AND positions.deleted_at IS NULL AND positions.exit_date IS NULL
) AS held
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(
        to_jsonb(target_prices) || jsonb_build_object('position_type', nullif(position_type, ''))
    ), '[]') AS targets
    FROM target_prices
    WHERE target_prices.user_id = portfolios.user_id
      AND target_prices.portfolio_id = portfolios.id
) AS targets
CROSS JOIN LATERAL (
    SELECT coalesce(sum(
        realized_pnl * coalesce({exchange_rate(into="portfolios.currency")}, 0)
    ), 0) AS realized_pnl FROM positions
    WHERE positions.user_id = portfolios.user_id AND positions.portfolio_id = portfolios.id
      AND positions.deleted_at IS NULL
) AS realized
{BASELINE.format(name="year", first_day="$3")}
{BASELINE.format(name="month", first_day="$4")}
WHERE portfolios.user_id = $1 AND portfolios.id = $2 AND portfolios.deleted_at IS NULL
"""  # noqa: S608  nothing but names of columns


class PostgresOverviews(Overviews):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(
        self, user: UserId, portfolio: PortfolioId, *, year: date, month: date
    ) -> Overview | None:
        row = await fetch_row(self._pool, OVERVIEW, user, portfolio, year, month)
        if row is None:
            return None
        positions = msgspec.json.decode(row["positions"], type=list[Position])
        targets = msgspec.json.decode(row["targets"], type=list[TargetPrice])
        return Overview(
            portfolio=_portfolio(row, positions),
            positions=positions,
            targets=sorted(targets, key=lambda each: (each.symbol, each.position_type or "")),
            realized_pnl=row["realized_pnl"],
            year=_baseline(row, "year"),
            month=_baseline(row, "month"),
        )


def _portfolio(row: Mapping[str, Any], positions: list[Position]) -> Portfolio:
    terms = msgspec.convert({name: row[name] for name in TERMS}, PortfolioTerms)
    return Portfolio(
        id=PortfolioId(row["id"]),
        user_id=UserId(row["user_id"]),
        terms=terms,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        holdings=Holdings(len(positions), total(each.worth for each in positions)),
    )


def _baseline(row: Mapping[str, Any], name: str) -> Baseline | None:
    value = row[f"{name}_value"]
    return None if value is None else Baseline(value, row[f"{name}_flow"])
