"""Where Ann talks to the assistant: all it takes, in memory."""

from typing import Any

from sigmasight.domain.access.tiers import DEFAULT_LIMITS
from sigmasight.domain.access.usage import IdempotencyKey, ReleaseExpiredReservations
from sigmasight.domain.assistant.chat import (
    ChatRequest,
    ExchangeStarted,
    FollowReply,
    StartExchange,
    StreamReply,
)
from sigmasight.domain.assistant.conversations import Conversation
from sigmasight.domain.assistant.exchanges import Exchange
from sigmasight.domain.assistant.language_model import Delta
from tests.support.builders.assistant import a_conversation
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.fakes.conversations import InMemoryConversations, InMemoryExchanges
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.language_model import FakeLanguageModel
from tests.support.fakes.memories import InMemoryMemories
from tests.support.fakes.portfolio_contexts import InMemoryPortfolioContexts
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryMessageLedger


class Room:
    def __init__(self) -> None:
        self.memory = InMemoryStore(users={ANNS_ID: a_user()})
        self.conversation: Conversation = a_conversation()
        self.memory.conversations[self.conversation.id] = self.conversation
        self.clock = FixedClock(NOON)
        self.model = FakeLanguageModel()
        self.exchanges = InMemoryExchanges(self.memory)
        self.told: list[str] = []
        self.ask_ = StartExchange(
            InMemoryConversations(self.memory),
            self.exchanges,
            InMemoryPortfolioContexts(self.memory),
            InMemoryMemories(self.memory),
            self.model,
            DEFAULT_LIMITS,
            self.clock,
        )
        self.answer_ = StreamReply(self.exchanges, self.model, self.clock)
        self.follow = FollowReply(self.exchanges)
        self.give_back_abandoned = ReleaseExpiredReservations(
            InMemoryMessageLedger(self.memory), self.clock
        )

    async def ask(
        self, text: str = "How am I doing?", key: str | None = None, **surroundings: Any
    ) -> ExchangeStarted:
        asking = ChatRequest(
            conversation_id=self.conversation.id,
            text=text,
            client_context=surroundings,
            key=IdempotencyKey(key, text) if key else None,
        )
        return await self.ask_(asking, by=ANNS_ID)

    async def answer(self, asked: ExchangeStarted) -> Exchange:
        assert asked.question
        return await self.answer_(asked, asked.question, self.tell)

    async def tell(self, piece: Delta) -> None:
        self.told.append(piece.text)

    @property
    def used(self) -> int:
        return self.memory.users[ANNS_ID].messages.used

    @property
    def unsettled(self) -> int:
        return sum(entry.is_open for entry in self.memory.entries.values())
