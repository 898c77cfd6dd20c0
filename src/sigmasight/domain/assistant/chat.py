"""Answering a question: the message reserved for it, the model's reply, and its settlement."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import aclosing, suppress
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
    Piece,
    PortfolioContext,
    Question,
    TokenUsage,
)
from sigmasight.domain.assistant.memories import Memories, rank_memories
from sigmasight.domain.assistant.tools import Toolboxes
from sigmasight.domain.kernel import Clock, UserId, new_id
from sigmasight.domain.portfolios.portfolio import PortfolioId

MAX_POSITIONS: Final = 50
"""The number of a portfolio's positions that a model receives."""
REPLY_SECONDS: Final = RESERVATION_LIFETIME.total_seconds() * 0.6
"""The maximum duration of an answer, shorter than the lease of its message."""

OnPiece = Callable[[Piece], Awaitable[None]]


class PortfolioContexts(Protocol):
    """The contents of all users' portfolios, as a model's input."""

    @abstractmethod
    async def read(self, user: UserId, only: Collection[PortfolioId]) -> Sequence[PortfolioContext]:
        """Return the user's portfolios of those ids, by default all active ones.

        Each has its largest positions, at most 50, and its latest snapshot.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A user's question, as sent to a conversation."""

    conversation_id: ConversationId
    text: str
    client_context: Mapping[str, Any]
    key: IdempotencyKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeStarted:
    """A question with its reserved message, which must be settled."""

    exchange: Exchange
    reservation: ReservedMessage
    question: Question | None
    """None for a repeated request, whose first one is being answered or has been."""


@dataclass(frozen=True, slots=True)
class StartExchange:
    """Reserve a message for a question, and collect the model's input."""

    conversations: Conversations
    exchanges: Exchanges
    contexts: PortfolioContexts
    memories: Memories
    model: LanguageModel
    tools: Toolboxes
    limits: TierLimits
    clock: Clock

    async def __call__(self, request: ChatRequest, *, by: UserId) -> ExchangeStarted:
        """Raise ConversationNotFoundError, AiLimitReachedError or IdempotencyKeyReusedError."""
        conversation = await self.conversations.get(by, request.conversation_id)
        exchange = Exchange(
            id=MessageId(new_id()),
            user_id=by,
            conversation_id=conversation.id,
            question_id=new_id(),
            question=request.text,
            asked_at=self.clock.now(),
            mode=conversation.terms.mode,
            model=self.model.name,
        )
        reserved = await self.exchanges.begin(exchange, self.limits, request.key)
        if reserved.repeated:
            first = await self.exchanges.find(by, reserved.id)
            if first is None:
                raise ConversationNotFoundError
            return ExchangeStarted(exchange=first, reservation=reserved, question=None)
        try:
            question = await self._question(conversation, exchange, request.client_context)
        except BaseException:
            await _settle(self.exchanges, exchange, self.clock, failure=ModelFailure.SERVER_ERROR)
            raise
        return ExchangeStarted(exchange=exchange, reservation=reserved, question=question)

    async def _question(
        self, conversation: Conversation, exchange: Exchange, ui_context: Mapping[str, Any]
    ) -> Question:
        user, terms = conversation.user_id, conversation.terms
        history = await self.exchanges.answered(user, conversation.id, most=HISTORY_MESSAGES // 2)
        contexts = await self.contexts.read(user, terms.portfolio_ids)
        about = [context.portfolio.id for context in contexts]
        memories = await self.memories.relevant_to(user, about)
        client_context = {
            "page_hint": terms.page_hint,
            "route": terms.route,
            "ui_context": ui_context,
        }
        return Question(
            mode=exchange.mode,
            turns=conversation_turns(history, exchange.question),
            portfolios=contexts,
            memories=[memory.content for memory in rank_memories(memories, exchange.question)],
            client_context={name: value for name, value in client_context.items() if value},
            asked_at=exchange.asked_at,
            tools=self.tools.for_user(user) if contexts else None,
        )


@dataclass(frozen=True, slots=True)
class StreamReply:
    """Let the model answer, and settle the exchange whatever happens."""

    exchanges: Exchanges
    model: LanguageModel
    clock: Clock

    async def __call__(
        self,
        started: ExchangeStarted,
        question: Question,
        on_piece: OnPiece,
        *,
        has_left: Callable[[], bool] = lambda: False,
    ) -> Exchange:
        """Pass on the reply in pieces, and return the settled exchange.

        Cancelling ends the reply at once; the text so far is stored. `has_left` is whether the
        caller's departure is the reason: then the message is charged, once the model was asked.
        """
        is_asked = False
        received: list[str] = []
        token_usage: TokenUsage | None = None
        failure: ModelFailure | None = ModelFailure.SERVER_ERROR
        try:
            await asyncio.sleep(0)  # who has left by now has asked nothing
            is_asked = True
            async with (
                asyncio.timeout(REPLY_SECONDS),
                aclosing(self.model.answer(question)) as pieces,
            ):
                async for piece in pieces:
                    if isinstance(piece, TokenUsage):
                        token_usage = piece
                        continue
                    await on_piece(piece)
                    if isinstance(piece, Delta):
                        received.append(piece.text)
            failure = None if received else ModelFailure.SERVER_ERROR
        except AiUnavailableError as error:
            failure = error.failure
        except TimeoutError:
            failure = ModelFailure.NETWORK_ERROR
        except asyncio.CancelledError:
            if is_asked and has_left():
                now = self.clock.now()
                left = started.exchange.left("".join(received), at=now, token_usage=token_usage)
                return await _undisturbed(self.exchanges.settle(left, now))
            failure = ModelFailure.SERVER_ERROR
        except BaseException:
            await _settle(
                self.exchanges, started.exchange, self.clock, "".join(received), failure=failure
            )
            raise
        return await _settle(
            self.exchanges,
            started.exchange,
            self.clock,
            "".join(received),
            failure=failure,
            token_usage=token_usage,
        )


@dataclass(frozen=True, slots=True)
class FollowReply:
    """Read the answer to an earlier request."""

    exchanges: Exchanges

    async def __call__(self, exchange: MessageId, *, by: UserId) -> Exchange | None:
        """Return the exchange once it has ended, else None; raise ConversationNotFoundError."""
        known = await self.exchanges.find(by, exchange)
        if known is None:
            raise ConversationNotFoundError
        return None if known.state is AnswerState.PENDING else known


async def _settle(  # noqa: PLR0913  the result of an answer has this many parts
    exchanges: Exchanges,
    exchange: Exchange,
    clock: Clock,
    answer: str = "",
    *,
    failure: ModelFailure | None,
    token_usage: TokenUsage | None = None,
) -> Exchange:
    now = clock.now()
    ended = exchange.ended(answer, at=now, failure=failure, token_usage=token_usage)
    return await _undisturbed(exchanges.settle(ended, now))


async def _undisturbed(settling: Coroutine[Any, Any, Exchange]) -> Exchange:
    """Wait for a settlement to its end: leaving during it must not undo it."""
    task = asyncio.create_task(settling)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()
