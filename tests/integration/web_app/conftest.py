"""A server that performs calculations, on a database with market data."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from sigmasight.adapters.system import SystemClock
from sigmasight.domain.portfolios.analytics.factors import FACTOR_ETFS
from tests.integration.conftest import WORKER
from tests.integration.web_app.visitor import ORIGIN
from tests.support.builders.books import prices, random_returns
from tests.support.servers.api_servers import Server, running
from tests.support.servers.postgres import create_database

DAYS = 300
SYMBOLS = ("AAPL", "MSFT", "XOM", "QQQ")
PROFILES = (("AAPL", "Technology"), ("MSFT", "Technology"), ("XOM", "Energy"))


@pytest.fixture(scope="module")
def database(postgres: str, template: str) -> str:
    dsn = create_database(postgres, f"web_app_{WORKER}", template=template)
    asyncio.run(add_market_data(dsn))
    return dsn


async def add_market_data(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    today = SystemClock().now().date()
    series = {symbol: prices(random_returns(symbol, DAYS), until=today) for symbol in SYMBOLS}
    series |= {symbol: prices(random_returns(symbol, DAYS), until=today) for symbol in FACTOR_ETFS}
    rows = [(symbol, day, close) for symbol, days in series.items() for day, close in days.items()]
    await connection.copy_records_to_table(
        "prices", records=rows, columns=["symbol", "date", "close"]
    )
    for symbol, sector in PROFILES:
        await connection.execute(
            "INSERT INTO company_profiles (symbol, company_name, sector, market_cap, beta, is_etf,"
            " is_fund) VALUES ($1, $2, $3, 1e12, 1.1, false, false)",
            symbol,
            f"{symbol} Inc.",
            sector,
        )
    await connection.execute(
        "INSERT INTO benchmark_weights VALUES"
        """ ('SP500', $1, '{"Technology": "0.6", "Energy": "0.4"}')""",
        today,
    )
    await connection.close()


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("web_app")
    environment = {"WORKER_ENABLED": "true", "CORS_ALLOWED_ORIGINS": ORIGIN}
    with running(1, database, directory, **environment) as [server]:
        yield server
