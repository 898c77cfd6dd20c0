"""What the assistant keeps, twice: in memory and in Postgres, with Ann and Bob known to both."""

from dataclasses import dataclass

import pytest

from sigmasight.adapters.postgres.assistant import (
    PostgresConversations,
    PostgresExchanges,
    PostgresInsights,
    PostgresMemories,
    PostgresPortfolioContexts,
)
from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.domain.access.usage import MessageLedger
from sigmasight.domain.assistant.chat import PortfolioContexts
from sigmasight.domain.assistant.conversations import Conversations
from sigmasight.domain.assistant.exchanges import Exchanges
from sigmasight.domain.assistant.insights import Insights
from sigmasight.domain.assistant.memories import Memories
from sigmasight.domain.portfolios.portfolio import Portfolio
from tests.contracts.conftest import Ports
from tests.unit.examples import a_user, bob
from tests.unit.fakes_of_conversations import (
    InMemoryConversations,
    InMemoryExchanges,
    InMemoryMemories,
    InMemoryPortfolioContexts,
)
from tests.unit.fakes_of_identity import InMemoryUsers
from tests.unit.fakes_of_insights import InMemoryInsights
from tests.unit.fakes_of_usage import InMemoryMessageLedger


@dataclass(frozen=True)
class Kept:
    conversations: Conversations
    exchanges: Exchanges
    memories: Memories
    insights: Insights
    books: PortfolioContexts
    ledger: MessageLedger
    ports: Ports

    async def put(self, *portfolios: Portfolio) -> None:
        for portfolio in portfolios:
            await self.ports.portfolios.put(portfolio)
        await self.ports.settle()


@pytest.fixture
async def kept(ports: Ports, request: pytest.FixtureRequest) -> Kept:
    for user in (a_user(), bob()):
        await ports.users.put(user)
    await ports.settle()
    if isinstance(ports.users, InMemoryUsers):
        memory = ports.users._memory  # noqa: SLF001  the same memory
        return Kept(
            InMemoryConversations(memory),
            InMemoryExchanges(memory),
            InMemoryMemories(memory),
            InMemoryInsights(memory),
            InMemoryPortfolioContexts(memory),
            InMemoryMessageLedger(memory),
            ports,
        )
    pool = request.getfixturevalue("pool")
    engine = request.getfixturevalue("engine")
    return Kept(
        PostgresConversations(pool, engine),
        PostgresExchanges(pool, engine),
        PostgresMemories(pool, engine),
        PostgresInsights(engine),
        PostgresPortfolioContexts(engine),
        PostgresMessageLedger(pool),
        ports,
    )
