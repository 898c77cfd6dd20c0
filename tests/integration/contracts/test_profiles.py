"""What profiles and benchmarks promise, both the fakes and the adapters."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sigmasight.domain.portfolios.profiles import CompanyProfile
from tests.integration.contracts.conftest import Ports
from tests.support.builders.profiles import a_profile, weights


async def test_profiles_are_found_by_their_symbols_as_they_were_stored(ports: Ports) -> None:
    full = a_profile(
        is_etf=True,
        number_of_analyst_opinions=12,
        target_mean_price=Decimal("0.000000000001"),
        shares_outstanding=Decimal("1e15"),
        dividend_yield=Decimal("0.0123"),
    )
    await ports.profiles.put([full, CompanyProfile(symbol="BARE")])
    await ports.commit()

    found = await ports.profiles.for_symbols({"ACME", "BARE", "NONE"})

    assert found == {"ACME": full, "BARE": CompanyProfile(symbol="BARE")}
    assert await ports.profiles.for_symbols(set()) == {}


async def test_a_profile_replaces_the_one_of_its_symbol(ports: Ports) -> None:
    await ports.profiles.put([a_profile()])
    await ports.profiles.put([a_profile(beta=None, sector="Energy")])
    await ports.commit()

    assert await ports.profiles.for_symbols({"ACME"}) == {
        "ACME": a_profile(beta=None, sector="Energy")
    }


async def test_the_newest_weights_of_a_benchmark_are_found(ports: Ports) -> None:
    old, new = weights(Technology="1"), weights(Technology="0.35", Real_Estate="0.65")
    new = replace(new, as_of=date(2026, 2, 1))
    assert await ports.benchmarks.latest("SP500") is None

    for each in (new, old, replace(old, benchmark="OTHER", as_of=date(2026, 3, 1))):
        await ports.benchmarks.put(each)
    await ports.commit()

    assert await ports.benchmarks.latest("SP500") == new


async def test_weights_replace_all_of_the_same_day(ports: Ports) -> None:
    await ports.benchmarks.put(weights(Technology="1"))
    await ports.benchmarks.put(weights(Energy="1"))
    await ports.commit()

    assert await ports.benchmarks.latest("SP500") == weights(Energy="1")
