"""Feedback: a user's rating of the assistant's messages."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.kernel import (
    Clock,
    FieldError,
    NotFoundError,
    UserId,
    ValidationFailedError,
    new_id,
)


class MessageNotFoundError(NotFoundError):
    code = "message_not_found"

    def __init__(self) -> None:
        super().__init__("No such message of the assistant.")


class FeedbackNotFoundError(NotFoundError):
    code = "feedback_not_found"

    def __init__(self) -> None:
        super().__init__("There is no feedback on this message.")


class Verdict(StrEnum):
    UP = "up"
    DOWN = "down"


class MessageKind(StrEnum):
    ANSWER = "answer"
    QUESTION = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    id: UUID
    user_id: UserId
    message_id: MessageId
    rating: Verdict
    edited_text: str | None
    comment: str | None
    created_at: datetime


class Feedbacks(Protocol):
    """All users' feedback; a message has at most one."""

    @abstractmethod
    async def kind_of(self, user: UserId, message: UUID) -> MessageKind | None:
        """Return what the user's message of that id is; None if there is none."""

    @abstractmethod
    async def put(self, feedback: Feedback) -> None:
        """Store the feedback on a message of the assistant; it replaces an earlier one."""

    @abstractmethod
    async def find(self, user: UserId, message: MessageId) -> Feedback | None:
        """Return the user's feedback on a message."""

    @abstractmethod
    async def remove(self, user: UserId, message: MessageId) -> bool:
        """Delete the user's feedback on a message; return whether there was one."""


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """Give, read and delete feedback on the assistant's messages to the caller."""

    feedbacks: Feedbacks
    clock: Clock

    async def give(
        self,
        message: UUID,
        rating: Verdict,
        *,
        edited_text: str | None,
        comment: str | None,
        by: UserId,
    ) -> Feedback:
        """Raise MessageNotFoundError, or ValidationFailedError for a message of the user's."""
        await self._require_answer(message, by)
        feedback = Feedback(
            id=new_id(),
            user_id=by,
            message_id=MessageId(message),
            rating=rating,
            edited_text=edited_text,
            comment=comment,
            created_at=self.clock.now(),
        )
        await self.feedbacks.put(feedback)
        return feedback

    async def read(self, message: UUID, *, by: UserId) -> Feedback:
        """Raise MessageNotFoundError, FeedbackNotFoundError or ValidationFailedError."""
        await self._require_answer(message, by)
        found = await self.feedbacks.find(by, MessageId(message))
        if found is None:
            raise FeedbackNotFoundError
        return found

    async def delete(self, message: UUID, *, by: UserId) -> None:
        """Raise MessageNotFoundError, FeedbackNotFoundError or ValidationFailedError."""
        await self._require_answer(message, by)
        if not await self.feedbacks.remove(by, MessageId(message)):
            raise FeedbackNotFoundError

    async def _require_answer(self, message: UUID, owner: UserId) -> None:
        kind = await self.feedbacks.kind_of(owner, message)
        if kind is None:
            raise MessageNotFoundError
        if kind is MessageKind.QUESTION:
            sentence = "This is a message of yours: only the assistant's can be rated."
            raise ValidationFailedError(FieldError("message_id", sentence, "not_rateable"))
