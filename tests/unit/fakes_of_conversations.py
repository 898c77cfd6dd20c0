"""Conversations, exchanges, memories and books in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import IdempotencyKey, MessageId, ReservedMessage
from sigmasight.domain.assistant.chat import MAX_POSITIONS, PortfolioContexts
from sigmasight.domain.assistant.conversations import (
    Conversation,
    ConversationId,
    ConversationNotFoundError,
    Conversations,
)
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange, Exchanges
from sigmasight.domain.assistant.language_model import Mode, PortfolioContext
from sigmasight.domain.assistant.memories import Memories, Memory, MemoryFilter, MemoryId
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId
from tests.unit.fakes import Memory as Everything
from tests.unit.fakes_of_calculations import InMemorySnapshots
from tests.unit.fakes_of_usage import InMemoryMessageLedger


class InMemoryConversations(Conversations):
    def __init__(self, memory: Everything) -> None:
        self._memory = memory

    async def add(self, conversation: Conversation) -> None:
        self._memory.conversations[conversation.id] = conversation

    async def find(self, user: UserId, conversation: ConversationId) -> Conversation | None:
        known = self._memory.conversations.get(conversation)
        return known if known and known.user_id == user else None

    async def list(self, user: UserId, *, limit: int, offset: int) -> Sequence[Conversation]:
        own = [each for each in self._memory.conversations.values() if each.user_id == user]
        own.sort(key=lambda each: each.id)
        own.sort(key=lambda each: each.created_at, reverse=True)
        return own[offset : offset + limit]

    async def change_mode(
        self, user: UserId, conversation: ConversationId, mode: Mode
    ) -> Mode | None:
        known = await self.find(user, conversation)
        if known is None:
            return None
        self._memory.conversations[conversation] = replace(
            known, terms=replace(known.terms, mode=mode)
        )
        return known.terms.mode

    async def remove(self, user: UserId, conversation: ConversationId) -> bool:
        if await self.find(user, conversation) is None:
            return False
        del self._memory.conversations[conversation]
        return True


class InMemoryExchanges(Exchanges):
    def __init__(self, memory: Everything) -> None:
        self._memory = memory
        self._ledger = InMemoryMessageLedger(memory)
        self._conversations = InMemoryConversations(memory)

    async def begin(
        self, exchange: Exchange, limits: TierLimits, key: IdempotencyKey | None
    ) -> ReservedMessage:
        user = exchange.user_id
        taken = await self._ledger.reserve(user, exchange.id, exchange.asked_at, limits, key)
        if taken.repeated:
            return taken
        if await self._conversations.find(user, exchange.conversation_id) is None:
            await self._ledger.release(user, exchange.id, exchange.asked_at)
            raise ConversationNotFoundError
        self._memory.exchanges[exchange.id] = exchange
        return taken

    async def settle(self, exchange: Exchange, at: datetime) -> Exchange:
        user, message = exchange.user_id, exchange.id
        if exchange.is_charged:
            await self._ledger.keep(user, message)
        refunded = not exchange.is_charged and await self._ledger.release(user, message, at)
        self._memory.exchanges[message] = replace(exchange, refunded=refunded)
        return self._memory.exchanges[message]

    async def find(self, user: UserId, exchange: MessageId) -> Exchange | None:
        own = await self._of(user)
        return next((each for each in own if each.id == exchange), None)

    async def page(
        self, user: UserId, conversation: ConversationId, *, limit: int, offset: int
    ) -> Sequence[Exchange]:
        of_it = [each for each in await self._of(user) if each.conversation_id == conversation]
        return of_it[::-1][offset : offset + limit]

    async def answered(
        self, user: UserId, conversation: ConversationId, *, most: int
    ) -> Sequence[Exchange]:
        of_it = await self.page(user, conversation, limit=len(self._memory.exchanges), offset=0)
        return [each for each in of_it if each.answer][:most][::-1]

    async def _of(self, user: UserId) -> list[Exchange]:
        """Return a user's, oldest first, but those of conversations that are gone."""
        own = [
            self._seen(each)
            for each in self._memory.exchanges.values()
            if each.user_id == user and await self._conversations.find(user, each.conversation_id)
        ]
        return sorted(own, key=lambda each: (each.asked_at, each.id))

    def _seen(self, exchange: Exchange) -> Exchange:
        is_open = exchange.state is not AnswerState.PENDING or self._ledger.is_open(exchange.id)
        return exchange if is_open else exchange.abandoned()


class InMemoryMemories(Memories):
    def __init__(self, memory: Everything) -> None:
        self._memory = memory

    async def count(self, user: UserId, which: MemoryFilter) -> int:
        return len(await self.list(user, which, limit=len(self._memory.facts)))

    async def list(self, user: UserId, which: MemoryFilter, *, limit: int) -> Sequence[Memory]:
        own = [
            each
            for each in self._memory.facts.values()
            if each.user_id == user
            and self._is_there(each)
            and which.scope in {None, each.scope}
            and which.portfolio_id in {None, each.portfolio_id}
        ]
        own.sort(key=lambda each: each.id)
        own.sort(key=lambda each: each.created_at, reverse=True)
        return own[:limit]

    async def relevant_to(
        self, user: UserId, portfolios: Collection[PortfolioId]
    ) -> Sequence[Memory]:
        own = await self.list(user, MemoryFilter(), limit=len(self._memory.facts))
        return [each for each in own if each.portfolio_id in {None, *portfolios}]

    async def add(self, memory: Memory, *, most: int) -> bool:
        if await self.count(memory.user_id, MemoryFilter()) >= most:
            return False
        self._memory.facts[memory.id] = memory
        return True

    async def remove(self, user: UserId, memory: MemoryId | None) -> int:
        chosen = [
            each.id
            for each in self._memory.facts.values()
            if each.user_id == user and memory in {None, each.id}
        ]
        for each in chosen:
            del self._memory.facts[each]
        return len(chosen)

    def _is_there(self, memory: Memory) -> bool:
        if memory.portfolio_id is None:
            return True
        about = self._memory.portfolios.get((memory.user_id, memory.portfolio_id))
        return about is None or about.deleted_at is None


class InMemoryPortfolioContexts(PortfolioContexts):
    def __init__(self, memory: Everything) -> None:
        self._memory = memory

    async def read(self, user: UserId, only: Collection[PortfolioId]) -> Sequence[PortfolioContext]:
        return [
            await self._book(each)
            for each in self._memory.portfolios_of(user)
            if (each.id in only if only else each.terms.is_active)
        ]

    async def _book(self, portfolio: Portfolio) -> PortfolioContext:
        held = [
            self._memory.priced(each)
            for each in self._memory.positions.values()
            if each.portfolio_id == portfolio.id and each.is_open
        ]
        held.sort(key=lambda each: (-abs(each.market_value), each.id))
        latest = InMemorySnapshots(self._memory).latest
        return PortfolioContext(
            portfolio=portfolio,
            positions=held[:MAX_POSITIONS],
            position_count=len(held),
            snapshot=await latest(portfolio.user_id, portfolio.id),
        )
