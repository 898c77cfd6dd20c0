"""Equity changes over HTTP."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Controller, Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.equity_changes.model import (
    DeleteWindowClosedError,
    EditWindowClosedError,
    EquityChangeFilter,
    EquityChangeId,
    EquityChangeLimitReachedError,
    EquityChangeNotFoundError,
)
from sigmasight.domain.portfolios.equity_changes.use_cases import (
    ReadEquityChanges,
    RecordEquityChange,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.equity_changes_schemas import (
    EquityChangeBody,
    EquityChangesView,
    EquityChangeView,
    EquitySummaryView,
    UpdateEquityChangeBody,
    summary_view,
    terms,
    to_csv,
    view,
)
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import delete, get, post, put

NOT_FOUND: Final = (PortfolioNotFoundError, EquityChangeNotFoundError)
MAX_OFFSET: Final = 10**6


class SheetFormat(StrEnum):
    CSV = "csv"


class EquityChangeController(Controller):
    path = "/portfolios/{portfolio_id:uuid}/equity-changes"
    tags = ["Equity changes"]

    @get("/", Access.VALIDATED, PortfolioNotFoundError)
    async def list_equity_changes(  # noqa: PLR0913, PLR0917  query parameters
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadEquityChanges],
        page: Annotated[int, QueryParameter(ge=1, le=MAX_OFFSET)] = 1,
        page_size: Annotated[int, QueryParameter(ge=1, le=100)] = 25,
        start_date: FromQuery[date | None] = None,
        end_date: FromQuery[date | None] = None,
        include_deleted: FromQuery[bool] = False,  # noqa: FBT002  a query parameter
    ) -> EquityChangesView:
        """List the equity changes of one of the caller's portfolios, latest first."""
        which = EquityChangeFilter(start=start_date, end=end_date, include_deleted=include_deleted)
        found = await read.page(
            PortfolioId(portfolio_id),
            which,
            by=user.id,
            limit=page_size,
            offset=(page - 1) * page_size,
        )
        pages = -(-found.total // page_size)
        items = [view(each) for each in found.items]
        return EquityChangesView(items, page, page_size, found.total, pages)

    @post("/", Access.VALIDATED, PortfolioNotFoundError, EquityChangeLimitReachedError)
    async def record_equity_change(
        self,
        portfolio_id: FromPath[UUID],
        data: JSONBody[EquityChangeBody],
        user: FromDishka[User],
        record: FromDishka[RecordEquityChange],
    ) -> EquityChangeView:
        """Record a contribution or withdrawal; the portfolio's equity balance does not change."""
        change = await record.create(
            PortfolioId(portfolio_id),
            data.change_type,
            data.amount,
            data.change_date,
            data.notes,
            by=user.id,
        )
        return view(change)

    @get("/summary", Access.VALIDATED, PortfolioNotFoundError)
    async def summarize_equity_changes(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadEquityChanges],
    ) -> EquitySummaryView:
        """Summarize contributions and withdrawals, in total and by period."""
        summary = await read.summary(PortfolioId(portfolio_id), by=user.id)
        return summary_view(portfolio_id, summary)

    @get("/export", Access.VALIDATED, PortfolioNotFoundError, media_type="text/csv")
    async def export_equity_changes(  # noqa: PLR0913, PLR0917  query parameters
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadEquityChanges],
        format: FromQuery[SheetFormat] = SheetFormat.CSV,  # noqa: A002  a query parameter
        start_date: FromQuery[date | None] = None,
        end_date: FromQuery[date | None] = None,
    ) -> Response[str]:
        """Export all equity changes, or those of a date range, as a CSV."""
        del format  # there is only one
        which = EquityChangeFilter(start=start_date, end=end_date)
        found = await read.all(PortfolioId(portfolio_id), which, by=user.id)
        return Response(
            to_csv(found),
            media_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="equity-changes.csv"'},
        )

    @get("/{change_id:uuid}", Access.VALIDATED, *NOT_FOUND)
    async def read_equity_change(
        self,
        portfolio_id: FromPath[UUID],
        change_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadEquityChanges],
    ) -> EquityChangeView:
        """Read one equity change."""
        return view(
            await read.one(PortfolioId(portfolio_id), EquityChangeId(change_id), by=user.id)
        )

    @put("/{change_id:uuid}", Access.VALIDATED, *NOT_FOUND, EditWindowClosedError)
    async def correct_equity_change(
        self,
        portfolio_id: FromPath[UUID],
        change_id: FromPath[UUID],
        data: JSONBody[UpdateEquityChangeBody],
        user: FromDishka[User],
        record: FromDishka[RecordEquityChange],
    ) -> EquityChangeView:
        """Change any part of an equity change, within 7 days."""
        change = await record.update(
            PortfolioId(portfolio_id), EquityChangeId(change_id), terms(data), by=user.id
        )
        return view(change)

    @delete("/{change_id:uuid}", Access.VALIDATED, *NOT_FOUND, DeleteWindowClosedError)
    async def delete_equity_change(
        self,
        portfolio_id: FromPath[UUID],
        change_id: FromPath[UUID],
        user: FromDishka[User],
        record: FromDishka[RecordEquityChange],
    ) -> None:
        """Delete an equity change, within 30 days."""
        await record.delete(PortfolioId(portfolio_id), EquityChangeId(change_id), by=user.id)
