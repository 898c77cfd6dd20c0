"""Prices in Postgres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Final

from advanced_alchemy.base import DefaultBase
from sqlalchemy import Date, Numeric, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.repository import EntityRepository
from sigmasight.domain.portfolios.portfolio import ExchangeRates
from sigmasight.domain.portfolios.prices import Price, Prices
from sigmasight.domain.portfolios.splits import Split, Splits, adjusted

Series = tuple[str, Mapping[date, float], Mapping[date, float]]
"""A symbol, its closes and the ratios of its splits, by day."""
NAMES: Final = ["symbol", "date", "close", "implied_volatility"]
VALUES: Final = attrgetter(*NAMES)
BULK_TIMEOUT: Final = 600.0
"""Seconds; a file of prices takes longer than a request may."""

STAGING: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_prices
    (place bigserial, symbol text, date date, close numeric, implied_volatility numeric)
    ON COMMIT DROP
"""
# In the order of the key, so that two imports at once cannot wait for one another.
UPSERT: Final = """
INSERT INTO prices (symbol, date, close, implied_volatility)
SELECT DISTINCT ON (symbol, date) symbol, date, close, implied_volatility FROM staged_prices
ORDER BY symbol, date, place DESC
ON CONFLICT (symbol, date) DO UPDATE
SET close = excluded.close, implied_volatility = excluded.implied_volatility
WHERE (prices.close, prices.implied_volatility)
    IS DISTINCT FROM (excluded.close, excluded.implied_volatility)
"""
RECENT: Final = """
SELECT symbol, date, close, implied_volatility FROM prices WHERE symbol = $1
ORDER BY date DESC LIMIT $2
"""
LATEST: Final = """
SELECT last.symbol, last.date, last.close, last.implied_volatility
FROM unnest($1::text[]) AS wanted (symbol)
CROSS JOIN LATERAL (
    SELECT symbol, date, close, implied_volatility FROM prices
    WHERE prices.symbol = wanted.symbol
    ORDER BY date DESC LIMIT 1
) AS last
"""
CLOSES: Final = """
SELECT wanted.symbol, found.dates, found.closes, split.dates, split.ratios
FROM unnest($1::text[]) AS wanted (symbol)
CROSS JOIN LATERAL (
    SELECT array_agg(date) AS dates, array_agg(close::float8) AS closes FROM (
        SELECT date, close FROM prices WHERE prices.symbol = wanted.symbol AND date >= $2
        ORDER BY date
    ) AS since
) AS found
CROSS JOIN LATERAL (
    SELECT array_agg(date) AS dates, array_agg(ratio::float8) AS ratios FROM splits
    WHERE splits.symbol = wanted.symbol AND date > $2
) AS split
WHERE found.dates IS NOT NULL
"""
"""A row a symbol: a row a day would cost four times as much to read."""


def exchange_rate(currency: str = "positions.currency", *, into: str) -> str:
    """Return SQL of the last rate of a currency to another one; NULL without one."""
    return _of_last_rate(currency, into, same="1", rate="close", inverse="1 / close")


def rate_date(currency: str = "positions.currency", *, into: str) -> str:
    """Return SQL of the day of the last rate; NULL without one, and of a currency to itself."""
    return _of_last_rate(currency, into, same="NULL", rate="date", inverse="date")


def _of_last_rate(currency: str, into: str, *, same: str, rate: str, inverse: str) -> str:
    return f"""CASE WHEN {currency} = {into} THEN {same} ELSE coalesce((
    SELECT {rate} FROM prices WHERE prices.symbol = {currency} || {into}
    ORDER BY date DESC LIMIT 1
), (
    SELECT {inverse} FROM prices WHERE prices.symbol = {into} || {currency}
    ORDER BY date DESC LIMIT 1
)) END"""  # noqa: S608  nothing but names of columns


RATE: Final = f"SELECT {exchange_rate('$1::text', into='$2::text')}"


class PriceRow(DefaultBase):
    __tablename__ = "prices"

    symbol: Mapped[str] = mapped_column(String(100), primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    close: Mapped[Decimal] = mapped_column(Numeric())
    implied_volatility: Mapped[Decimal | None] = mapped_column(Numeric())


class SplitRow(DefaultBase):
    __tablename__ = "splits"

    symbol: Mapped[str] = mapped_column(String(100), primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    ratio: Mapped[Decimal] = mapped_column(Numeric())


class SplitRepository(EntityRepository[SplitRow, Split]):
    model_type = SplitRow
    entity_type = Split


class PostgresPrices(Prices):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def stage(self, prices: Sequence[Price]) -> None:
        driver = await raw_connection(self._session)
        await driver.execute(STAGING)
        await driver.copy_records_to_table(
            "staged_prices",
            records=map(VALUES, prices),
            columns=NAMES,
            timeout=BULK_TIMEOUT,
        )

    async def store_staged(self) -> None:
        driver = await raw_connection(self._session)
        await driver.execute(STAGING)
        await driver.execute(UPSERT, timeout=BULK_TIMEOUT)

    async def recent(self, symbol: str, limit: int) -> Sequence[Price]:
        rows = await (await raw_connection(self._session)).fetch(RECENT, symbol, limit)
        return [Price(*row) for row in rows]

    async def latest(self, symbols: Collection[str]) -> Mapping[str, Price]:
        rows = await (await raw_connection(self._session)).fetch(LATEST, list(set(symbols)))
        return {row["symbol"]: Price(*row) for row in rows}

    async def closes(
        self, symbols: Collection[str], since: date
    ) -> Mapping[str, Mapping[date, float]]:
        return {
            symbol: adjusted(closes, splits) if splits else closes
            for symbol, closes, splits in await self._series(symbols, since)
        }

    async def closes_as_traded(
        self, symbols: Collection[str], since: date
    ) -> Mapping[str, Mapping[date, float]]:
        return {symbol: closes for symbol, closes, _ in await self._series(symbols, since)}

    async def _series(self, symbols: Collection[str], since: date) -> list[Series]:
        driver = await raw_connection(self._session)
        rows = await driver.fetch(CLOSES, list(set(symbols)), since, timeout=BULK_TIMEOUT)
        return [
            (
                symbol,
                dict(zip(dates, closes, strict=True)),
                dict(zip(split_dates or (), ratios or (), strict=True)),
            )
            for symbol, dates, closes, split_dates, ratios in rows
        ]


class PostgresSplits(Splits):
    def __init__(self, session: AsyncSession) -> None:
        self._splits = SplitRepository(session)

    async def put(self, splits: Sequence[Split]) -> None:
        # One order for all, so that two imports at once cannot wait for one another.
        await self._splits.put(*sorted(splits, key=lambda each: (each.symbol, each.date)))


class PostgresExchangeRates(ExchangeRates):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def latest(self, currency: str, into: str) -> Decimal | None:
        connection = await raw_connection(self._session)
        rate: Decimal | None = await connection.fetchval(RATE, currency, into)
        return rate
