"""Answering: from a question and the message it takes to an answer that is settled."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import (
    RESERVATION_LIFETIME,
    IdempotencyKey,
    MessageId,
    ReservedMessage,
)
from sigmasight.domain.assistant.conversations import (
    Conversation,
    ConversationId,
    ConversationNotFoundError,
    Conversations,
)
from sigmasight.domain.assistant.exchanges import (
    HISTORY_MESSAGES,
    AnswerState,
    Exchange,
    Exchanges,
    conversation_turns,
)
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Delta,
    LanguageModel,
    ModelFailure,
    PortfolioContext,
    Question,
    TokenUsage,
)
from sigmasight.domain.assistant.memories import Memories, rank_memories
from sigmasight.domain.kernel import Clock, UserId, new_id
from sigmasight.domain.portfolios.portfolio import PortfolioId

MAX_POSITIONS: Final = 50
"""How many of a portfolio's positions a model is shown."""
REPLY_SECONDS: Final = RESERVATION_LIFETIME.total_seconds() * 0.6
"""How long an answer may take; its message's lease outlasts it."""

OnDelta = Callable[[Delta], Awaitable[None]]


class PortfolioContexts(Protocol):
    """What everybody's portfolios hold."""

    @abstractmethod
    async def read(self, user: UserId, only: Collection[PortfolioId]) -> Sequence[PortfolioContext]:
        """Return the user's portfolios of those ids, or for none all that are active.

        Each shows its largest positions, at most 50, and what was last calculated.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What a person sends to a conversation."""

    conversation_id: ConversationId
    text: str
    client_context: Mapping[str, Any]
    key: IdempotencyKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeStarted:
    """A question with its reserved message, which has to be settled."""

    exchange: Exchange
    reservation: ReservedMessage
    question: Question | None
    """None where the same was asked before: the first one is being answered, or was."""


@dataclass(frozen=True, slots=True)
class StartExchange:
    """Take a message for a question, and gather what the model may know."""

    conversations: Conversations
    exchanges: Exchanges
    books: PortfolioContexts
    memories: Memories
    model: LanguageModel
    limits: TierLimits
    clock: Clock

    async def __call__(self, asking: ChatRequest, *, by: UserId) -> ExchangeStarted:
        """Raise ConversationNotFoundError, AiLimitReachedError or IdempotencyKeyReusedError."""
        conversation = await self.conversations.get(by, asking.conversation_id)
        exchange = Exchange(
            id=MessageId(new_id()),
            user_id=by,
            conversation_id=conversation.id,
            question_id=new_id(),
            question=asking.text,
            asked_at=self.clock.now(),
            mode=conversation.terms.mode,
            model=self.model.name,
        )
        taken = await self.exchanges.begin(exchange, self.limits, asking.key)
        if taken.repeated:
            first = await self.exchanges.find(by, taken.id)
            if first is None:
                raise ConversationNotFoundError
            return ExchangeStarted(exchange=first, reservation=taken, question=None)
        try:
            question = await self._question(conversation, exchange, asking.client_context)
        except BaseException:
            await _settle(self.exchanges, exchange, self.clock, failure=ModelFailure.SERVER_ERROR)
            raise
        return ExchangeStarted(exchange=exchange, reservation=taken, question=question)

    async def _question(
        self, conversation: Conversation, exchange: Exchange, surroundings: Mapping[str, Any]
    ) -> Question:
        user, terms = conversation.user_id, conversation.terms
        history = await self.exchanges.answered(user, conversation.id, most=HISTORY_MESSAGES // 2)
        books = await self.books.read(user, terms.portfolio_ids)
        memories = await self.memories.relevant_to(user, [book.portfolio.id for book in books])
        place = {"page_hint": terms.page_hint, "route": terms.route, "ui_context": surroundings}
        return Question(
            mode=exchange.mode,
            turns=conversation_turns(history, exchange.question),
            portfolios=books,
            memories=[memory.content for memory in rank_memories(memories, exchange.question)],
            client_context={name: value for name, value in place.items() if value},
            asked_at=exchange.asked_at,
        )


@dataclass(frozen=True, slots=True)
class StreamReply:
    """Have the model answer, and settle however that ends."""

    exchanges: Exchanges
    model: LanguageModel
    clock: Clock

    async def __call__(self, asked: ExchangeStarted, question: Question, tell: OnDelta) -> Exchange:
        """Pass the reply on piece by piece, and return the settled exchange.

        Cancelling ends the reply at once; the text so far is stored.
        """
        received: list[str] = []
        token_usage: TokenUsage | None = None
        failure: ModelFailure | None = ModelFailure.SERVER_ERROR
        try:
            async with (
                asyncio.timeout(REPLY_SECONDS),
                aclosing(self.model.answer(question)) as pieces,
            ):
                async for piece in pieces:
                    if isinstance(piece, Delta):
                        await tell(piece)
                        received.append(piece.text)
                    else:
                        token_usage = piece
            failure = None if received else ModelFailure.SERVER_ERROR
        except AiUnavailableError as error:
            failure = error.failure
        except TimeoutError:
            failure = ModelFailure.NETWORK_ERROR
        except asyncio.CancelledError:
            failure = ModelFailure.SERVER_ERROR
        except BaseException:
            await _settle(
                self.exchanges, asked.exchange, self.clock, "".join(received), failure=failure
            )
            raise
        return await _settle(
            self.exchanges,
            asked.exchange,
            self.clock,
            "".join(received),
            failure=failure,
            token_usage=token_usage,
        )


@dataclass(frozen=True, slots=True)
class FollowReply:
    """Look how an answer is doing that was asked for before."""

    exchanges: Exchanges

    async def __call__(self, exchange: MessageId, *, by: UserId) -> Exchange | None:
        """Return it once it has ended, None until then; raise ConversationNotFoundError."""
        known = await self.exchanges.find(by, exchange)
        if known is None:
            raise ConversationNotFoundError
        return None if known.state is AnswerState.PENDING else known


async def _settle(  # noqa: PLR0913  how an answer can end has this many parts
    exchanges: Exchanges,
    exchange: Exchange,
    clock: Clock,
    answer: str = "",
    *,
    failure: ModelFailure | None,
    token_usage: TokenUsage | None = None,
) -> Exchange:
    now = clock.now()
    return await exchanges.settle(
        exchange.ended(answer, at=now, failure=failure, token_usage=token_usage), now
    )
