"""The assistant's chat use cases and Ann's conversation, in memory."""

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
from sigmasight.domain.assistant.language_model import Delta, Piece
from tests.support.builders.assistant import a_conversation
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.fakes.conversations import InMemoryConversations, InMemoryExchanges
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.language_model import FakeLanguageModel, NoToolboxes
from tests.support.fakes.memories import InMemoryMemories
from tests.support.fakes.portfolio_contexts import InMemoryPortfolioContexts
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryMessageLedger


class ChatWorkspace:
    def __init__(self) -> None:
        self.store = InMemoryStore(users={ANNS_ID: a_user()})
        self.conversation: Conversation = a_conversation()
        self.store.conversations[self.conversation.id] = self.conversation
        self.clock = FixedClock(NOON)
        self.model = FakeLanguageModel()
        self.exchanges = InMemoryExchanges(self.store)
        self.deltas: list[str] = []
        self.start_exchange = StartExchange(
            InMemoryConversations(self.store),
            self.exchanges,
            InMemoryPortfolioContexts(self.store),
            InMemoryMemories(self.store),
            self.model,
            NoToolboxes(),
            DEFAULT_LIMITS,
            self.clock,
        )
        self.stream_reply = StreamReply(self.exchanges, self.model, self.clock)
        self.follow = FollowReply(self.exchanges)
        self.release_expired = ReleaseExpiredReservations(
            InMemoryMessageLedger(self.store), self.clock
        )

    async def start(
        self, text: str = "How am I doing?", key: str | None = None, **surroundings: Any
    ) -> ExchangeStarted:
        asking = ChatRequest(
            conversation_id=self.conversation.id,
            text=text,
            client_context=surroundings,
            key=IdempotencyKey(key, text) if key else None,
        )
        return await self.start_exchange(asking, by=ANNS_ID)

    async def finish(self, started: ExchangeStarted) -> Exchange:
        assert started.question
        return await self.stream_reply(started, started.question, self.on_delta)

    async def on_delta(self, piece: Piece) -> None:
        assert isinstance(piece, Delta)
        self.deltas.append(piece.text)

    @property
    def used(self) -> int:
        return self.store.used_messages(ANNS_ID)

    @property
    def open_reservations(self) -> int:
        return self.store.open_reservations
