"""Import of portfolios from CSV files, over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller, Response
from litestar.datastructures import UploadFile
from litestar.params import MultipartBody

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import FieldError, ValidationFailedError, count_noun, iso_date
from sigmasight.domain.portfolios.csv_import.csv_file import LARGEST, CsvFile
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.csv_import.template import TEMPLATE
from sigmasight.domain.portfolios.csv_import.use_cases import ImportedPortfolio, ImportPortfolio
from sigmasight.domain.portfolios.money import amount
from sigmasight.domain.portfolios.portfolio import (
    AccountNameTakenError,
    AccountType,
    PortfolioLimitReachedError,
    PortfolioTerms,
)
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.portfolios import AccountName, Description, Name
from sigmasight.entrypoints.http.requests import DecimalAmount
from sigmasight.entrypoints.http.route_handlers import get, post
from sigmasight.entrypoints.http.schemas import build_view

MAX_BODY: Final = 2 * LARGEST
"""Larger than a file may be, so that most errors about the size are about the file."""


class ImportForm(msgspec.Struct, frozen=True):
    portfolio_name: Name
    account_name: AccountName
    account_type: AccountType
    equity_balance: DecimalAmount
    csv_file: UploadFile
    description: Description | None = None
    as_of: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})] | None = None
    """Forms send blank fields as well."""
    strict: bool = False
    """Import nothing if any holding of the file cannot be imported."""


class LeftOutView(msgspec.Struct, frozen=True):
    row: int
    symbol: str | None
    reason: str


class FailedView(msgspec.Struct, frozen=True):
    """A holding that could not be imported."""

    row: int
    symbol: str | None
    code: str
    message: str


class NextStepView(msgspec.Struct, frozen=True):
    action: str
    endpoint: str
    description: str


class ImportedView(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    portfolio_name: str
    account_name: str
    account_type: AccountType
    equity_balance: Decimal | None
    positions_imported: int
    positions_failed: int
    total_positions: int
    message: str
    next_step: NextStepView
    failed: list[FailedView]
    left_out: list[LeftOutView]


class ImportController(Controller):
    path = "/onboarding"
    tags = ["Onboarding"]

    @get("/csv-template", Access.OPEN, media_type="text/csv")
    async def csv_template(self) -> Response[str]:
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
        """Create a portfolio from a CSV file: the template or a broker's; all of it, or nothing.

        Brokers' files are found by their headings. The entry date of their positions is `as_of`, or
        the date in the file. Their holdings that cannot be imported are listed as `failed`, unless
        `strict` is true; sums, headings and notes are `left_out`.
        """
        file = CsvFile(data.csv_file.filename, data.csv_file.file)
        try:
            imported = await import_portfolio(
                _terms(data), file, as_of=_date(data.as_of), by=user.id, strict=data.strict
            )
            return _view(imported)
        finally:
            await data.csv_file.close()


def _terms(form: ImportForm) -> PortfolioTerms:
    return PortfolioTerms(
        name=form.portfolio_name.strip(),
        account_name=form.account_name.strip(),
        account_type=form.account_type,
        description=form.description,
        equity_balance=amount(form.equity_balance, "equity_balance"),
    )


def _date(text: str | None) -> date | None:
    if not text or text.isspace():
        return None
    if day := iso_date(text):
        return day
    raise ValidationFailedError(FieldError("as_of", "Must be a date, YYYY-MM-DD.", "invalid"))


def _view(imported: ImportedPortfolio) -> ImportedView:
    portfolio, count, file = imported.portfolio, imported.positions, imported.file
    message = f"The portfolio was created with {count_noun(count, 'position')}."
    if failed := file.positions_failed:
        share = file.failed_share
        worth = "" if share is None else f", {share:.1%} of the file's stated value"
        message += f" {count_noun(failed, 'holding')} could not be imported{worth}."
    return build_view(
        ImportedView,
        portfolio.terms,
        portfolio_id=portfolio.id,
        portfolio_name=portfolio.terms.name,
        positions_imported=count,
        positions_failed=file.positions_failed,
        total_positions=count + file.positions_failed,
        message=message,
        next_step=NextStepView(
            action="calculate",
            endpoint=f"/api/v1/portfolios/{portfolio.id}/calculate",
            description="Calculate the portfolio's figures.",
        ),
        left_out=[build_view(LeftOutView, each) for each in file.left_out],
        failed=[build_view(FailedView, each) for each in file.failed],
    )
