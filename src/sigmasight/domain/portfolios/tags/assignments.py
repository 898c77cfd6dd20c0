"""Which positions bear which tags."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sigmasight.domain.kernel import (
    Clock,
    ConflictError,
    Page,
    Transaction,
    UserId,
    atomic,
)
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    Portfolios,
)
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
            f"A position bears at most {MAX_TAGS_PER_POSITION} tags, archived ones included."
        )


class PositionTags(Protocol):
    """Which of everybody's positions bear which of their tags; archived tags stay on them."""

    @abstractmethod
    async def for_position(self, user: UserId, position: PositionId) -> Sequence[Tag]:
        """Return the tags on a user's position in the order in which they are shown."""
        raise NotImplementedError

    @abstractmethod
    async def put(
        self, user: UserId, position: PositionId, tags: Collection[TagId], at: datetime
    ) -> None:
        """Have a position that was claimed bear exactly these of its owner's tags."""
        raise NotImplementedError

    @abstractmethod
    async def for_symbol(
        self, user: UserId, portfolio: PortfolioId, symbol: str
    ) -> Sequence[TagId]:
        """Return each tag in use on a portfolio's open positions in a symbol, as shown."""
        raise NotImplementedError

    @abstractmethod
    async def tagged_positions(
        self, user: UserId, tag: TagId, portfolio: PortfolioId | None, *, limit: int, offset: int
    ) -> Page[Position]:
        """Return that many of the open positions that bear a tag from there on, oldest first.

        Those of one portfolio, or for None of all.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class AssignTags:
    """Put tags on a position, and take them off."""

    positions: Positions
    tags: Tags
    position_tags: PositionTags
    clock: Clock
    transaction: Transaction

    @atomic
    async def assign(
        self, position: PositionId, tags: Sequence[TagId], *, by: UserId, replace_existing: bool
    ) -> Sequence[TagId]:
        """Return what was named, each once; the rest stays unless it is to be replaced.

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
        """Return those that were on it; raise PositionNotFoundError or TagNotFoundError."""
        before, named = await self._claim(position, tags, by)
        gone = [tag.id for tag in named if tag.id in before]
        await self.position_tags.put(by, position, before.difference(gone), self.clock.now())
        return gone

    async def _claim(
        self, position: PositionId, tags: Sequence[TagId], owner: UserId
    ) -> tuple[set[TagId], Sequence[Tag]]:
        """Return what is on a position that is not to change meanwhile, and the tags named."""
        if not await self.positions.claim(owner, [position]):
            raise PositionNotFoundError
        known = {tag.id: tag for tag in await self.tags.list(owner)}
        if not known.keys() >= set(tags):
            raise TagNotFoundError
        before = {tag.id for tag in await self.position_tags.for_position(owner, position)}
        return before, [known[tag] for tag in dict.fromkeys(tags)]


@dataclass(frozen=True, slots=True)
class ReadPositionTags:
    """Look at what bears which tag."""

    portfolios: Portfolios
    positions: Positions
    tags: Tags
    position_tags: PositionTags
    transaction: Transaction

    @atomic
    async def for_position(self, position: PositionId, *, by: UserId) -> Sequence[Tag]:
        """Return the tags in use on a position, or raise PositionNotFoundError."""
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
        """Return a tag and open positions that bear it; those of one portfolio, or of all.

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
    """See whether a portfolio has a symbol already, before more of it is put there."""

    portfolios: Portfolios
    positions: Positions
    position_tags: PositionTags
    transaction: Transaction

    @atomic
    async def __call__(
        self, portfolio: PortfolioId, symbol: str, *, by: UserId
    ) -> tuple[Sequence[Position], Sequence[TagId]]:
        """Return its open positions and the tags in use on them; raise PortfolioNotFoundError."""
        await self.portfolios.get(by, portfolio)
        symbol = symbol.strip().upper()
        return (
            await self.positions.for_symbol(by, portfolio, symbol),
            await self.position_tags.for_symbol(by, portfolio, symbol),
        )
