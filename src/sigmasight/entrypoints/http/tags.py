"""Tags over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK
from msgspec import UNSET, Meta, UnsetType

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.tags.assignments import ReadPositionTags
from sigmasight.domain.portfolios.tags.model import (
    COLOR,
    LAST,
    Tag,
    TagId,
    TagLimitReachedError,
    TagNameTakenError,
    TagNotFoundError,
)
from sigmasight.domain.portfolios.tags.use_cases import CreateTags, ReadTags, TagChanges, UpdateTag
from sigmasight.entrypoints.http import validation_messages
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.positions import MAX_OFFSET
from sigmasight.entrypoints.http.positions_schemas import MAX_AT_ONCE, PositionView, view
from sigmasight.entrypoints.http.requests import Lines, Title
from sigmasight.entrypoints.http.route_handlers import get, patch, post
from sigmasight.entrypoints.http.schemas import build_view, provided_fields

Name = Annotated[Title, Meta(min_length=1, max_length=50)]
Color = Annotated[str, Meta(pattern=validation_messages.COLOR)]
Description = Annotated[Lines, Meta(max_length=500)]
DisplayOrder = Annotated[int, Meta(ge=0, le=LAST)]


class CreateTagBody(msgspec.Struct, frozen=True):
    name: Name
    color: Color = COLOR
    description: Description | None = None
    display_order: DisplayOrder | None = None


class UpdateTagBody(msgspec.Struct, frozen=True):
    name: Name | UnsetType = UNSET
    color: Color | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    display_order: DisplayOrder | UnsetType = UNSET


class TagView(msgspec.Struct, frozen=True):
    """`usage_count` and `position_count` are the same: the number of its open positions."""

    id: UUID
    user_id: UUID
    name: str
    color: str
    description: str | None
    display_order: int
    usage_count: int
    position_count: int
    is_archived: bool
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


class TagsView(msgspec.Struct, frozen=True):
    """`total` counts the listed tags; the other counts are of all tags."""

    tags: list[TagView]
    total: int
    active_count: int
    archived_count: int


class StarterTagsView(TagsView, frozen=True, kw_only=True):
    message: str
    created_count: int


class TaggedPositionsView(msgspec.Struct, frozen=True):
    tag_id: UUID
    tag_name: str
    positions: list[PositionView]
    total: int
    limit: int
    offset: int


class TagController(Controller):
    path = "/tags"
    tags = ["Tags"]

    @post("/", Access.VALIDATED, TagNameTakenError, TagLimitReachedError)
    async def create_tag(
        self, data: JSONBody[CreateTagBody], user: FromDishka[User], create: FromDishka[CreateTags]
    ) -> TagView:
        """Create a tag, shown last unless it has a `display_order`."""
        return _view(
            await create.create(
                data.name.strip(),
                by=user.id,
                color=data.color,
                description=data.description,
                display_order=data.display_order,
            )
        )

    @get("/", Access.VALIDATED)
    async def list_tags(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadTags],
        include_archived: FromQuery[bool] = False,  # noqa: FBT002  a query parameter
    ) -> TagsView:
        """List the caller's tags in display order."""
        found = await read.all(by=user.id)
        shown = [each for each in found if include_archived or not each.is_archived]
        archived = _archived(found)
        return TagsView([_view(tag) for tag in shown], len(shown), len(found) - archived, archived)

    @post("/defaults", Access.VALIDATED, TagLimitReachedError, status_code=HTTP_200_OK)
    async def create_default_tags(
        self, user: FromDishka[User], create: FromDishka[CreateTags]
    ) -> StarterTagsView:
        """Create a starter set of tags, once; return all tags that are not archived."""
        found, created = await create.create_starter_set(by=user.id)
        shown = [_view(tag) for tag in found if not tag.is_archived]
        return StarterTagsView(
            message=f"Tags created: {created}.",
            created_count=created,
            tags=shown,
            total=len(shown),
            active_count=len(shown),
            archived_count=_archived(found),
        )

    @get("/{tag_id:uuid}", Access.VALIDATED, TagNotFoundError)
    async def read_tag(
        self, tag_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadTags]
    ) -> TagView:
        """Read one of the caller's tags."""
        return _view(await read.one(TagId(tag_id), by=user.id))

    @patch("/{tag_id:uuid}", Access.VALIDATED, TagNotFoundError, TagNameTakenError)
    async def update_tag(
        self,
        tag_id: FromPath[UUID],
        data: JSONBody[UpdateTagBody],
        user: FromDishka[User],
        update: FromDishka[UpdateTag],
    ) -> TagView:
        """Change any part of one of the caller's tags."""
        return _view(await update(TagId(tag_id), by=user.id, **_changes(data)))

    @post("/{tag_id:uuid}/archive", Access.VALIDATED, TagNotFoundError, status_code=HTTP_200_OK)
    async def archive_tag(
        self, tag_id: FromPath[UUID], user: FromDishka[User], update: FromDishka[UpdateTag]
    ) -> TagView:
        """Archive one of the caller's tags; positions keep it but no longer show it."""
        return _view(await update.archive(TagId(tag_id), by=user.id))

    @post("/{tag_id:uuid}/restore", Access.VALIDATED, TagNotFoundError, status_code=HTTP_200_OK)
    async def restore_tag(
        self, tag_id: FromPath[UUID], user: FromDishka[User], update: FromDishka[UpdateTag]
    ) -> TagView:
        """Restore one of the caller's archived tags."""
        return _view(await update.restore(TagId(tag_id), by=user.id))

    @get("/{tag_id:uuid}/positions", Access.VALIDATED, TagNotFoundError, PortfolioNotFoundError)
    async def list_tagged_positions(  # noqa: PLR0913, PLR0917  query parameters
        self,
        tag_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadPositionTags],
        portfolio_id: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_AT_ONCE)] = 100,
        offset: Annotated[int, QueryParameter(ge=0, le=MAX_OFFSET)] = 0,
    ) -> TaggedPositionsView:
        """List the open positions with a tag, of one portfolio or of all, oldest first."""
        portfolio = None if portfolio_id is None else PortfolioId(portfolio_id)
        tag, page = await read.tagged_positions(
            TagId(tag_id), portfolio, by=user.id, limit=limit, offset=offset
        )
        positions = [view(each) for each in page.items]
        return TaggedPositionsView(tag.id, tag.name, positions, page.total, limit, offset)


def _changes(body: UpdateTagBody) -> TagChanges:
    fields = provided_fields(body)
    if "name" in fields:
        fields["name"] = fields["name"].strip()
    return cast("TagChanges", fields)


def _archived(tags: Sequence[Tag]) -> int:
    return sum(tag.is_archived for tag in tags)


def _view(tag: Tag) -> TagView:
    return build_view(TagView, tag, usage_count=tag.position_count)
