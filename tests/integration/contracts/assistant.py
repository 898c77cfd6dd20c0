"""The assistant's ports, in memory and in Postgres, with Ann and Bob stored."""

from dataclasses import dataclass

import pytest

from sigmasight.adapters.postgres.assistant import (
    PostgresConversations,
    PostgresExchanges,
    PostgresFeedbacks,
    PostgresInsights,
    PostgresMemories,
    PostgresPortfolioContexts,
)
from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.domain.access.usage import MessageLedger
from sigmasight.domain.assistant.chat import PortfolioContexts
from sigmasight.domain.assistant.conversations import Conversations
from sigmasight.domain.assistant.exchanges import Exchanges
from sigmasight.domain.assistant.feedback import Feedbacks
from sigmasight.domain.assistant.insights import Insights
from sigmasight.domain.assistant.memories import Memories
from sigmasight.domain.portfolios.portfolio import Portfolio
from tests.integration.contracts.conftest import Ports
from tests.support.fakes.conversations import (
    InMemoryConversations,
    InMemoryExchanges,
    InMemoryFeedbacks,
)
from tests.support.fakes.identity import InMemoryUsers
from tests.support.fakes.insights import InMemoryInsights
from tests.support.fakes.memories import InMemoryMemories
from tests.support.fakes.portfolio_contexts import InMemoryPortfolioContexts
from tests.support.fakes.usage import InMemoryMessageLedger


@dataclass(frozen=True)
class AssistantPorts:
    conversations: Conversations
    exchanges: Exchanges
    memories: Memories
    insights: Insights
    feedbacks: Feedbacks
    books: PortfolioContexts
    ledger: MessageLedger
    ports: Ports

    async def put(self, *portfolios: Portfolio) -> None:
        for portfolio in portfolios:
            await self.ports.portfolios.put(portfolio)
        await self.ports.commit()


@pytest.fixture
async def assistant(ports: Ports, request: pytest.FixtureRequest) -> AssistantPorts:
    await ports.seed()
    if isinstance(ports.users, InMemoryUsers):
        memory = ports.users._store  # noqa: SLF001  the same memory
        return AssistantPorts(
            InMemoryConversations(memory),
            InMemoryExchanges(memory),
            InMemoryMemories(memory),
            InMemoryInsights(memory),
            InMemoryFeedbacks(memory),
            InMemoryPortfolioContexts(memory),
            InMemoryMessageLedger(memory),
            ports,
        )
    pool, engine = request.getfixturevalue("pool"), request.getfixturevalue("engine")
    return AssistantPorts(
        PostgresConversations(pool, engine),
        PostgresExchanges(pool, engine),
        PostgresMemories(pool, engine),
        PostgresInsights(engine),
        PostgresFeedbacks(engine),
        PostgresPortfolioContexts(engine),
        PostgresMessageLedger(pool),
        ports,
    )
