"""The contents of portfolios in Postgres, as a language model's input."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.postgres.calculations import SnapshotRepository, SnapshotRow
from sigmasight.adapters.postgres.outages import translate_outages
from sigmasight.adapters.postgres.portfolios import PostgresPortfolios
from sigmasight.adapters.postgres.positions import (
    PositionRepository,
    PositionRow,
    open_positions,
    worth,
)
from sigmasight.domain.assistant.chat import MAX_POSITIONS, PortfolioContexts
from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import Position

LARGEST_FIRST = (func.abs(worth()).desc(), PositionRow.id)


class PostgresPortfolioContexts(PortfolioContexts):
    """Three statements, however many portfolios; no connection is held while the model answers."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, user: UserId, only: Collection[PortfolioId]) -> Sequence[PortfolioContext]:
        with translate_outages():
            async with AsyncSession(self._engine) as session:
                portfolios = await PostgresPortfolios(session).list(
                    user, include_inactive=bool(only)
                )
                shown = [each for each in portfolios if not only or each.id in only]
                if not shown:
                    return []
                ids = [each.id for each in shown]
                positions = await _largest(session, user, ids)
                snapshots = await _latest(session, user, ids)
        return [
            PortfolioContext(
                portfolio=each,
                positions=positions[each.id],
                position_count=each.holdings.count,
                snapshot=snapshots.get(each.id),
            )
            for each in shown
        ]


async def _largest(
    session: AsyncSession, user: UserId, portfolios: Collection[PortfolioId]
) -> Mapping[UUID, Sequence[Position]]:
    """Return the largest open positions of each portfolio, the largest first."""
    place = func.row_number().over(partition_by=PositionRow.portfolio_id, order_by=LARGEST_FIRST)
    ranked = (
        select(PositionRow.id, place.label("place"))
        .where(
            PositionRow.user_id == user, PositionRow.portfolio_id.in_(portfolios), *open_positions()
        )
        .subquery()
    )
    found = defaultdict[UUID, list[Position]](list)
    for position in await PositionRepository(session).find_all(
        PositionRow.user_id == user,
        ranked.c.place <= MAX_POSITIONS,
        statement=select(PositionRow).join(ranked, ranked.c.id == PositionRow.id),
        order_by=[ranked.c.place.asc()],
    ):
        found[position.portfolio_id].append(position)
    return found


async def _latest(
    session: AsyncSession, user: UserId, portfolios: Collection[PortfolioId]
) -> Mapping[UUID, Snapshot]:
    latest = await SnapshotRepository(session).find_all(
        SnapshotRow.user_id == user,
        SnapshotRow.portfolio_id.in_(portfolios),
        statement=select(SnapshotRow).ext(distinct_on(SnapshotRow.portfolio_id)),
        order_by=[(SnapshotRow.portfolio_id, False), (SnapshotRow.calculated_at, True)],
    )
    return {snapshot.portfolio_id: snapshot for snapshot in latest}
