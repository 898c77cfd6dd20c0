"""Target prices over HTTP."""

from typing import Any, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Controller, Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions.model import PositionNotFoundError
from sigmasight.domain.portfolios.target_prices.csv_format import write_csv
from sigmasight.domain.portfolios.target_prices.csv_import import ImportTargetPrices
from sigmasight.domain.portfolios.target_prices.model import (
    TargetPriceId,
    TargetPriceLimitReachedError,
    TargetPriceNotFoundError,
    TargetPriceTakenError,
)
from sigmasight.domain.portfolios.target_prices.use_cases import (
    ReadTargetPrices,
    SetTargetPrices,
    UpdateTargetPrices,
)
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import delete, get, post, put
from sigmasight.entrypoints.http.target_prices_schemas import (
    DeletedTargetView,
    ExportTargetsBody,
    Format,
    ImportedTargetsView,
    ImportTargetsBody,
    SetTargetBody,
    SetTargetsBody,
    TargetPricesView,
    TargetPriceView,
    TargetSummaryView,
    UpdatedTargetsView,
    UpdateTargetBody,
    UpdateTargetsBody,
    changes,
    draft,
    drafts,
    many_changes,
    summary_view,
    updated_view,
    view,
)

OF_PORTFOLIO: Final = "/{portfolio_id:uuid}"
OF_TARGET: Final = "/target/{target_id:uuid}"
CREATION_ERRORS: Final = (
    PortfolioNotFoundError,
    PositionNotFoundError,
    TargetPriceTakenError,
    TargetPriceLimitReachedError,
)


class TargetPriceController(Controller):
    path = "/target-prices"
    tags = ["Target prices"]

    @post(OF_PORTFOLIO, Access.VALIDATED, *CREATION_ERRORS)
    async def set_target(
        self,
        portfolio_id: FromPath[UUID],
        data: JSONBody[SetTargetBody],
        user: FromDishka[User],
        set_targets: FromDishka[SetTargetPrices],
    ) -> TargetPriceView:
        """Set a target price of a symbol, one for each type of position, or of one position."""
        return view(await set_targets.one(draft(data), into=PortfolioId(portfolio_id), by=user.id))

    @get(OF_PORTFOLIO, Access.VALIDATED, PortfolioNotFoundError)
    async def list_targets(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadTargetPrices],
    ) -> list[TargetPriceView]:
        """List the target prices of one of the caller's portfolios, by symbol."""
        return [view(each) for each in await read.all(PortfolioId(portfolio_id), by=user.id)]

    @get(f"{OF_PORTFOLIO}/summary", Access.VALIDATED, PortfolioNotFoundError)
    async def summarize_targets(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadTargetPrices],
    ) -> TargetSummaryView:
        """Summarize the expected returns of one of the caller's portfolios."""
        return summary_view(*await read.summary(PortfolioId(portfolio_id), by=user.id))

    @post(f"{OF_PORTFOLIO}/bulk", Access.VALIDATED, *CREATION_ERRORS)
    async def set_many_targets(
        self,
        portfolio_id: FromPath[UUID],
        data: JSONBody[SetTargetsBody],
        user: FromDishka[User],
        set_targets: FromDishka[SetTargetPrices],
    ) -> TargetPricesView:
        """Set many target prices: all of them, or none."""
        created = await set_targets.many(drafts(data), into=PortfolioId(portfolio_id), by=user.id)
        return TargetPricesView(
            success=True, count=len(created), target_prices=[view(each) for each in created]
        )

    @put(f"{OF_PORTFOLIO}/bulk-update", Access.VALIDATED, PortfolioNotFoundError)
    async def update_many_targets(
        self,
        portfolio_id: FromPath[UUID],
        data: JSONBody[UpdateTargetsBody],
        user: FromDishka[User],
        update: FromDishka[UpdateTargetPrices],
    ) -> UpdatedTargetsView:
        """Change many target prices, by id or by symbol and type: all that exist."""
        return updated_view(
            *await update.many(PortfolioId(portfolio_id), many_changes(data), by=user.id)
        )

    @post(
        f"{OF_PORTFOLIO}/import-csv",
        Access.VALIDATED,
        PortfolioNotFoundError,
        CsvInvalidError,
        TargetPriceLimitReachedError,
        status_code=HTTP_200_OK,
    )
    async def import_targets(
        self,
        portfolio_id: FromPath[UUID],
        data: JSONBody[ImportTargetsBody],
        user: FromDishka[User],
        import_targets: FromDishka[ImportTargetPrices],
    ) -> ImportedTargetsView:
        """Import target prices from a CSV: all of them, or none."""
        imported = await import_targets(
            data.csv_content,
            into=PortfolioId(portfolio_id),
            by=user.id,
            update_existing=data.update_existing,
        )
        total = imported.created + imported.updated
        return ImportedTargetsView(imported.created, imported.updated, total)

    @post(
        f"{OF_PORTFOLIO}/export",
        Access.VALIDATED,
        PortfolioNotFoundError,
        status_code=HTTP_200_OK,
        response=ResponseSpec(list[TargetPriceView], description="The target prices."),
        text="text/csv",
    )
    async def export_targets(
        self,
        portfolio_id: FromPath[UUID],
        data: JSONBody[ExportTargetsBody],
        user: FromDishka[User],
        read: FromDishka[ReadTargetPrices],
    ) -> Response[Any]:
        """Export target prices as a CSV that can be imported again, or as JSON."""
        found = await read.all(PortfolioId(portfolio_id), by=user.id)
        if data.format is Format.JSON:
            return Response([view(each) for each in found])
        return Response(
            write_csv(found),
            media_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="target-prices.csv"'},
        )

    @get(OF_TARGET, Access.VALIDATED, TargetPriceNotFoundError)
    async def read_target(
        self, target_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadTargetPrices]
    ) -> TargetPriceView:
        """Read one of the caller's target prices."""
        return view(await read.one(TargetPriceId(target_id), by=user.id))

    @put(OF_TARGET, Access.VALIDATED, TargetPriceNotFoundError)
    async def update_target(
        self,
        target_id: FromPath[UUID],
        data: JSONBody[UpdateTargetBody],
        user: FromDishka[User],
        update: FromDishka[UpdateTargetPrices],
    ) -> TargetPriceView:
        """Change any price of one of the caller's target prices."""
        return view(await update.one(TargetPriceId(target_id), changes(data), by=user.id))

    @delete(OF_TARGET, Access.VALIDATED, TargetPriceNotFoundError, status_code=HTTP_200_OK)
    async def delete_target(
        self,
        target_id: FromPath[UUID],
        user: FromDishka[User],
        update: FromDishka[UpdateTargetPrices],
    ) -> DeletedTargetView:
        """Delete one of the caller's target prices."""
        deleted = await update.delete(TargetPriceId(target_id), by=user.id)
        return DeletedTargetView(deleted=True, id=deleted.id, symbol=deleted.symbol)
