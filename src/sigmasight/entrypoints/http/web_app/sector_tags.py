"""Sector tags, restored from the profiles."""

from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.tags.model import TagLimitReachedError
from sigmasight.domain.portfolios.tags.sector_tags import RestoreSectorTags
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import post


class RestoreSectorTagsBody(msgspec.Struct, frozen=True):
    portfolio_id: UUID | None = None


class AppliedTagView(msgspec.Struct, frozen=True):
    tag_name: str
    position_count: int


class RestoredSectorTagsView(msgspec.Struct, frozen=True):
    success: bool
    portfolio_id: UUID | None
    portfolio_name: str | None
    positions_tagged: int
    positions_skipped: int
    tags_created: int
    tags_applied: list[AppliedTagView]


class SectorTagController(Controller):
    path = "/data/positions/restore-sector-tags"
    tags = ["Web app"]

    @post(
        "/",
        Access.VALIDATED,
        PortfolioNotFoundError,
        TagLimitReachedError,
        status_code=HTTP_200_OK,
    )
    async def restore_sector_tags(
        self,
        user: FromDishka[User],
        restore: FromDishka[RestoreSectorTags],
        data: JSONBody[RestoreSectorTagsBody | None] = None,
        portfolio_id: FromQuery[UUID | None] = None,
    ) -> RestoredSectorTagsView:
        """Tag the open positions of a portfolio, or of all active ones, by their sectors.

        The portfolio may be named in the query, or as `portfolio_id` in a JSON body.
        """
        named = portfolio_id or (data.portfolio_id if data else None)
        done = await restore(None if named is None else PortfolioId(named), by=user.id)
        return RestoredSectorTagsView(
            success=True,
            portfolio_id=done.portfolio.id if done.portfolio else None,
            portfolio_name=done.portfolio.terms.name if done.portfolio else None,
            positions_tagged=done.positions_tagged,
            positions_skipped=done.positions_skipped,
            tags_created=done.tags_created,
            tags_applied=[
                AppliedTagView(name, count) for name, count in sorted(done.applied.items())
            ],
        )
