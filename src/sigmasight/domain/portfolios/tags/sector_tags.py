"""Sector tags: one tag for each sector, on the positions whose profile has it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic, new_id
from sigmasight.domain.portfolios.portfolio import (
    Portfolio,
    PortfolioId,
    PortfolioNotFoundError,
    Portfolios,
)
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.profiles import CompanyProfile, CompanyProfiles
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import (
    MAX_TAGS,
    Tag,
    TagId,
    TagLimitReachedError,
    Tags,
)

PREFIX: Final = "Sector:"
"""How the description of a sector tag begins."""
COLOR: Final = "#34495E"
MAX_NAME_LENGTH: Final = 50


@dataclass(frozen=True, slots=True)
class RestoredSectorTags:
    """`portfolio` is None for all active portfolios."""

    portfolio: Portfolio | None
    positions_skipped: int
    tags_created: int
    applied: Mapping[str, int]
    """The number of positions by the name of their tag."""

    @property
    def positions_tagged(self) -> int:
        return sum(self.applied.values())


@dataclass(frozen=True, slots=True)
class RestoreSectorTags:
    """Replace the sector tags of open positions by those of their profiles' sectors.

    Other tags stay. A tag of the sector's name is used if there is one, and restored if archived.
    """

    portfolios: Portfolios
    positions: Positions
    profiles: CompanyProfiles
    tags: Tags
    position_tags: PositionTags
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self, portfolio: PortfolioId | None, *, by: UserId) -> RestoredSectorTags:
        """Without a portfolio, restore those of all active ones.

        Raise PortfolioNotFoundError or TagLimitReachedError.
        """
        await self.tags.lock_owner(by)
        portfolios = await self.portfolios.list(by, include_inactive=portfolio is not None)
        chosen = [each for each in portfolios if portfolio in {None, each.id}]
        if portfolio is not None and not chosen:
            raise PortfolioNotFoundError
        positions = await self.positions.all(by, *(each.id for each in chosen))
        held = [each for each in positions if each.is_open]
        profiles = await self.profiles.for_symbols({each.symbol for each in held})
        sectors = {
            each.id: sector for each in held if (sector := _sector(profiles.get(each.symbol)))
        }
        known = await self.tags.list(by)
        by_name, created = await self._tags(known, set(sectors.values()), by)
        await self.position_tags.reassign(
            by,
            [each.id for each in held],
            remove=[each.id for each in known if (each.description or "").startswith(PREFIX)],
            add={position: by_name[sector].id for position, sector in sectors.items()},
            at=self.clock.now(),
        )
        return RestoredSectorTags(
            portfolio=chosen[0] if portfolio is not None else None,
            positions_skipped=len(held) - len(sectors),
            tags_created=created,
            applied=Counter(by_name[sector].name for sector in sectors.values()),
        )

    async def _tags(
        self, known: Sequence[Tag], sectors: set[str], owner: UserId
    ) -> tuple[Mapping[str, Tag], int]:
        """Return the tag of each sector, and how many of them are new."""
        now = self.clock.now()
        found = {each.name.casefold(): each for each in known}
        last = max((each.display_order for each in known), default=-1)
        tags: dict[str, Tag] = {}
        new = [each for each in sorted(sectors) if each.casefold() not in found]
        if len(known) + len(new) > MAX_TAGS:
            raise TagLimitReachedError
        for sector in sectors - set(new):
            tags[sector] = found[sector.casefold()].restored(at=now)
        for place, sector in enumerate(new, start=1):
            tags[sector] = Tag(
                id=TagId(new_id()),
                user_id=owner,
                name=sector,
                color=COLOR,
                description=f"{PREFIX} {sector}",
                display_order=last + place,
                created_at=now,
                updated_at=now,
            )
        await self.tags.put(list(tags.values()))
        return tags, len(new)


def _sector(profile: CompanyProfile | None) -> str | None:
    """Return the name of the tag of a profile's sector."""
    return profile.sector[:MAX_NAME_LENGTH].strip() if profile and profile.sector else None
