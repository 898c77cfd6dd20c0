"""Exchanges: a question, and what became of its answer and of the message it cost."""

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
"""About what models make of English; a budget needs no more."""


class AnswerState(StrEnum):
    PENDING = "pending"
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Broken off after its first piece: what came is kept, and so is the message."""
    FAILED = "failed"
    """Nothing came, or its server did not live to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    id: MessageId
    """The answer's id, and that of the message it takes."""
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
        """Return it as it ended: as it should unless there is a failure, else with what came."""
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

    def abandoned(self) -> "Exchange":
        """Return it as the end of its server left it: its message is given back."""
        return replace(
            self, state=AnswerState.FAILED, failure=ModelFailure.SERVER_ERROR, refunded=True
        )

    @property
    def is_charged(self) -> bool:
        """Whether its message counts: something of an answer came."""
        return self.state in {AnswerState.COMPLETE, AnswerState.PARTIAL}


class Exchanges(Protocol):
    """What was asked and answered in everybody's conversations."""

    @abstractmethod
    async def begin(
        self, exchange: Exchange, limits: TierLimits, key: IdempotencyKey | None
    ) -> ReservedMessage:
        """Take its message and store the question: both, or neither.

        A repeated key returns `repeated`, with the id of its first exchange.
        Raise AiLimitReachedError, IdempotencyKeyReusedError, or ConversationNotFoundError.
        """

    @abstractmethod
    async def settle(self, exchange: Exchange, at: datetime) -> Exchange:
        """Store how it ended, and keep or give back its message: both, or neither.

        Return it with whether the message was given back.
        """

    @abstractmethod
    async def find(self, user: UserId, exchange: MessageId) -> Exchange | None:
        """Return a user's exchange; one whose message was given back unanswered is abandoned."""

    @abstractmethod
    async def page(
        self, user: UserId, conversation: ConversationId, *, limit: int, offset: int
    ) -> Sequence[Exchange]:
        """Return that many of a conversation, the newest first, whatever became of them."""

    @abstractmethod
    async def answered(
        self, user: UserId, conversation: ConversationId, *, most: int
    ) -> Sequence[Exchange]:
        """Return the last ones of a conversation with something of an answer, oldest first."""


def conversation_turns(history: Iterable[Exchange], question: str) -> Sequence[Turn]:
    """Return what a model sees of a conversation: its last messages, up to the question.

    There are at most 20, and of about 6,000 tokens; the question is always among them.
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
    """Return about how many tokens a text is to a model."""
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
        """Return the last exchanges but those left out; raise ConversationNotFoundError."""
        found = await self.exchanges.page(by, conversation, limit=limit + 1, offset=offset)
        if not found and await self.conversations.find(by, conversation) is None:
            raise ConversationNotFoundError
        return ExchangePage(found[:limit][::-1], len(found) > limit)
