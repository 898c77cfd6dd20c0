"""Positions with their details in Postgres: one statement with asyncpg."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

import asyncpg
import msgspec

from sigmasight.adapters.postgres.engine import fetch_rows
from sigmasight.adapters.postgres.positions import CHUNK, last_close
from sigmasight.adapters.postgres.prices import exchange_rate
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.classification import (
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.details import (
    AssignedTag,
    PositionDetails,
    PositionDetailsReader,
)
from sigmasight.domain.portfolios.positions.model import PositionId

DETAILS: Final = f"""
SELECT positions.id, positions.portfolio_id, positions.symbol, company_profiles.company_name,
    company_profiles.sector, company_profiles.industry, portfolios.account_name,
    positions.position_type, positions.investment_class, positions.investment_subtype,
    positions.quantity::float8, positions.entry_date, positions.entry_price::float8,
    (held.units * positions.entry_price)::float8 AS cost_basis,
    priced.price::float8 AS current_price,
    coalesce(held.open_units * priced.price, 0)::float8 AS market_value,
    (held.open_units * (priced.price - positions.entry_price))::float8 AS unrealized_pnl,
    CASE WHEN held.units * positions.entry_price = 0 THEN 0 ELSE
        100 * held.open_units * (priced.price - positions.entry_price)
        / abs(held.units * positions.entry_price)
    END::float8 AS unrealized_pnl_percent,
    positions.realized_pnl::float8, positions.strike_price::float8, positions.expiration_date,
    positions.underlying_symbol, positions.notes, positions.exit_price::float8,
    positions.exit_date, positions.currency, positions.multiplier::float8, positions.account,
    ({exchange_rate(into="portfolios.currency")})::float8 AS exchange_rate, assigned.tags
FROM portfolios
{{join}} JOIN positions ON positions.user_id = portfolios.user_id
    AND positions.portfolio_id = portfolios.id AND positions.deleted_at IS NULL {{narrowed}}
CROSS JOIN LATERAL (
    SELECT positions.quantity * positions.multiplier AS units,
        CASE WHEN positions.exit_date IS NULL THEN positions.quantity * positions.multiplier
        ELSE 0 END AS open_units
) AS held
LEFT JOIN LATERAL ({last_close("close")}) AS last ON true
CROSS JOIN LATERAL (
    SELECT coalesce(last.close, positions.file_price, positions.entry_price) AS price
) AS priced
LEFT JOIN company_profiles ON company_profiles.symbol = positions.symbol
LEFT JOIN (
    SELECT position_tags.position_id, json_agg(json_build_object(
        'id', tags.id, 'name', tags.name, 'color', tags.color, 'description', tags.description
    ) ORDER BY tags.display_order, tags.created_at, tags.id) AS tags
    FROM position_tags
    JOIN tags ON tags.user_id = position_tags.user_id AND tags.id = position_tags.tag_id
    WHERE position_tags.user_id = $1 AND tags.archived_at IS NULL
    GROUP BY position_tags.position_id
) AS assigned ON assigned.position_id = positions.id
WHERE portfolios.user_id = $1 AND portfolios.deleted_at IS NULL {{chosen}}
ORDER BY positions.created_at, positions.id
"""  # noqa: S608  nothing but constants
OF_PORTFOLIO: Final = DETAILS.format(
    join="LEFT", narrowed="AND ($3 OR positions.exit_date IS NULL)", chosen="AND portfolios.id = $2"
)
"""One row without a position for a portfolio without positions."""
OF_POSITIONS: Final = DETAILS.format(
    join="INNER", narrowed="AND positions.id = ANY($2::uuid[])", chosen=""
)

KIND = PositionDetails._fields.index("position_type")
CLASS = PositionDetails._fields.index("investment_class")
KINDS: Final = {each.value: each for each in PositionType}
CLASSES: Final = {each.value: each for each in InvestmentClass}


class PostgresPositionDetails(PositionDetailsReader):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of_portfolio(
        self, user: UserId, portfolio: PortfolioId, *, include_closed: bool
    ) -> Sequence[PositionDetails] | None:
        rows = await fetch_rows(self._pool, OF_PORTFOLIO, user, portfolio, include_closed)
        if not rows:
            return None
        return await _details([row for row in rows if row["id"] is not None])

    async def of_positions(
        self, user: UserId, positions: Collection[PositionId]
    ) -> Sequence[PositionDetails]:
        return await _details(await fetch_rows(self._pool, OF_POSITIONS, user, list(positions)))


async def _details(rows: Sequence[asyncpg.Record]) -> Sequence[PositionDetails]:
    details: list[PositionDetails] = []
    for start in range(0, len(rows), CHUNK):
        details += map(_entity, rows[start : start + CHUNK])
        await asyncio.sleep(0)
    return details


def _entity(row: asyncpg.Record) -> PositionDetails:
    """The columns are in the order of the fields."""
    values = list(row)
    values[KIND] = KINDS[values[KIND]]
    values[CLASS] = CLASSES[values[CLASS]]
    tags = values[-1]
    values[-1] = msgspec.json.decode(tags, type=list[AssignedTag]) if tags else ()
    return PositionDetails._make(values)
