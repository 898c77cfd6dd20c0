"""Tags: unique by name per user, archived and never deleted."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NewType, Protocol
from uuid import UUID

from sigmasight.domain.kernel import ConflictError, NotFoundError, UserId

TagId = NewType("TagId", UUID)

COLOR: Final = "#4A90E2"
MAX_TAGS: Final = 200
"""The limit per user, archived ones included."""
LAST: Final = 1_000_000
"""The highest display order."""


class TagNotFoundError(NotFoundError):
    code = "tag_not_found"

    def __init__(self) -> None:
        super().__init__("No such tag.")


class TagNameTakenError(ConflictError):
    code = "tag_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"You already have a tag “{name}”, perhaps an archived one.")


class TagLimitReachedError(ConflictError):
    code = "tag_limit_reached"

    def __init__(self) -> None:
        super().__init__(
            f"A user has at most {MAX_TAGS} tags, archived ones included. Rename one instead."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    id: TagId
    user_id: UserId
    name: str
    color: str = COLOR
    description: str | None = None
    display_order: int = 0
    """Ties are ordered by age, oldest first."""
    archived_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    position_count: int = 0
    """The number of open positions with it: computed when read, not stored."""

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def archived(self, *, at: datetime) -> "Tag":
        """Return the archived tag; archiving it again changes nothing."""
        return self if self.is_archived else replace(self, archived_at=at, updated_at=at)

    def restored(self, *, at: datetime) -> "Tag":
        """Return the active tag; restoring it again changes nothing."""
        return replace(self, archived_at=None, updated_at=at) if self.is_archived else self


class Tags(Protocol):
    """All users' tags; each is found only through its owner."""

    @abstractmethod
    async def lock_owner(self, user: UserId) -> None:
        """Lock the user's row against other changes."""

    @abstractmethod
    async def find(self, user: UserId, tag: TagId) -> Tag | None:
        """Return the user's tag of that id."""

    async def get(self, user: UserId, tag: TagId) -> Tag:
        """Return the tag, or raise TagNotFoundError."""
        if (found := await self.find(user, tag)) is None:
            raise TagNotFoundError
        return found

    @abstractmethod
    async def list(self, user: UserId) -> Sequence[Tag]:
        """Return all of the user's tags, in display order."""

    @abstractmethod
    async def ids_by_name(self, user: UserId, names: Collection[str]) -> Collection[TagId]:
        """Return the user's tags with one of these names, case-insensitively."""

    @abstractmethod
    async def put(self, tags: Collection[Tag]) -> None:
        """Store new or changed tags, without their assignments."""
