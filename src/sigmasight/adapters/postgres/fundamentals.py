"""Fundamentals in Postgres."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Final

import msgspec
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import Date, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.research.fundamentals import Frequency, Fundamentals, Report, Statement

BULK_TIMEOUT: Final = 600.0
"""Seconds; a file of reports takes longer than a request may."""

PUT: Final = """
INSERT INTO fundamentals
    (symbol, statement, frequency, period_date, currency, fiscal_year, fiscal_quarter, figures)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (symbol, statement, frequency, period_date) DO UPDATE SET
    currency = excluded.currency, fiscal_year = excluded.fiscal_year,
    fiscal_quarter = excluded.fiscal_quarter, figures = excluded.figures
"""


class FundamentalsRow(DefaultBase):
    __tablename__ = "fundamentals"

    symbol: Mapped[str] = mapped_column(String(100), primary_key=True)
    statement: Mapped[str] = mapped_column(String(20), primary_key=True)
    frequency: Mapped[str] = mapped_column(String(2), primary_key=True)
    period_date: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    fiscal_year: Mapped[int | None] = mapped_column(Integer)
    fiscal_quarter: Mapped[int | None] = mapped_column(Integer)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)


class FundamentalsRepository(EntityRepository[FundamentalsRow, Report]):
    model_type = FundamentalsRow
    entity_type = Report
    ordering: ClassVar[Ordering] = [(FundamentalsRow.period_date, True)]


class PostgresFundamentals(Fundamentals):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._reports = FundamentalsRepository(session)

    async def put(self, reports: Sequence[Report]) -> None:
        driver = await raw_connection(self._session)
        records = [
            (
                each.symbol,
                each.statement,
                each.frequency,
                each.period_date,
                each.currency,
                each.fiscal_year,
                each.fiscal_quarter,
                msgspec.json.encode(each.figures).decode(),
            )
            for each in reports
        ]
        await driver.executemany(PUT, records, timeout=BULK_TIMEOUT)

    async def knows(self, symbol: str) -> bool:
        return await self._reports.exists(FundamentalsRow.symbol == symbol)

    async def latest(
        self, symbol: str, statement: Statement, frequency: Frequency, limit: int
    ) -> Sequence[Report]:
        return await self._reports.find_all(
            FundamentalsRow.symbol == symbol,
            FundamentalsRow.statement == statement,
            FundamentalsRow.frequency == frequency,
            LimitOffset(limit, 0),
        )
