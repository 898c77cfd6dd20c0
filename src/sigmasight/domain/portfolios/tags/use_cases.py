"""Creating, changing and archiving tags."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypedDict, Unpack
from uuid import uuid5

from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic, new_id
from sigmasight.domain.portfolios.tags.model import (
    COLOR,
    LAST,
    MAX_TAGS,
    Tag,
    TagId,
    TagLimitReachedError,
    TagNameTakenError,
    Tags,
)

STARTER_SET: Final = (
    ("Growth", "#4A90E2", "Bought for what it may become."),
    ("Value", "#27AE60", "Bought for less than it seems to be worth."),
    ("Income", "#F5A623", "Held for what it pays."),
    ("Speculative", "#D0021B", "May be lost whole."),
    ("Hedge", "#7F8C8D", "Held against a fall of something else."),
    ("Core", "#34495E", "Held for as long as there is no reason to sell."),
    ("Watch", "#9B59B6", "To be looked at again soon."),
)


class TagChanges(TypedDict, total=False):
    """Any part of a tag's terms."""

    name: str
    color: str
    description: str | None
    display_order: int


@dataclass(frozen=True, slots=True)
class CreateTags:
    """Create a tag, or the starter tags."""

    tags: Tags
    clock: Clock
    transaction: Transaction

    @atomic
    async def create(
        self,
        name: str,
        *,
        by: UserId,
        color: str = COLOR,
        description: str | None = None,
        display_order: int | None = None,
    ) -> Tag:
        """Append it unless an order is given; raise TagNameTakenError or TagLimitReachedError."""
        await self.tags.lock_owner(by)
        known = await self.tags.list(by)
        if await self.tags.ids_by_name(by, [name]):
            raise TagNameTakenError(name)
        if len(known) >= MAX_TAGS:
            raise TagLimitReachedError
        now = self.clock.now()
        tag = Tag(
            id=TagId(new_id()),
            user_id=by,
            name=name,
            color=color,
            description=description,
            display_order=_end(known) if display_order is None else display_order,
            created_at=now,
            updated_at=now,
        )
        await self.tags.put([tag])
        return tag

    @atomic
    async def create_starter_set(self, *, by: UserId) -> tuple[Sequence[Tag], int]:
        """Return all tags, and how many were created; raise TagLimitReachedError.

        Each is created once, whatever happened to it since, and not if its name is taken.
        """
        await self.tags.lock_owner(by)
        known = await self.tags.list(by)
        ids = {each.id for each in known}
        missing = [
            starter
            for starter in STARTER_SET
            if _starter_id(by, starter[0]) not in ids
            and not await self.tags.ids_by_name(by, starter[:1])
        ]
        now, first = self.clock.now(), _end(known)
        made = [
            Tag(
                id=_starter_id(by, name),
                user_id=by,
                name=name,
                color=color,
                description=description,
                display_order=min(first + place, LAST),
                created_at=now,
                updated_at=now,
            )
            for place, (name, color, description) in enumerate(missing)
        ]
        if made and len(known) + len(made) > MAX_TAGS:
            raise TagLimitReachedError
        await self.tags.put(made)
        return await self.tags.list(by), len(made)


@dataclass(frozen=True, slots=True)
class ReadTags:
    """Read the caller's tags."""

    tags: Tags
    transaction: Transaction

    @atomic
    async def one(self, tag: TagId, *, by: UserId) -> Tag:
        """Raise TagNotFoundError."""
        return await self.tags.get(by, tag)

    @atomic
    async def all(self, *, by: UserId) -> Sequence[Tag]:
        """Return all tags, archived ones included, in display order."""
        return await self.tags.list(by)


@dataclass(frozen=True, slots=True)
class UpdateTag:
    """Change any part of a tag, archive or restore it."""

    tags: Tags
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, tag: TagId, *, by: UserId, **changes: Unpack[TagChanges]) -> Tag:
        """Raise TagNotFoundError or TagNameTakenError."""
        await self.tags.lock_owner(by)
        known = await self.tags.get(by, tag)
        changed = replace(known, **changes, updated_at=self.clock.now())
        if set(await self.tags.ids_by_name(by, [changed.name])) - {tag}:
            raise TagNameTakenError(changed.name)
        await self.tags.put([changed])
        return changed

    @atomic
    async def archive(self, tag: TagId, *, by: UserId) -> Tag:
        """Archive it: hidden on its positions until restored. Raise TagNotFoundError."""
        await self.tags.lock_owner(by)
        archived = (await self.tags.get(by, tag)).archived(at=self.clock.now())
        await self.tags.put([archived])
        return archived

    @atomic
    async def restore(self, tag: TagId, *, by: UserId) -> Tag:
        """Raise TagNotFoundError."""
        await self.tags.lock_owner(by)
        restored = (await self.tags.get(by, tag)).restored(at=self.clock.now())
        await self.tags.put([restored])
        return restored


def _end(known: Sequence[Tag]) -> int:
    """Return the order after all others."""
    return min(max((each.display_order for each in known), default=-1) + 1, LAST)


def _starter_id(user: UserId, name: str) -> TagId:
    """Return the id that identifies a user's starter tag, even if renamed."""
    return TagId(uuid5(user, name))
