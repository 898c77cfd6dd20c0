"""Positions with their details in Postgres: one statement with asyncpg."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

import asyncpg
import msgspec

from sigmasight.adapters.postgres.engine import fetch_rows
from sigmasight.adapters.postgres.positions import CHUNK, NAMES
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.details import (
    AssignedTag,
    PositionDetails,
    PositionDetailsReader,
)
from sigmasight.domain.portfolios.positions.model import Position, PositionId

DETAILS: Final = f"""
SELECT {", ".join(f"positions.{name}" for name in NAMES)}, portfolios.account_name,
    company_profiles.company_name, company_profiles.sector, company_profiles.industry, (
    SELECT close FROM prices WHERE prices.symbol = positions.symbol ORDER BY date DESC LIMIT 1
) AS last_price, assigned.tags
FROM portfolios
{{join}} JOIN positions ON positions.user_id = portfolios.user_id
    AND positions.portfolio_id = portfolios.id AND positions.deleted_at IS NULL {{narrowed}}
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
"""  # noqa: S608  nothing but names of columns
OF_PORTFOLIO: Final = DETAILS.format(
    join="LEFT", narrowed="AND ($3 OR positions.exit_date IS NULL)", chosen="AND portfolios.id = $2"
)
"""One row without a position for a portfolio without positions."""
OF_POSITIONS: Final = DETAILS.format(
    join="INNER", narrowed="AND positions.id = ANY($2::uuid[])", chosen=""
)


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


async def _details(rows: Sequence[Any]) -> Sequence[PositionDetails]:
    details: list[PositionDetails] = []
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        positions = msgspec.convert([dict(row) for row in chunk], list[Position])
        details += map(_with_details, positions, chunk)
        await asyncio.sleep(0)
    return details


def _with_details(position: Position, row: Any) -> PositionDetails:
    return PositionDetails(
        position=position,
        account_name=row["account_name"],
        company_name=row["company_name"],
        sector=row["sector"],
        industry=row["industry"],
        tags=msgspec.json.decode(row["tags"], type=list[AssignedTag]) if row["tags"] else (),
    )
