"""Positions over HTTP."""

from typing import Annotated, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions.classification import PositionType
from sigmasight.domain.portfolios.positions.model import (
    PositionClosedError,
    PositionId,
    PositionNotFoundError,
)
from sigmasight.domain.portfolios.positions.use_cases import (
    DeletePositions,
    OpenPositions,
    ReadPositions,
    UpdatePosition,
)
from sigmasight.domain.portfolios.tags.assignments import FindDuplicates
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.positions_schemas import (
    MAX_AT_ONCE,
    DeletedPositionsView,
    DeletedPositionView,
    DeletePositionsBody,
    DuplicatesView,
    OpenedPositionsView,
    OpenPositionBody,
    OpenPositionsBody,
    PositionsView,
    PositionView,
    UpdatePositionBody,
    changes,
    draft,
    drafts,
    existing_view,
    portfolio_of,
    view,
)
from sigmasight.entrypoints.http.route_handlers import delete, get, post, put
from sigmasight.entrypoints.http.validation_messages import PRINTABLE

MAX_OFFSET: Final = 10**9


class PositionController(Controller):
    path = "/positions"
    tags = ["Positions"]

    @post("/", Access.VALIDATED, PortfolioNotFoundError)
    async def open_position(
        self,
        data: JSONBody[OpenPositionBody],
        user: FromDishka[User],
        open_positions: FromDishka[OpenPositions],
        portfolio_id: FromQuery[UUID | None] = None,
    ) -> PositionView:
        """Open a position in one of the caller's portfolios."""
        into = PortfolioId(portfolio_of(data, portfolio_id))
        return view(await open_positions.open_one(draft(data), into=into, by=user.id))

    @post("/bulk", Access.VALIDATED, PortfolioNotFoundError)
    async def open_many_positions(
        self,
        data: JSONBody[OpenPositionsBody],
        user: FromDishka[User],
        open_positions: FromDishka[OpenPositions],
    ) -> OpenedPositionsView:
        """Open many positions in one of the caller's portfolios: all of them, or none."""
        opened = await open_positions.open_many(
            drafts(data), into=PortfolioId(data.portfolio_id), by=user.id
        )
        return OpenedPositionsView(
            success=True, count=len(opened), positions=[view(position) for position in opened]
        )

    @get("/", Access.VALIDATED, PortfolioNotFoundError)
    async def list_positions(  # noqa: PLR0913, PLR0917  query parameters
        self,
        portfolio_id: FromQuery[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadPositions],
        include_closed: FromQuery[bool] = False,  # noqa: FBT002  a query parameter
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_AT_ONCE)] = 100,
        offset: Annotated[int, QueryParameter(ge=0, le=MAX_OFFSET)] = 0,
    ) -> PositionsView:
        """List the positions of one of the caller's portfolios, oldest first."""
        page = await read.page(
            PortfolioId(portfolio_id),
            by=user.id,
            include_closed=include_closed,
            limit=limit,
            offset=offset,
        )
        return PositionsView([view(each) for each in page.items], page.total, limit, offset)

    @get("/check-duplicate", Access.VALIDATED, PortfolioNotFoundError)
    async def check_duplicate(
        self,
        portfolio_id: FromQuery[UUID],
        symbol: Annotated[str, QueryParameter(min_length=1, max_length=100, pattern=PRINTABLE)],
        user: FromDishka[User],
        find: FromDishka[FindDuplicates],
        position_type: FromQuery[PositionType | None] = None,
    ) -> DuplicatesView:
        """Find a portfolio's open positions in a symbol, of any type or of one."""
        found, tags = await find(PortfolioId(portfolio_id), symbol, by=user.id)
        same = [each for each in found if position_type in {None, each.position_type}]
        name = symbol.strip().upper()
        return DuplicatesView(
            has_duplicates=bool(same),
            total_count=len(same),
            message=f"There {'is' if len(same) == 1 else 'are'}"
            f" {count_noun(len(same), 'open position')} in {name}.",
            existing_positions=[existing_view(position) for position in same],
            tags_to_inherit=list[UUID](tags),
        )

    @get("/{position_id:uuid}", Access.VALIDATED, PositionNotFoundError)
    async def read_position(
        self, position_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadPositions]
    ) -> PositionView:
        """Read one of the caller's positions."""
        return view(await read.one(PositionId(position_id), by=user.id))

    @put("/{position_id:uuid}", Access.VALIDATED, PositionNotFoundError, PositionClosedError)
    async def update_position(
        self,
        position_id: FromPath[UUID],
        data: JSONBody[UpdatePositionBody],
        user: FromDishka[User],
        update: FromDishka[UpdatePosition],
    ) -> PositionView:
        """Change any part of one of the caller's positions, or close some or all of it."""
        return view(await update(PositionId(position_id), *changes(data), by=user.id))

    @delete("/{position_id:uuid}", Access.VALIDATED, PositionNotFoundError, status_code=HTTP_200_OK)
    async def delete_position(
        self,
        position_id: FromPath[UUID],
        user: FromDishka[User],
        delete: FromDishka[DeletePositions],
    ) -> DeletedPositionView:
        """Delete one of the caller's positions."""
        [deleted] = await delete([PositionId(position_id)], by=user.id)
        return DeletedPositionView(
            deleted=True,
            position_id=position_id,
            symbol=deleted.symbol,
            type="soft_delete",
            deleted_at=deleted.deleted_at,
            reason=None,
        )

    @delete("/bulk", Access.VALIDATED, PositionNotFoundError, status_code=HTTP_200_OK)
    async def delete_many_positions(
        self,
        data: JSONBody[DeletePositionsBody],
        user: FromDishka[User],
        delete: FromDishka[DeletePositions],
    ) -> DeletedPositionsView:
        """Delete many of the caller's positions: all of them, or none."""
        deleted = await delete([PositionId(each) for each in data.position_ids], by=user.id)
        return DeletedPositionsView(
            deleted=True, count=len(deleted), positions=[each.symbol for each in deleted]
        )
