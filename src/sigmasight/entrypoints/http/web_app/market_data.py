"""Profiles, prices and symbols, as the web app looks them up."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock, FieldError, ValidationFailedError
from sigmasight.domain.portfolios.market_data import (
    FACTOR_NAMES,
    DataSource,
    LastClose,
    ReadMarketData,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions.model import PositionId, PositionNotFoundError
from sigmasight.domain.portfolios.profiles import CompanyProfile
from sigmasight.entrypoints.http.decimals import number
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.schemas import build_view
from sigmasight.entrypoints.http.web_app.factors import split
from sigmasight.entrypoints.http.web_app.positions import ID, comma_separated, parse_ids

MAX_SYMBOLS: Final = 1000
Day = date
Text = Annotated[str | None, QueryParameter(max_length=50_000)]
PositionIds = Annotated[
    str | None, QueryParameter(max_length=50_000, schema_extra=comma_separated(ID))
]


class CompanyProfileView(msgspec.Struct, frozen=True):
    symbol: str
    company_name: str | None
    sector: str | None
    industry: str | None
    country: str | None
    exchange: str | None
    currency: str | None
    market_cap: float | None
    beta: float | None
    is_etf: bool
    is_fund: bool
    pe_ratio: float | None
    forward_pe: float | None
    dividend_yield: float | None
    shares_outstanding: float | None
    target_mean_price: float | None
    target_low_price: float | None
    target_high_price: float | None
    number_of_analyst_opinions: int | None
    current_year_revenue_avg: float | None
    current_year_earnings_avg: float | None
    next_year_revenue_avg: float | None
    next_year_earnings_avg: float | None
    as_of: date | None


Fields = Annotated[
    str | None,
    QueryParameter(
        max_length=50_000,
        schema_extra=comma_separated("|".join(CompanyProfileView.__struct_fields__)),
    ),
]


class ProfilesMeta(msgspec.Struct, frozen=True):
    query_type: Literal["portfolio", "symbols", "positions"]
    requested_symbols: list[str]
    returned_profiles: int
    missing_profiles: list[str]
    as_of: datetime


class ProfilesView(msgspec.Struct, frozen=True):
    """Profiles with the members that `fields` names, or with all, and always with the symbol."""

    profiles: list[dict[str, Any]]
    meta: ProfilesMeta


class BenchmarkMeta(msgspec.Struct, frozen=True):
    lookback_days: int
    start_date: date
    end_date: date
    trading_days_found: int
    first_date: date | None
    last_date: date | None


class BenchmarkPrices(msgspec.Struct, frozen=True):
    """Oldest first. There are closes alone: they stand for open, high and low, too."""

    dates: list[date]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


class BenchmarkPricesView(msgspec.Struct, frozen=True):
    symbol: str
    available: bool
    message: str | None
    metadata: BenchmarkMeta
    data: BenchmarkPrices | None


class EtfPriceView(msgspec.Struct, frozen=True):
    """The changes are percent of the close before the last."""

    factor_name: str
    symbol: str
    current_price: float
    date: Day
    updated_at: Day
    data_source: str
    daily_return: float | None
    change_percent: float | None


class SymbolCheckView(msgspec.Struct, frozen=True):
    is_valid: bool
    symbol: str
    message: str


class MarketDataController(Controller):
    tags = ["Web app"]

    @get(
        "/data/company-profiles",
        Access.SIGNED_IN,
        PortfolioNotFoundError,
        PositionNotFoundError,
    )
    async def list_company_profiles(  # noqa: PLR0913, PLR0917  query parameters
        self,
        user: FromDishka[User],
        read: FromDishka[ReadMarketData],
        clock: FromDishka[Clock],
        portfolio_id: FromQuery[UUID | None] = None,
        symbols: Text = None,
        position_ids: PositionIds = None,
        fields: Fields = None,
    ) -> ProfilesView:
        """Look up profiles by exactly one of `portfolio_id`, `symbols` and `position_ids`."""
        if sum(each is not None for each in (portfolio_id, symbols, position_ids)) != 1:
            sentence = "Name exactly one of portfolio_id, symbols and position_ids."
            raise ValidationFailedError(FieldError("portfolio_id", sentence, "required"))
        kind: Literal["portfolio", "symbols", "positions"]
        if portfolio_id is not None:
            kind = "portfolio"
            found = await read.profiles_of_portfolio(PortfolioId(portfolio_id), by=user.id)
        elif symbols is not None:
            kind = "symbols"
            found = await read.profiles_of_symbols(split(symbols)[:MAX_SYMBOLS])
        else:
            kind = "positions"
            ids = [PositionId(each) for each in parse_ids("position_ids", position_ids)]
            found = await read.profiles_of_positions(ids, by=user.id)
        wanted, profiles = found
        names = _names(fields)
        return ProfilesView(
            profiles=[_profile(profiles[each], names) for each in wanted if each in profiles],
            meta=ProfilesMeta(
                query_type=kind,
                requested_symbols=list(wanted),
                returned_profiles=len(profiles),
                missing_profiles=[each for each in wanted if each not in profiles],
                as_of=clock.now(),
            ),
        )

    @get("/data/prices/benchmark/{symbol:str}", Access.SIGNED_IN)
    async def read_benchmark_prices(
        self,
        symbol: FromPath[str],
        read: FromDishka[ReadMarketData],
        clock: FromDishka[Clock],
        lookback_days: Annotated[int, QueryParameter(ge=1, le=1500)] = 400,
    ) -> BenchmarkPricesView:
        """Read a symbol's daily closes of the last calendar days."""
        closes = await read.closes(symbol, lookback=timedelta(days=lookback_days))
        today, days, values = clock.now().date(), list(closes), list(closes.values())
        name = symbol.strip().upper()
        return BenchmarkPricesView(
            symbol=name,
            available=bool(closes),
            message=None if closes else f"There are no prices of {name} in these days.",
            metadata=BenchmarkMeta(
                lookback_days=lookback_days,
                start_date=today - timedelta(days=lookback_days),
                end_date=today,
                trading_days_found=len(closes),
                first_date=days[0] if days else None,
                last_date=days[-1] if days else None,
            ),
            data=BenchmarkPrices(days, values, values, values, values, [0.0] * len(values))
            if closes
            else None,
        )

    @get("/data/factors/etf-prices", Access.SIGNED_IN)
    async def list_etf_prices(
        self, read: FromDishka[ReadMarketData], source: FromDishka[DataSource]
    ) -> dict[str, EtfPriceView]:
        """List the last closes of the factor ETFs, by symbol."""
        return {each.symbol: _etf(each, source) for each in await read.factor_etfs()}

    @get("/positions/validate-symbol/{symbol:str}", Access.VALIDATED)
    async def validate_symbol(
        self, symbol: FromPath[str], read: FromDishka[ReadMarketData]
    ) -> SymbolCheckView:
        """Check whether a symbol is well formed, and whether there are prices or a profile."""
        check = await read.check(symbol)
        if not check.is_valid:
            message = "This is not a symbol."
        elif check.is_known:
            message = f"{check.symbol} is known."
        else:
            message = (
                f"{check.symbol} is well formed, but there are no prices and no profile of it."
            )
        return SymbolCheckView(check.is_valid, check.symbol, message)


def _names(fields: str | None) -> list[str]:
    """Return the members to show; raise ValidationFailedError if one is unknown."""
    known = CompanyProfileView.__struct_fields__
    wanted = split(fields)
    if unknown := [each for each in wanted if each not in known]:
        sentence = f"There is no field {unknown[0]!r}; there are: {', '.join(known)}."
        raise ValidationFailedError(FieldError("fields", sentence, "invalid"))
    return list(dict.fromkeys(["symbol", *wanted])) if wanted else list(known)


def _profile(profile: CompanyProfile, names: list[str]) -> dict[str, Any]:
    figures = {
        name: number(getattr(profile, name))
        for name, kind in CompanyProfileView.__annotations__.items()
        if kind == float | None
    }
    view = build_view(CompanyProfileView, profile, **figures)
    return {name: getattr(view, name) for name in names}


def _etf(close: LastClose, source: str) -> EtfPriceView:
    change = None if close.change is None else close.change * 100
    return EtfPriceView(
        factor_name=FACTOR_NAMES[close.symbol],
        symbol=close.symbol,
        current_price=close.close,
        date=close.day,
        updated_at=close.day,
        data_source=source,
        daily_return=change,
        change_percent=change,
    )
