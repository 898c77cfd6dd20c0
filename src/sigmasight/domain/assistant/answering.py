"""Answering: from a question and the message it takes to an answer that is settled."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import uuid4

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import LEASE, IdempotencyKey, MessageId, Taken
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
    turns,
)
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Book,
    Delta,
    LanguageModel,
    ModelFault,
    Question,
    TokensSpent,
)
from sigmasight.domain.assistant.memories import Memories, relevant
from sigmasight.domain.kernel import Clock, UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId

MOST_POSITIONS: Final = 50
"""How many of a portfolio's positions a model is shown."""
ANSWER_SECONDS: Final = LEASE.total_seconds() * 0.6
"""How long an answer may take; its message's lease outlasts it."""

Tell = Callable[[Delta], Awaitable[None]]


class Books(Protocol):
    """What everybody's portfolios hold."""

    @abstractmethod
    async def read(self, user: UserId, only: Collection[PortfolioId]) -> Sequence[Book]:
        """Return the user's portfolios of those ids, or for none all that are active.

        Each shows its largest positions, at most 50, and what was last calculated.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a person sends to a conversation."""

    conversation_id: ConversationId
    text: str
    surroundings: Mapping[str, Any]
    key: IdempotencyKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question whose message is taken; it has to be answered, or settled otherwise."""

    exchange: Exchange
    taken: Taken
    question: Question | None
    """None where the same was asked before: the first one is being answered, or was."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Take a message for a question, and gather what the model may know."""

    conversations: Conversations
    exchanges: Exchanges
    books: Books
    memories: Memories
    model: LanguageModel
    limits: TierLimits
    clock: Clock

    async def __call__(self, asking: Asking, *, by: UserId) -> Asked:
        """Raise ConversationNotFoundError, AiLimitReachedError or IdempotencyKeyReusedError."""
        conversation = await self.conversations.find(by, asking.conversation_id)
        if conversation is None:
            raise ConversationNotFoundError
        exchange = Exchange(
            id=MessageId(uuid4()),
            user_id=by,
            conversation_id=conversation.id,
            question_id=uuid4(),
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
            return Asked(exchange=first, taken=taken, question=None)
        try:
            question = await self._question(conversation, exchange, asking.surroundings)
        except BaseException:
            await _settle(self.exchanges, exchange, self.clock, fault=ModelFault.SERVER_ERROR)
            raise
        return Asked(exchange=exchange, taken=taken, question=question)

    async def _question(
        self, conversation: Conversation, exchange: Exchange, surroundings: Mapping[str, Any]
    ) -> Question:
        user, terms = conversation.user_id, conversation.terms
        history = await self.exchanges.answered(user, conversation.id, most=HISTORY_MESSAGES // 2)
        books = await self.books.read(user, terms.portfolio_ids)
        memories = await self.memories.of(user, [book.portfolio.id for book in books])
        place = {"page_hint": terms.page_hint, "route": terms.route, "ui_context": surroundings}
        return Question(
            mode=exchange.mode,
            turns=turns(history, exchange.question),
            books=books,
            memories=[memory.content for memory in relevant(memories, exchange.question)],
            surroundings={name: value for name, value in place.items() if value},
            asked_at=exchange.asked_at,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Have the model answer, and settle however that ends."""

    exchanges: Exchanges
    model: LanguageModel
    clock: Clock

    async def __call__(self, asked: Asked, question: Question, tell: Tell) -> Exchange:
        """Tell the answer piece by piece, and return it settled.

        Cancelling breaks the answer off: the model is left at once, and what was told is kept.
        """
        told: list[str] = []
        spent: TokensSpent | None = None
        fault: ModelFault | None = ModelFault.SERVER_ERROR
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                aclosing(self.model.answer(question)) as pieces,
            ):
                async for piece in pieces:
                    if isinstance(piece, Delta):
                        await tell(piece)
                        told.append(piece.text)
                    else:
                        spent = piece
            fault = None if told else ModelFault.SERVER_ERROR
        except AiUnavailableError as error:
            fault = error.fault
        except TimeoutError:
            fault = ModelFault.NETWORK_ERROR
        except asyncio.CancelledError:
            fault = ModelFault.SERVER_ERROR
        except BaseException:
            await _settle(self.exchanges, asked.exchange, self.clock, "".join(told), fault=fault)
            raise
        return await _settle(
            self.exchanges, asked.exchange, self.clock, "".join(told), fault=fault, spent=spent
        )


@dataclass(frozen=True, slots=True)
class FollowAnswer:
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
    fault: ModelFault | None,
    spent: TokensSpent | None = None,
) -> Exchange:
    now = clock.now()
    return await exchanges.settle(exchange.ended(answer, at=now, fault=fault, spent=spent), now)
