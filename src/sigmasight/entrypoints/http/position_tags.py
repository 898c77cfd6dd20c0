"""The tags on positions over HTTP."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.positions.model import PositionId, PositionNotFoundError
from sigmasight.domain.portfolios.tags.assignments import (
    AssignTags,
    PositionTagLimitReachedError,
    ReadPositionTags,
    TagArchivedError,
)
from sigmasight.domain.portfolios.tags.model import MAX_TAGS, TagId, TagNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import delete, get, patch, post
from sigmasight.entrypoints.http.schemas import build_view

NOT_FOUND: Final = (PositionNotFoundError, TagNotFoundError)
ASSIGNMENT_ERRORS: Final = (*NOT_FOUND, TagArchivedError, PositionTagLimitReachedError)

TagIds = Annotated[list[UUID], Meta(max_length=MAX_TAGS)]


class PutTagsBody(msgspec.Struct, frozen=True):
    tag_ids: TagIds
    replace_existing: bool = False


class TagIdsBody(msgspec.Struct, frozen=True):
    tag_ids: TagIds


class AssignedTagsView(msgspec.Struct, frozen=True):
    message: str
    assigned_count: int
    tag_ids: list[UUID]


class RemovedTagsView(msgspec.Struct, frozen=True):
    """The tags that were removed."""

    message: str
    removed_count: int
    tag_ids: list[UUID]


class PositionTagView(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    color: str
    description: str | None


class PositionTagController(Controller):
    path = "/positions/{position_id:uuid}/tags"
    tags = ["Tags"]

    @post("/", Access.VALIDATED, *ASSIGNMENT_ERRORS, status_code=HTTP_200_OK)
    async def assign_to_position(
        self,
        position_id: FromPath[UUID],
        data: JSONBody[PutTagsBody],
        user: FromDishka[User],
        tags: FromDishka[AssignTags],
    ) -> AssignedTagsView:
        """Assign tags to one of the caller's positions; `replace_existing` removes all others."""
        return await _assign(
            tags, position_id, data.tag_ids, user, replace_existing=data.replace_existing
        )

    @patch("/", Access.VALIDATED, *ASSIGNMENT_ERRORS)
    async def replace_on_position(
        self,
        position_id: FromPath[UUID],
        data: JSONBody[TagIdsBody],
        user: FromDishka[User],
        tags: FromDishka[AssignTags],
    ) -> AssignedTagsView:
        """Replace the tags of one of the caller's positions."""
        return await _assign(tags, position_id, data.tag_ids, user, replace_existing=True)

    @get("/", Access.VALIDATED, PositionNotFoundError)
    async def list_of_position(
        self,
        position_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadPositionTags],
    ) -> list[PositionTagView]:
        """List the tags of one of the caller's positions, without archived ones."""
        found = await read.for_position(PositionId(position_id), by=user.id)
        return [build_view(PositionTagView, tag) for tag in found]

    @delete("/", Access.VALIDATED, *NOT_FOUND, status_code=HTTP_200_OK)
    async def remove_from_position(
        self,
        position_id: FromPath[UUID],
        tag_ids: Annotated[list[UUID], QueryParameter(min_items=1, max_items=MAX_TAGS)],
        user: FromDishka[User],
        tags: FromDishka[AssignTags],
    ) -> RemovedTagsView:
        """Remove tags from one of the caller's positions; repeat `tag_ids` for several."""
        return await _remove(tags, position_id, tag_ids, user)

    @post("/remove", Access.VALIDATED, *NOT_FOUND, status_code=HTTP_200_OK)
    async def remove_tags(
        self,
        position_id: FromPath[UUID],
        data: JSONBody[TagIdsBody],
        user: FromDishka[User],
        tags: FromDishka[AssignTags],
    ) -> RemovedTagsView:
        """Remove tags from one of the caller's positions, for clients without DELETE."""
        return await _remove(tags, position_id, data.tag_ids, user)


async def _assign(
    tags: AssignTags, position: UUID, tag_ids: list[UUID], user: User, *, replace_existing: bool
) -> AssignedTagsView:
    assigned = await tags.assign(
        PositionId(position),
        [TagId(each) for each in tag_ids],
        by=user.id,
        replace_existing=replace_existing,
    )
    return AssignedTagsView(f"Tags assigned: {len(assigned)}.", len(assigned), list(assigned))


async def _remove(
    tags: AssignTags, position: UUID, tag_ids: list[UUID], user: User
) -> RemovedTagsView:
    removed = await tags.remove(PositionId(position), [TagId(each) for each in tag_ids], by=user.id)
    return RemovedTagsView(f"Tags removed: {len(removed)}.", len(removed), list(removed))
