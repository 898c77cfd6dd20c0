"""Conversations, exchanges, memories and books in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import IdempotencyKey, MessageId, ReservedMessage
from sigmasight.domain.assistant.conversations import (
    Conversation,
    ConversationId,
    ConversationNotFoundError,
    Conversations,
)
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange, Exchanges
from sigmasight.domain.assistant.feedback import Feedback, Feedbacks, MessageKind
from sigmasight.domain.assistant.language_model import Mode
from sigmasight.domain.kernel import UserId
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryMessageLedger


class InMemoryConversations(Conversations):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def add(self, conversation: Conversation) -> None:
        self._store.conversations[conversation.id] = conversation

    async def find(self, user: UserId, conversation: ConversationId) -> Conversation | None:
        known = self._store.conversations.get(conversation)
        return known if known and known.user_id == user else None

    async def list(self, user: UserId, *, limit: int, offset: int) -> Sequence[Conversation]:
        own = [each for each in self._store.conversations.values() if each.user_id == user]
        own.sort(key=lambda each: each.id)
        own.sort(key=lambda each: each.created_at, reverse=True)
        return own[offset : offset + limit]

    async def change_mode(
        self, user: UserId, conversation: ConversationId, mode: Mode
    ) -> Mode | None:
        known = await self.find(user, conversation)
        if known is None:
            return None
        self._store.conversations[conversation] = replace(
            known, terms=replace(known.terms, mode=mode)
        )
        return known.terms.mode

    async def remove(self, user: UserId, conversation: ConversationId) -> bool:
        if await self.find(user, conversation) is None:
            return False
        del self._store.conversations[conversation]
        return True


class InMemoryExchanges(Exchanges):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._ledger = InMemoryMessageLedger(store)
        self._conversations = InMemoryConversations(store)

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
        self._store.exchanges[exchange.id] = exchange
        return taken

    async def settle(self, exchange: Exchange, at: datetime) -> Exchange:
        user, message = exchange.user_id, exchange.id
        if exchange.is_charged:
            await self._ledger.charge(user, message)
        refunded = not exchange.is_charged and await self._ledger.release(user, message, at)
        self._store.exchanges[message] = replace(exchange, refunded=refunded)
        return self._store.exchanges[message]

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
        of_it = await self.page(user, conversation, limit=len(self._store.exchanges), offset=0)
        return [each for each in of_it if each.answer][:most][::-1]

    async def _of(self, user: UserId) -> list[Exchange]:
        """Return a user's, oldest first, but those of conversations that are gone."""
        own = [
            self._seen(each)
            for each in self._store.exchanges.values()
            if each.user_id == user and await self._conversations.find(user, each.conversation_id)
        ]
        return sorted(own, key=lambda each: (each.asked_at, each.id))

    def _seen(self, exchange: Exchange) -> Exchange:
        is_open = exchange.state is not AnswerState.PENDING or self._ledger.is_open(exchange.id)
        return exchange if is_open else exchange.abandoned()


class InMemoryFeedbacks(Feedbacks):
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def kind_of(self, user: UserId, message: UUID) -> MessageKind | None:
        for exchange in self._store.exchanges.values():
            if exchange.user_id == user and message in {exchange.id, exchange.question_id}:
                return MessageKind.ANSWER if message == exchange.id else MessageKind.QUESTION
        return None

    async def put(self, feedback: Feedback) -> None:
        self._store.feedback[feedback.user_id, feedback.message_id] = feedback

    async def find(self, user: UserId, message: MessageId) -> Feedback | None:
        return self._store.feedback.get((user, message))

    async def remove(self, user: UserId, message: MessageId) -> bool:
        return self._store.feedback.pop((user, message), None) is not None
