"""Assignments of tags to positions."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sigmasight.domain.kernel import Clock, ConflictError, Page, Transaction, UserId, atomic
from sigmasight.domain.portfolios.portfolio import PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.model import (
    Position,
    PositionId,
    PositionNotFoundError,
    Positions,
)
from sigmasight.domain.portfolios.tags.model import Tag, TagId, TagNotFoundError, Tags

MAX_TAGS_PER_POSITION: Final = 50


class TagArchivedError(ConflictError):
    code = "tag_archived"

    def __init__(self, name: str) -> None:
        super().__init__(f"The tag “{name}” is archived. Restore it to use it.")


class PositionTagLimitReachedError(ConflictError):
    code = "position_tag_limit_reached"

    def __init__(self) -> None:
        super().__init__(
            f"A position has at most {MAX_TAGS_PER_POSITION} tags, archived ones included."
        )


class PositionTags(Protocol):
    """All users' tag assignments; archived tags stay assigned."""

    @abstractmethod
    async def for_position(self, user: UserId, position: PositionId) -> Sequence[Tag]:
        """Return the tags of a user's position, in display order."""

    @abstractmethod
    async def put(
        self, user: UserId, position: PositionId, tags: Collection[TagId], at: datetime
    ) -> None:
        """Replace the tags of a claimed position by these of its owner."""

    @abstractmethod
    async def reassign(
        self,
        user: UserId,
        positions: Collection[PositionId],
        *,
        remove: Collection[TagId],
        add: Mapping[PositionId, TagId],
        at: datetime,
    ) -> None:
        """Remove tags from these positions of the user, and then add one to some of them."""

    @abstractmethod
    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[TagId]:
        """Return the active tags of a portfolio's open positions in a symbol, in display order."""

    @abstractmethod
    async def tagged_positions(
        self, user: UserId, tag: TagId, portfolio: PortfolioId | None, *, limit: int, offset: int
    ) -> Page[Position]:
        """Return a page of the open positions with a tag, oldest first.

        Those of one portfolio; None is all.
        """


@dataclass(frozen=True, slots=True)
class AssignTags:
    """Assign tags to a position, and remove them."""

    positions: Positions
    tags: Tags
    position_tags: PositionTags
    clock: Clock
    transaction: Transaction

    @atomic
    async def assign(
        self, position: PositionId, tags: Sequence[TagId], *, by: UserId, replace_existing: bool
    ) -> Sequence[TagId]:
        """Return the named tags, each once; others stay unless `replace` is set.

        Raise PositionNotFoundError, TagNotFoundError, TagArchivedError or
        PositionTagLimitReachedError.
        """
        before, named = await self._claim(position, tags, by)
        for tag in named:
            if tag.is_archived and tag.id not in before:
                raise TagArchivedError(tag.name)
        wanted = {tag.id for tag in named} | (set() if replace_existing else before)
        if len(wanted) > MAX_TAGS_PER_POSITION:
            raise PositionTagLimitReachedError
        await self.position_tags.put(by, position, wanted, self.clock.now())
        return [tag.id for tag in named]

    @atomic
    async def remove(
        self, position: PositionId, tags: Sequence[TagId], *, by: UserId
    ) -> Sequence[TagId]:
        """Return those that were assigned; raise PositionNotFoundError or TagNotFoundError."""
        before, named = await self._claim(position, tags, by)
        gone = [tag.id for tag in named if tag.id in before]
        await self.position_tags.put(by, position, before.difference(gone), self.clock.now())
        return gone

    async def _claim(
        self, position: PositionId, tags: Sequence[TagId], owner: UserId
    ) -> tuple[set[TagId], Sequence[Tag]]:
        """Return the tags of a locked position, and the named tags."""
        if not await self.positions.claim(owner, [position]):
            raise PositionNotFoundError
        known = {tag.id: tag for tag in await self.tags.list(owner)}
        if not known.keys() >= set(tags):
            raise TagNotFoundError
        before = {tag.id for tag in await self.position_tags.for_position(owner, position)}
        return before, [known[tag] for tag in dict.fromkeys(tags)]


@dataclass(frozen=True, slots=True)
class ReadPositionTags:
    """Read tag assignments."""

    portfolios: Portfolios
    positions: Positions
    tags: Tags
    position_tags: PositionTags
    transaction: Transaction

    @atomic
    async def for_position(self, position: PositionId, *, by: UserId) -> Sequence[Tag]:
        """Return a position's active tags, or raise PositionNotFoundError."""
        await self.positions.get(by, position)
        return [
            each
            for each in await self.position_tags.for_position(by, position)
            if not each.is_archived
        ]

    @atomic
    async def tagged_positions(
        self, tag: TagId, portfolio: PortfolioId | None, *, by: UserId, limit: int, offset: int
    ) -> tuple[Tag, Page[Position]]:
        """Return a tag and the open positions with it, of one portfolio or of all.

        Raise TagNotFoundError or PortfolioNotFoundError.
        """
        known = await self.tags.get(by, tag)
        if portfolio is not None:
            await self.portfolios.get(by, portfolio)
        page = await self.position_tags.tagged_positions(
            by, tag, portfolio, limit=limit, offset=offset
        )
        return known, page


@dataclass(frozen=True, slots=True)
class FindDuplicates:
    """Find a portfolio's open positions in a symbol, before another is added."""

    portfolios: Portfolios
    positions: Positions
    position_tags: PositionTags
    transaction: Transaction

    @atomic
    async def __call__(
        self, portfolio: PortfolioId, symbol: str, *, by: UserId
    ) -> tuple[Sequence[Position], Sequence[TagId]]:
        """Return its open positions and their active tags; raise PortfolioNotFoundError."""
        await self.portfolios.get(by, portfolio)
        symbol = symbol.strip().upper()
        return (
            await self.positions.for_symbol(by, portfolio, symbol),
            await self.position_tags.for_symbol(by, portfolio, symbol),
        )
