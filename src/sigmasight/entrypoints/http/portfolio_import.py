"""Import of portfolios from files, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from dishka import FromDishka
from litestar import Controller, Response
from litestar.params import FromPath, MultipartBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.csv_import.csv_file import LARGEST, CsvFile
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.csv_import.template import TEMPLATE
from sigmasight.domain.portfolios.csv_import.update import UpdateFromFile
from sigmasight.domain.portfolios.csv_import.use_cases import ImportPortfolio, PreviewImport
from sigmasight.domain.portfolios.portfolio import (
    AccountNameTakenError,
    PortfolioId,
    PortfolioLimitReachedError,
    PortfolioNotFoundError,
)
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.import_preview_schemas import PreviewView, preview_view
from sigmasight.entrypoints.http.portfolio_import_schemas import (
    FileForm,
    ImportedView,
    ImportForm,
    UpdatedView,
    UpdateForm,
    imported_view,
    options_of,
    terms_of,
    updated_view,
)
from sigmasight.entrypoints.http.route_handlers import get, post

MAX_BODY: Final = 2 * LARGEST
"""Larger than a file may be, so that most errors about the size are about the file."""


@asynccontextmanager
async def opened(form: FileForm) -> AsyncIterator[CsvFile]:
    """Yield the file of a form, and close it in the end."""
    try:
        yield CsvFile(form.csv_file.filename, form.csv_file.file)
    finally:
        await form.csv_file.close()


class ImportController(Controller):
    path = "/onboarding"
    tags = ["Onboarding"]

    @get("/csv-template", Access.OPEN, media_type="text/csv")
    async def download_csv_template(self) -> Response[str]:
        """Download the CSV template for positions."""
        return Response(
            TEMPLATE,
            media_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="sigmasight-positions.csv"'},
        )

    @post(
        "/create-portfolio",
        Access.VALIDATED,
        CsvInvalidError,
        PortfolioLimitReachedError,
        AccountNameTakenError,
        request_max_body_size=MAX_BODY,
    )
    async def import_portfolio(
        self,
        data: MultipartBody[ImportForm],
        user: FromDishka[User],
        import_portfolio: FromDishka[ImportPortfolio],
    ) -> ImportedView:
        """Create a portfolio from a file: the template, a broker's, or any table with a `mapping`.

        Brokers' files are found by their headings. The entry date of their positions is `as_of`, or
        the date in the file. Their holdings that cannot be imported are listed as `failed`, unless
        `strict` is true; sums, headings and notes are `left_out`.
        """
        async with opened(data) as file:
            imported = await import_portfolio(
                terms_of(data),
                file,
                by=user.id,
                options=options_of(data, strict=data.strict),
                merge_accounts=data.merge_accounts,
            )
        return imported_view(list(imported))

    @post(
        "/import-preview",
        Access.VALIDATED,
        status_code=HTTP_200_OK,
        request_max_body_size=MAX_BODY,
    )
    async def preview_import(
        self, data: MultipartBody[FileForm], preview: FromDishka[PreviewImport]
    ) -> PreviewView:
        """Read a file as an import would, and store nothing.

        Of a table of no known layout, `mapping` suggests which headings fill which fields; it can
        be sent as it is with the import.
        """
        async with opened(data) as file:
            return preview_view(await preview(file, options_of(data)))


class PortfolioUpdateController(Controller):
    path = "/portfolios/{portfolio_id:uuid}"
    tags = ["Portfolios"]

    @post(
        "/import",
        Access.VALIDATED,
        CsvInvalidError,
        PortfolioNotFoundError,
        status_code=HTTP_200_OK,
        request_max_body_size=MAX_BODY,
    )
    async def update_from_file(
        self,
        portfolio_id: FromPath[UUID],
        data: MultipartBody[UpdateForm],
        user: FromDishka[User],
        update: FromDishka[UpdateFromFile],
    ) -> UpdatedView:
        """Bring a portfolio up to date with a newer file of the same accounts.

        What is new is opened, what changed is adjusted, what is gone is closed. Realized gains of
        that are by difference, at the file's prices. Tags, targets and notes stay.
        """
        async with opened(data) as file:
            updated = await update(
                PortfolioId(portfolio_id),
                file,
                by=user.id,
                options=options_of(data, strict=data.strict),
                dry_run=data.dry_run,
            )
        return updated_view(updated, dry_run=data.dry_run)
