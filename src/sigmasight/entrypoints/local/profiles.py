"""Synthetic company profiles and benchmark weights for the demo, plausible and made up."""

from collections.abc import Mapping
from typing import Final

from dishka import AsyncContainer

from sigmasight.domain.kernel import Clock, Transaction
from sigmasight.domain.portfolios.benchmarks import Benchmarks, ImportBenchmarks
from sigmasight.domain.portfolios.profiles import CompanyProfiles, ImportProfiles, Record

BENCHMARK: Final = "SP500"
BILLION: Final = 10**9
COMPANIES: Final[Mapping[str, tuple[str, str, str, int, float, float, int]]] = {
    "AAPL": ("Apple Inc.", "Technology", "Consumer Electronics", 3_600, 1.2, 33.0, 290),
    "MSFT": ("Microsoft Corporation", "Technology", "Software", 3_500, 0.95, 35.0, 560),
    "JNJ": ("Johnson & Johnson", "Healthcare", "Drug Manufacturers", 480, 0.5, 20.0, 215),
    "XOM": ("Exxon Mobil Corporation", "Energy", "Oil & Gas", 500, 0.7, 15.0, 130),
    "TSLA": ("Tesla, Inc.", "Consumer Discretionary", "Auto Manufacturers", 1_350, 2.0, 200.0, 400),
    "NVDA": ("NVIDIA Corporation", "Technology", "Semiconductors", 4_400, 1.8, 45.0, 230),
}
"""Name, sector, industry, market capitalization in billions, beta, P/E and mean target price."""
FUNDS: Final[Mapping[str, str]] = {
    "SPY": "S&P 500 fund",
    "QQQ": "Nasdaq 100 fund",
    "VTV": "Value fund",
    "VUG": "Growth fund",
    "MTUM": "Momentum fund",
    "QUAL": "Quality fund",
    "IWM": "Small companies fund",
    "USMV": "Low volatility fund",
    "TLT": "Long-term Treasury bond fund",
}
WEIGHTS: Final[Mapping[str, str]] = {
    "Technology": "0.34",
    "Financials": "0.13",
    "Healthcare": "0.10",
    "Consumer Discretionary": "0.10",
    "Communication Services": "0.10",
    "Industrials": "0.08",
    "Consumer Staples": "0.05",
    "Energy": "0.03",
    "Utilities": "0.03",
    "Real Estate": "0.02",
    "Materials": "0.02",
}


async def import_profiles(container: AsyncContainer) -> None:
    """Import synthetic profiles and weights unless there are any."""
    async with container() as scope:
        today = (await scope.get(Clock)).now().date()
        profiles, benchmarks = await scope.get(CompanyProfiles), await scope.get(Benchmarks)

        async def known() -> tuple[bool, bool]:
            symbols = [*COMPANIES, *FUNDS]
            weights = await benchmarks.latest(BENCHMARK)
            return bool(await profiles.for_symbols(symbols)), weights is not None

        has_profiles, has_weights = await (await scope.get(Transaction)).run(known)
        if not has_profiles:
            store = await scope.get(ImportProfiles)
            await store(lambda: enumerate(_profiles(f"{today}")), strict=True)
        if not has_weights:
            weights = [
                {"benchmark": BENCHMARK, "as_of": f"{today}", "sector": name, "weight": weight}
                for name, weight in WEIGHTS.items()
            ]
            await (await scope.get(ImportBenchmarks))(lambda: enumerate(weights))


def _profiles(today: str) -> list[Record]:
    companies = [
        {
            "symbol": symbol,
            "company_name": f"{name} (demo)",
            "sector": sector,
            "industry": industry,
            "currency": "USD",
            "market_cap": capitalization * BILLION,
            "beta": beta,
            "pe_ratio": ratio,
            "target_mean_price": target,
            "as_of": today,
        }
        for symbol, (name, sector, industry, capitalization, beta, ratio, target) in (
            COMPANIES.items()
        )
    ]
    funds = [
        {"symbol": symbol, "company_name": f"{name} (demo)", "is_etf": True, "as_of": today}
        for symbol, name in FUNDS.items()
    ]
    return [*companies, *funds]
