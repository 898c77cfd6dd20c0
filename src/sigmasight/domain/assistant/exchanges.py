"""Exchanges: a question, its answer, and whether its message was charged."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final, Protocol
from uuid import UUID

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import IdempotencyKey, MessageId, ReservedMessage
from sigmasight.domain.assistant.conversations import (
    ConversationId,
    ConversationNotFoundError,
    Conversations,
)
from sigmasight.domain.assistant.language_model import Mode, ModelFailure, Role, TokenUsage, Turn
from sigmasight.domain.kernel import UserId

HISTORY_MESSAGES: Final = 20
HISTORY_TOKENS: Final = 6_000
CHARACTERS_PER_TOKEN: Final = 4
"""An estimate for English, precise enough for a budget."""


class AnswerState(StrEnum):
    PENDING = "pending"
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Interrupted after its first piece, or left by the caller once the model was asked.

    The text so far is stored, and the message charged.
    """
    FAILED = "failed"
    """Without any text, or its server stopped before settling it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    id: MessageId
    """The id of the answer and of its message."""
    user_id: UserId
    conversation_id: ConversationId
    question_id: UUID
    question: str
    asked_at: datetime
    mode: Mode
    model: str
    state: AnswerState = AnswerState.PENDING
    answer: str = ""
    failure: ModelFailure | None = None
    refunded: bool = False
    token_usage: TokenUsage | None = None
    latency: timedelta | None = None

    def ended(
        self,
        answer: str,
        *,
        at: datetime,
        failure: ModelFailure | None,
        token_usage: TokenUsage | None,
    ) -> "Exchange":
        """Return the exchange with its result: complete, or with a failure and the text so far."""
        if failure is None:
            state = AnswerState.COMPLETE
        else:
            state = AnswerState.PARTIAL if answer else AnswerState.FAILED
        return replace(
            self,
            state=state,
            answer=answer,
            failure=failure,
            token_usage=token_usage,
            latency=at - self.asked_at,
        )

    def left(self, answer: str, *, at: datetime, token_usage: TokenUsage | None) -> "Exchange":
        """Return the exchange as left by the caller, after the model was asked."""
        ended = self.ended(answer, at=at, failure=None, token_usage=token_usage)
        return replace(ended, state=AnswerState.PARTIAL)

    def abandoned(self) -> "Exchange":
        """Return the exchange as failed because its server stopped; its message is refunded."""
        return replace(
            self, state=AnswerState.FAILED, failure=ModelFailure.SERVER_ERROR, refunded=True
        )

    @property
    def was_left(self) -> bool:
        """Whether the caller left before the answer was whole."""
        return self.state is AnswerState.PARTIAL and self.failure is None

    @property
    def is_charged(self) -> bool:
        """Whether its message is charged: the answer has some text, or was left."""
        return self.state in {AnswerState.COMPLETE, AnswerState.PARTIAL}


class Exchanges(Protocol):
    """The exchanges of all users' conversations."""

    @abstractmethod
    async def begin(
        self, exchange: Exchange, limits: TierLimits, key: IdempotencyKey | None
    ) -> ReservedMessage:
        """Reserve the message and store the question: both or neither.

        A repeated key returns `repeated`, with the id of its first exchange.
        Raise AiLimitReachedError, IdempotencyKeyReusedError, or ConversationNotFoundError.
        """

    @abstractmethod
    async def settle(self, exchange: Exchange, at: datetime) -> Exchange:
        """Store the result, and charge or release the message: both or neither.

        Return the exchange, with whether the message was refunded.
        """

    @abstractmethod
    async def find(self, user: UserId, exchange: MessageId) -> Exchange | None:
        """Return a user's exchange; a pending one whose message was released is abandoned."""

    @abstractmethod
    async def page(
        self, user: UserId, conversation: ConversationId, *, limit: int, offset: int
    ) -> Sequence[Exchange]:
        """Return a page of a conversation's exchanges in any state, newest first."""

    @abstractmethod
    async def answered(
        self, user: UserId, conversation: ConversationId, *, most: int
    ) -> Sequence[Exchange]:
        """Return a conversation's last exchanges with some answer text, oldest first."""


def conversation_turns(history: Iterable[Exchange], question: str) -> Sequence[Turn]:
    """Return a model's view of a conversation: its last messages, ending with the question.

    At most 20 messages and about 6,000 tokens; the question is always included.
    """
    turns = chain.from_iterable(
        (Turn(Role.USER, each.question), Turn(Role.ASSISTANT, each.answer)) for each in history
    )
    seen = [Turn(Role.USER, question)]
    budget = HISTORY_TOKENS - tokens(question)
    for turn in reversed(list(turns)):
        budget -= tokens(turn.text)
        if budget < 0 or len(seen) == HISTORY_MESSAGES:
            break
        seen.append(turn)
    return seen[::-1]


def tokens(text: str) -> int:
    """Return an estimate of a text's tokens."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class ExchangePage:
    exchanges: Sequence[Exchange]
    """Oldest first."""
    has_more: bool
    """Whether there are older ones."""


@dataclass(frozen=True, slots=True)
class ReadExchanges:
    """Read the exchanges of the caller's conversation."""

    conversations: Conversations
    exchanges: Exchanges

    async def __call__(
        self, conversation: ConversationId, *, by: UserId, limit: int, offset: int
    ) -> ExchangePage:
        """Return a page counted from the newest exchange; raise ConversationNotFoundError."""
        found = await self.exchanges.page(by, conversation, limit=limit + 1, offset=offset)
        if not found and await self.conversations.find(by, conversation) is None:
            raise ConversationNotFoundError
        return ExchangePage(found[:limit][::-1], len(found) > limit)
