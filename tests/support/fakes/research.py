"""Fundamentals in memory."""

from collections.abc import Sequence
from decimal import Decimal

from sigmasight.domain.kernel import Page
from sigmasight.domain.portfolios.analytics.factors import Factor
from sigmasight.domain.portfolios.profiles import CompanyProfile
from sigmasight.domain.research.equity_search import (
    Equities,
    Equity,
    EquityQuery,
    Period,
    SearchFilters,
)
from sigmasight.domain.research.fundamentals import Frequency, Fundamentals, Report, Statement
from tests.support.fakes.store import InMemoryStore


class InMemoryFundamentals(Fundamentals):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(self, reports: Sequence[Report]) -> None:
        for each in reports:
            key = each.symbol, each.statement, each.frequency, each.period_date
            self._store.reports[key] = each

    async def knows(self, symbol: str) -> bool:
        return any(known == symbol for known, *_ in self._store.reports)

    async def latest(
        self, symbol: str, statement: Statement, frequency: Frequency, limit: int
    ) -> Sequence[Report]:
        found = [
            each
            for key, each in self._store.reports.items()
            if key[:3] == (symbol, statement, frequency)
        ]
        return sorted(found, key=lambda each: each.period_date, reverse=True)[:limit]


class InMemoryEquities(Equities):
    """Searches profiles; what needs statements is unknown."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def search(self, query: EquityQuery) -> Page[Equity]:
        found = [
            self._equity(each, query.period)
            for each in self._store.profiles.values()
            if _matches(each, query)
        ]
        found.sort(key=lambda each: each.symbol)
        name = query.sort_by.value
        known = [each for each in found if getattr(each, name) is not None]
        known.sort(key=lambda each: getattr(each, name), reverse=query.descending)
        ordered = known + [each for each in found if getattr(each, name) is None]
        return Page(ordered[query.offset :][: query.limit], len(ordered))

    async def filters(self) -> SearchFilters:
        profiles = self._store.profiles.values()
        return SearchFilters(
            sorted({each.sector for each in profiles if each.sector}),
            sorted({each.industry for each in profiles if each.industry}),
        )

    def _equity(self, profile: CompanyProfile, period: Period) -> Equity:
        betas = {
            Factor(name): beta
            for result in self._store.factors.values()
            for symbol, each in result.exposures.symbols.items()
            for name, beta in each.factors.items()
            if symbol == profile.symbol
        }
        return Equity(
            symbol=profile.symbol,
            company_name=profile.company_name,
            sector=profile.sector,
            industry=profile.industry,
            market_cap=profile.market_cap,
            pe_ratio=profile.pe_ratio,
            revenue=profile.current_year_revenue_avg if period is Period.FORWARD else None,
            as_of=profile.as_of,
            factor_value=betas.get(Factor.VALUE),
            factor_growth=betas.get(Factor.GROWTH),
            factor_momentum=betas.get(Factor.MOMENTUM),
            factor_quality=betas.get(Factor.QUALITY),
            factor_size=betas.get(Factor.SIZE),
            factor_low_vol=betas.get(Factor.LOW_VOLATILITY),
        )


def _matches(profile: CompanyProfile, query: EquityQuery) -> bool:
    def within(value: Decimal | None, least: Decimal | None, most: Decimal | None) -> bool:
        if least is None and most is None:
            return True
        if value is None:
            return False
        return (least is None or least <= value) and (most is None or value <= most)

    text = (query.text or "").lower()
    return (
        (text in profile.symbol.lower() or text in (profile.company_name or "").lower())
        and (not query.sectors or profile.sector in query.sectors)
        and (not query.industries or profile.industry in query.industries)
        and within(profile.market_cap, query.min_market_cap, query.max_market_cap)
        and within(profile.pe_ratio, query.min_pe_ratio, query.max_pe_ratio)
    )
