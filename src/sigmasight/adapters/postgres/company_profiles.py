"""Company profiles and the weights of benchmarks in Postgres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import Boolean, Date, Index, Integer, Numeric, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.repository import EntityRepository
from sigmasight.domain.portfolios.benchmarks import Benchmarks, BenchmarkWeights
from sigmasight.domain.portfolios.profiles import CompanyProfile, CompanyProfiles

Figure = Mapped[Decimal | None]
Words = Mapped[str | None]


class CompanyProfileRow(DefaultBase):
    __tablename__ = "company_profiles"
    __table_args__ = (
        Index("ix_company_profiles_market_cap", text("market_cap DESC NULLS LAST"), "symbol"),
        Index("ix_company_profiles_sector", "sector", text("market_cap DESC NULLS LAST")),
    )

    symbol: Mapped[str] = mapped_column(String(100), primary_key=True)
    company_name: Words = mapped_column(String(255))
    sector: Words = mapped_column(String(255))
    industry: Words = mapped_column(String(255))
    country: Words = mapped_column(String(255))
    exchange: Words = mapped_column(String(255))
    currency: Words = mapped_column(String(255))
    market_cap: Figure = mapped_column(Numeric())
    beta: Figure = mapped_column(Numeric())
    is_etf: Mapped[bool] = mapped_column(Boolean)
    is_fund: Mapped[bool] = mapped_column(Boolean)
    pe_ratio: Figure = mapped_column(Numeric())
    forward_pe: Figure = mapped_column(Numeric())
    dividend_yield: Figure = mapped_column(Numeric())
    shares_outstanding: Figure = mapped_column(Numeric())
    target_mean_price: Figure = mapped_column(Numeric())
    target_low_price: Figure = mapped_column(Numeric())
    target_high_price: Figure = mapped_column(Numeric())
    number_of_analyst_opinions: Mapped[int | None] = mapped_column(Integer)
    current_year_revenue_avg: Figure = mapped_column(Numeric())
    current_year_earnings_avg: Figure = mapped_column(Numeric())
    next_year_revenue_avg: Figure = mapped_column(Numeric())
    next_year_earnings_avg: Figure = mapped_column(Numeric())
    as_of: Mapped[date | None] = mapped_column(Date)


class BenchmarkRow(DefaultBase):
    __tablename__ = "benchmark_weights"

    benchmark: Mapped[str] = mapped_column(String(50), primary_key=True)
    as_of: Mapped[date] = mapped_column(Date, primary_key=True)
    weights: Mapped[dict[str, str]] = mapped_column(JSONB)


class CompanyProfileRepository(EntityRepository[CompanyProfileRow, CompanyProfile]):
    model_type = CompanyProfileRow
    entity_type = CompanyProfile


class BenchmarkRepository(EntityRepository[BenchmarkRow, BenchmarkWeights]):
    model_type = BenchmarkRow
    entity_type = BenchmarkWeights


class PostgresCompanyProfiles(CompanyProfiles):
    def __init__(self, session: AsyncSession) -> None:
        self._profiles = CompanyProfileRepository(session)

    async def put(self, profiles: Sequence[CompanyProfile]) -> None:
        # One order for all, so that two imports at once cannot wait for one another.
        await self._profiles.put(*sorted(profiles, key=lambda each: each.symbol))

    async def for_symbols(self, symbols: Collection[str]) -> Mapping[str, CompanyProfile]:
        found = await self._profiles.find_all(CompanyProfileRow.symbol.in_(symbols))
        return {each.symbol: each for each in found}


class PostgresBenchmarks(Benchmarks):
    def __init__(self, session: AsyncSession) -> None:
        self._weights = BenchmarkRepository(session)

    async def put(self, weights: BenchmarkWeights) -> None:
        await self._weights.put(weights)

    async def latest(self, benchmark: str) -> BenchmarkWeights | None:
        found = await self._weights.find_all(
            BenchmarkRow.benchmark == benchmark,
            LimitOffset(1, 0),
            order_by=[(BenchmarkRow.as_of, True)],
        )
        return found[0] if found else None
