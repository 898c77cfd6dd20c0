"""The factor exposures of portfolios in Postgres."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from advanced_alchemy.base import DefaultBase
from sqlalchemy import Date, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.calculations import named_portfolios
from sigmasight.adapters.postgres.columns import INSTANT, portfolio_foreign_key
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.repository import EntityRepository
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult, FactorResults
from sigmasight.domain.portfolios.portfolio import PortfolioId


class FactorResultRow(DefaultBase):
    __tablename__ = "factor_results"
    __table_args__ = (portfolio_foreign_key(),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(Date)
    calculated_at: Mapped[datetime] = mapped_column(INSTANT)
    exposures: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SymbolBetasRow(DefaultBase):
    __tablename__ = "symbol_betas"

    symbol: Mapped[str] = mapped_column(String(100), primary_key=True)
    as_of: Mapped[date] = mapped_column(Date)
    factors: Mapped[dict[str, Any]] = mapped_column(JSONB)


# In the order of the key, so that two calculations at once cannot wait for one another.
PUT_BETAS: Final = """
INSERT INTO symbol_betas (symbol, as_of, factors)
SELECT symbol, $1, factors::jsonb FROM unnest($2::text[], $3::text[]) AS found (symbol, factors)
ORDER BY symbol
ON CONFLICT (symbol) DO UPDATE SET as_of = excluded.as_of, factors = excluded.factors
WHERE symbol_betas.as_of < excluded.as_of
"""


class FactorResultRepository(EntityRepository[FactorResultRow, FactorResult]):
    model_type = FactorResultRow
    entity_type = FactorResult


class PostgresFactorResults(FactorResults):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._results = FactorResultRepository(session)

    async def put(self, result: FactorResult) -> None:
        await self._results.put(result)
        betas = {
            symbol: msgspec.json.encode(each.factors).decode()
            for symbol, each in result.exposures.symbols.items()
            if each.factors
        }
        if betas:
            connection = await raw_connection(self._session)
            await connection.execute(PUT_BETAS, result.as_of, list(betas), list(betas.values()))

    async def latest(
        self, user: UserId, portfolios: Sequence[PortfolioId]
    ) -> Sequence[FactorResult]:
        return await self._results.find_all(
            FactorResultRow.user_id == user, FactorResultRow.portfolio_id.in_(portfolios)
        )

    async def clear(
        self, portfolios: Sequence[tuple[UserId, PortfolioId]], *, until: datetime
    ) -> None:
        named = named_portfolios(portfolios)
        await self._results.remove(
            FactorResultRow.user_id == named.c.user_id,
            FactorResultRow.portfolio_id == named.c.portfolio_id,
            FactorResultRow.calculated_at <= until,
        )
