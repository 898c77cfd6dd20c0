"""Searching companies."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromQuery, QueryParameter

from sigmasight.domain.kernel import Clock
from sigmasight.domain.research.equity_search import (
    Equities,
    Equity,
    EquityQuery,
    Period,
    SortBy,
)
from sigmasight.entrypoints.http.decimals import number
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.schemas import build_view
from sigmasight.entrypoints.http.validation_messages import PRINTABLE
from sigmasight.entrypoints.http.web_app.factors import split

BILLION: Final = 1e9
CAP_RANGES: Final = (
    ("Mega (over 200 billion)", 200 * BILLION, None),
    ("Large (10 to 200 billion)", 10 * BILLION, 200 * BILLION),
    ("Mid (2 to 10 billion)", 2 * BILLION, 10 * BILLION),
    ("Small (0.3 to 2 billion)", 0.3 * BILLION, 2 * BILLION),
    ("Micro (under 0.3 billion)", None, 0.3 * BILLION),
)
Text = Annotated[
    str | None, QueryParameter(name="query", min_length=1, max_length=100, pattern=PRINTABLE)
]
Names = Annotated[str | None, QueryParameter(max_length=2_000, pattern=PRINTABLE)]
Cap = Annotated[float | None, QueryParameter(ge=0, le=1e20, schema_extra={"minimum": 0})]
Ratio = Annotated[float | None, QueryParameter(ge=-1e9, le=1e9)]


class SortOrder(StrEnum):
    DESC = "desc"
    ASC = "asc"


class EquityView(msgspec.Struct, frozen=True):
    symbol: str
    company_name: str | None
    sector: str | None
    industry: str | None
    market_cap: float | None
    enterprise_value: float | None
    ps_ratio: float | None
    pe_ratio: float | None
    revenue: float | None
    ebit: float | None
    fcf: float | None
    period_label: str
    factor_value: float | None
    factor_growth: float | None
    factor_momentum: float | None
    factor_quality: float | None
    factor_size: float | None
    factor_low_vol: float | None


class EquitiesView(msgspec.Struct, frozen=True):
    """`metrics_date` is the day of the newest profile among the items."""

    items: list[EquityView]
    total_count: int
    filters_applied: dict[str, Any]
    period: Period
    sort_by: SortBy
    sort_order: SortOrder
    metrics_date: date | None


class CapRangeView(msgspec.Struct, frozen=True):
    label: str
    min_value: float | None
    max_value: float | None


class SearchFiltersView(msgspec.Struct, frozen=True):
    sectors: list[str]
    industries: list[str]
    market_cap_ranges: list[CapRangeView]


class EquitySearchController(Controller):
    path = "/equity-search"
    tags = ["Web app"]

    @get("/", Access.SIGNED_IN)
    async def search_equities(  # noqa: PLR0913, PLR0917  query parameters
        self,
        equities: FromDishka[Equities],
        clock: FromDishka[Clock],
        text: Text = None,
        sectors: Names = None,
        industries: Names = None,
        min_market_cap: Cap = None,
        max_market_cap: Cap = None,
        min_pe_ratio: Ratio = None,
        max_pe_ratio: Ratio = None,
        period: FromQuery[Period] = Period.TTM,
        sort_by: FromQuery[SortBy] = SortBy.MARKET_CAP,
        sort_order: FromQuery[SortOrder] = SortOrder.DESC,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
        offset: Annotated[int, QueryParameter(ge=0, le=10**9)] = 0,
    ) -> EquitiesView:
        """Search the companies that have a profile; unknown values come last."""
        wanted = EquityQuery(
            text=text,
            sectors=split(sectors),
            industries=split(industries),
            min_market_cap=_decimal(min_market_cap),
            max_market_cap=_decimal(max_market_cap),
            min_pe_ratio=_decimal(min_pe_ratio),
            max_pe_ratio=_decimal(max_pe_ratio),
            period=period,
            sort_by=sort_by,
            descending=sort_order is SortOrder.DESC,
            limit=limit,
            offset=offset,
        )
        found = await equities.search(wanted)
        today = clock.now().date()
        applied = {
            "query": text,
            "sectors": split(sectors),
            "industries": split(industries),
            "min_market_cap": min_market_cap,
            "max_market_cap": max_market_cap,
            "min_pe_ratio": min_pe_ratio,
            "max_pe_ratio": max_pe_ratio,
        }
        return EquitiesView(
            items=[_view(each, period, today) for each in found.items],
            total_count=found.total,
            filters_applied={name: value for name, value in applied.items() if value},
            period=period,
            sort_by=sort_by,
            sort_order=sort_order,
            metrics_date=max((each.as_of for each in found.items if each.as_of), default=None),
        )

    @get("/filters", Access.SIGNED_IN)
    async def list_search_filters(self, equities: FromDishka[Equities]) -> SearchFiltersView:
        """List the sectors, the industries and the ranges to search by."""
        filters = await equities.filters()
        return SearchFiltersView(
            list(filters.sectors),
            list(filters.industries),
            [CapRangeView(*each) for each in CAP_RANGES],
        )


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _view(equity: Equity, period: Period, today: date) -> EquityView:
    figures = ("market_cap", "enterprise_value", "ps_ratio", "pe_ratio", "revenue", "ebit", "fcf")
    return build_view(
        EquityView,
        equity,
        period_label=equity.period_label(period, today),
        **{name: number(getattr(equity, name)) for name in figures},
    )
