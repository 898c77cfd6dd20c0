"""Company profiles and benchmarks."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sigmasight.domain.portfolios.benchmarks import BenchmarkWeights
from sigmasight.domain.portfolios.profiles import CompanyProfile


def a_profile(symbol: str = "ACME", **changes: Any) -> CompanyProfile:
    profile = CompanyProfile(
        symbol=symbol,
        company_name="Acme Corporation",
        sector="Industrials",
        industry="Anvils",
        market_cap=Decimal("1.5e11"),
        beta=Decimal("1.2"),
        as_of=date(2026, 1, 14),
    )
    return replace(profile, **changes)


def weights(**sectors: str) -> BenchmarkWeights:
    found = {name.replace("_", " "): Decimal(weight) for name, weight in sectors.items()}
    return BenchmarkWeights("SP500", date(2026, 1, 14), found)
