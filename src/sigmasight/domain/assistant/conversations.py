"""Conversations: their portfolios, their mode, and their exchanges."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol
from uuid import UUID

from sigmasight.domain.assistant.language_model import LanguageModel, Mode
from sigmasight.domain.kernel import Clock, NotFoundError, UserId, new_id
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    PortfolioNotFoundError,
    ReadPortfolios,
)

ConversationId = NewType("ConversationId", UUID)


class ConversationNotFoundError(NotFoundError):
    code = "conversation_not_found"

    def __init__(self) -> None:
        super().__init__("No such conversation.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTerms:
    """The terms of a conversation, which the client decides."""

    mode: Mode = Mode.GREEN
    portfolio_ids: tuple[PortfolioId, ...] = ()
    """The portfolios it is about; none means all active ones of its owner."""
    page_hint: str | None = None
    route: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    id: ConversationId
    user_id: UserId
    terms: ConversationTerms
    provider: str
    created_at: datetime


class Conversations(Protocol):
    """All users' conversations; each is found only through its owner."""

    @abstractmethod
    async def add(self, conversation: Conversation) -> None:
        """Store a new conversation."""

    @abstractmethod
    async def find(self, user: UserId, conversation: ConversationId) -> Conversation | None:
        """Return the user's conversation of that id."""

    async def get(self, user: UserId, conversation: ConversationId) -> Conversation:
        """Return the conversation, or raise ConversationNotFoundError."""
        if (found := await self.find(user, conversation)) is None:
            raise ConversationNotFoundError
        return found

    @abstractmethod
    async def list(self, user: UserId, *, limit: int, offset: int) -> Sequence[Conversation]:
        """Return a page of the user's conversations, newest first."""

    @abstractmethod
    async def change_mode(
        self, user: UserId, conversation: ConversationId, mode: Mode
    ) -> Mode | None:
        """Set the mode and return the previous one; None if there is no such conversation."""

    @abstractmethod
    async def remove(self, user: UserId, conversation: ConversationId) -> bool:
        """Delete a conversation with its exchanges; return whether it existed."""


@dataclass(frozen=True, slots=True)
class StartConversation:
    """Start a conversation about some of the caller's portfolios, or all of them."""

    conversations: Conversations
    portfolios: ReadPortfolios
    model: LanguageModel
    clock: Clock

    async def __call__(self, terms: ConversationTerms, *, by: UserId) -> Conversation:
        """Raise PortfolioNotFoundError for one that is not the caller's."""
        if terms.portfolio_ids:
            own = await self.portfolios.all(by=by, include_inactive=True)
            if not {portfolio.id for portfolio in own}.issuperset(terms.portfolio_ids):
                raise PortfolioNotFoundError
        conversation = Conversation(
            id=ConversationId(new_id()),
            user_id=by,
            terms=terms,
            provider=self.model.provider,
            created_at=self.clock.now(),
        )
        await self.conversations.add(conversation)
        return conversation


@dataclass(frozen=True, slots=True)
class ModeChange:
    previous: Mode
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ManageConversations:
    """Read the caller's conversations, change their mode, and delete them."""

    conversations: Conversations
    clock: Clock

    async def one(self, conversation: ConversationId, *, by: UserId) -> Conversation:
        """Raise ConversationNotFoundError."""
        return await self.conversations.get(by, conversation)

    async def all(self, *, by: UserId, limit: int, offset: int) -> Sequence[Conversation]:
        return await self.conversations.list(by, limit=limit, offset=offset)

    async def change_mode(
        self, conversation: ConversationId, mode: Mode, *, by: UserId
    ) -> ModeChange:
        """Raise ConversationNotFoundError; an answer in progress continues in its own mode."""
        previous = await self.conversations.change_mode(by, conversation, mode)
        if previous is None:
            raise ConversationNotFoundError
        return ModeChange(previous, self.clock.now())

    async def end(self, conversation: ConversationId, *, by: UserId) -> None:
        """Raise ConversationNotFoundError."""
        if not await self.conversations.remove(by, conversation):
            raise ConversationNotFoundError
