"""Company profiles and benchmarks in memory."""

from collections.abc import Collection, Mapping, Sequence

from sigmasight.domain.kernel import Clock
from sigmasight.domain.portfolios.analytics.books import Books
from sigmasight.domain.portfolios.benchmarks import Benchmarks, BenchmarkWeights
from sigmasight.domain.portfolios.profiles import CompanyProfile, CompanyProfiles
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.prices import InMemoryPrices
from tests.support.fakes.store import InMemoryStore


class InMemoryCompanyProfiles(CompanyProfiles):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(self, profiles: Sequence[CompanyProfile]) -> None:
        if len({each.symbol for each in profiles}) < len(profiles):
            raise ValueError("A symbol occurs twice.")
        self._store.profiles |= {each.symbol: each for each in profiles}

    async def for_symbols(self, symbols: Collection[str]) -> Mapping[str, CompanyProfile]:
        known = self._store.profiles
        return {symbol: known[symbol] for symbol in symbols if symbol in known}


class InMemoryBenchmarks(Benchmarks):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def put(self, weights: BenchmarkWeights) -> None:
        self._store.benchmarks[weights.benchmark, weights.as_of] = weights

    async def latest(self, benchmark: str) -> BenchmarkWeights | None:
        found = [each for (name, _), each in self._store.benchmarks.items() if name == benchmark]
        return max(found, key=lambda each: each.as_of, default=None)


def in_memory_books(store: InMemoryStore, clock: Clock) -> Books:
    return Books(
        InMemoryPortfolios(store),
        InMemoryPositions(store),
        InMemoryPrices(store),
        InMemoryCompanyProfiles(store),
        InMemoryBenchmarks(store),
        clock,
    )
