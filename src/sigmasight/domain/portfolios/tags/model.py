"""Tags: named once per user, archived and never deleted."""

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
"""How many a user may have, archived ones included."""
LAST: Final = 1_000_000
"""The last place there is in the order in which tags are shown."""


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
            f"There is room for {MAX_TAGS} tags, archived ones included. Use one of them anew."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    id: TagId
    user_id: UserId
    name: str
    color: str = COLOR
    description: str | None = None
    display_order: int = 0
    """Its place when tags are shown; of several at one place the oldest comes first."""
    archived_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    position_count: int = 0
    """How many open positions bear it: found with a tag, and not stored with it."""

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def archived(self, *, at: datetime) -> "Tag":
        """Return it put away; putting it away again changes nothing."""
        return self if self.is_archived else replace(self, archived_at=at, updated_at=at)

    def restored(self, *, at: datetime) -> "Tag":
        """Return it as one that is used; restoring that changes nothing."""
        return replace(self, archived_at=None, updated_at=at) if self.is_archived else self


class Tags(Protocol):
    """Everybody's tags, each reachable through its owner only."""

    @abstractmethod
    async def lock_owner(self, user: UserId) -> None:
        """Make others who create or rename tags for the user wait."""
        raise NotImplementedError

    @abstractmethod
    async def find(self, user: UserId, tag: TagId) -> Tag | None:
        """Return the user's tag of that id."""
        raise NotImplementedError

    async def get(self, user: UserId, tag: TagId) -> Tag:
        """Return the same, or raise TagNotFoundError."""
        if (found := await self.find(user, tag)) is None:
            raise TagNotFoundError
        return found

    @abstractmethod
    async def list(self, user: UserId) -> Sequence[Tag]:
        """Return all of the user's tags in the order in which they are shown."""
        raise NotImplementedError

    @abstractmethod
    async def ids_by_name(self, user: UserId, names: Collection[str]) -> Collection[TagId]:
        """Return the user's tags that have one of these names, in whatever case."""
        raise NotImplementedError

    @abstractmethod
    async def put(self, tags: Collection[Tag]) -> None:
        """Store tags, new or changed, but for who bears them."""
        raise NotImplementedError
