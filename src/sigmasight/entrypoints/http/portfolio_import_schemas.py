"""Schemas of imports of files."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from sigmasight.domain.kernel import FieldError, ValidationFailedError, count_noun, iso_date
from sigmasight.domain.portfolios.csv_import.brokers.layout import Field
from sigmasight.domain.portfolios.csv_import.differences import Change
from sigmasight.domain.portfolios.csv_import.parser import ImportOptions
from sigmasight.domain.portfolios.csv_import.update import UpdatedPortfolio
from sigmasight.domain.portfolios.csv_import.use_cases import ImportedPortfolio
from sigmasight.domain.portfolios.money import amount
from sigmasight.domain.portfolios.portfolio import AccountType, PortfolioTerms
from sigmasight.entrypoints.http.decimals import decimal_string
from sigmasight.entrypoints.http.portfolios import AccountName, Description, Name
from sigmasight.entrypoints.http.requests import DecimalAmount
from sigmasight.entrypoints.http.schemas import build_view

DATE_FORMATS: Final = {
    "YYYY-MM-DD": None,
    "MM/DD/YYYY": True,
    "DD/MM/YYYY": False,
    "DD.MM.YYYY": False,
    "MM-DD-YYYY": True,
    "DD-MM-YYYY": False,
}
DECIMAL_SEPARATORS: Final = {"": None, ".": ".", ",": ","}

Day = Annotated[
    str, msgspec.Meta(extra_json_schema={"anyOf": [{"format": "date"}, {"maxLength": 0}]})
]
DateFormat = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["", *DATE_FORMATS]})]
DecimalSeparator = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [*DECIMAL_SEPARATORS]})]


class FileForm(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and how to read it; forms send blank fields as well.

    `mapping` is JSON: each of our fields with a heading of the file or, for currency, account,
    kind, multiplier, side and entry_date, a constant. `accounts` is a JSON list of names.
    """

    csv_file: UploadFile
    as_of: Day | None = None
    mapping: str | None = None
    date_format: DateFormat | None = None
    decimal_separator: DecimalSeparator | None = None
    accounts: str | None = None


class ImportForm(FileForm, frozen=True, kw_only=True):
    portfolio_name: Name
    account_name: AccountName
    account_type: AccountType
    equity_balance: DecimalAmount
    description: Description | None = None
    strict: bool = False
    """Import nothing if any holding of the file cannot be imported."""
    merge_accounts: bool = True
    """Put several accounts into one portfolio, instead of one each."""


class UpdateForm(FileForm, frozen=True, kw_only=True):
    strict: bool = False
    dry_run: bool = False
    """Return what would change, and change nothing."""


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


class ImportedAccountView(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    account_name: str
    positions_imported: int


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
    layout: str | None
    portfolios: list[ImportedAccountView]
    failed: list[FailedView]
    left_out: list[LeftOutView]


class ChangeView(msgspec.Struct, frozen=True):
    """A holding's quantities before and after, signed."""

    symbol: str
    account: str | None
    currency: str
    before: Decimal
    after: Decimal


class UpdatedView(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    dry_run: bool
    message: str
    opened: list[ChangeView]
    adjusted: list[ChangeView]
    closed: list[ChangeView]
    unchanged: int
    positions_failed: int
    failed: list[FailedView]
    left_out: list[LeftOutView]


def terms_of(form: ImportForm) -> PortfolioTerms:
    return PortfolioTerms(
        name=form.portfolio_name.strip(),
        account_name=form.account_name.strip(),
        account_type=form.account_type,
        description=form.description,
        equity_balance=amount(form.equity_balance, "equity_balance"),
    )


def options_of(form: FileForm, *, strict: bool = False) -> ImportOptions:
    """Return how to read the file; raise ValidationFailedError."""
    return ImportOptions(
        as_of=_date(form.as_of),
        strict=strict,
        mapping=_json("mapping", form.mapping, dict[Field, str]),
        decimal=_choice("decimal_separator", form.decimal_separator, DECIMAL_SEPARATORS),
        month_first=_choice("date_format", form.date_format, DATE_FORMATS),
        accounts=frozenset(_json("accounts", form.accounts, list[str]) or ()),
    )


def _date(text: str | None) -> date | None:
    if not text or text.isspace():
        return None
    if day := iso_date(text):
        return day
    raise ValidationFailedError(FieldError("as_of", "Must be a date, YYYY-MM-DD.", "invalid"))


def _json(field: str, text: str | None, kind: Any) -> Any:
    if not text or text.isspace():
        return None
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ValidationFailedError(
            FieldError(field, f"Not as expected: {error}.", "invalid")
        ) from None


def _choice(field: str, text: str | None, choices: Any) -> Any:
    if text is None or text == "":
        return None
    if text in choices:
        return choices[text]
    one_of = ", ".join(repr(each) for each in choices if each)
    raise ValidationFailedError(FieldError(field, f"Must be one of {one_of}.", "invalid"))


def imported_view(imported: list[ImportedPortfolio]) -> ImportedView:
    first = imported[0]
    portfolio, file = first.portfolio, first.file
    count = sum(each.positions for each in imported)
    made = "The portfolio was" if len(imported) == 1 else f"{len(imported)} portfolios were"
    message = f"{made} created with {count_noun(count, 'position')}."
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
        positions_failed=failed,
        total_positions=count + failed,
        message=message,
        next_step=NextStepView(
            action="calculate",
            endpoint=f"/api/v1/portfolios/{portfolio.id}/calculate",
            description="Calculate the portfolio's figures.",
        ),
        layout=file.layout,
        portfolios=[
            ImportedAccountView(
                each.portfolio.id, each.portfolio.terms.account_name, each.positions
            )
            for each in imported
        ],
        left_out=[build_view(LeftOutView, each) for each in file.left_out],
        failed=[build_view(FailedView, each) for each in file.failed],
    )


def updated_view(updated: UpdatedPortfolio, *, dry_run: bool) -> UpdatedView:
    found, file = updated.differences, updated.file
    would = "would be " if dry_run else ""
    counts = ", ".join(
        f"{len(changes)} {would}{verb}"
        for changes, verb in (
            (found.opened, "opened"),
            (found.adjusted, "adjusted"),
            (found.closed, "closed"),
        )
        if changes
    )
    return UpdatedView(
        portfolio_id=updated.portfolio.id,
        dry_run=dry_run,
        message=f"Of the holdings, {counts}." if counts else "The file changes nothing.",
        opened=[_change_view(each) for each in found.opened],
        adjusted=[_change_view(each) for each in found.adjusted],
        closed=[_change_view(each) for each in found.closed],
        unchanged=found.unchanged,
        positions_failed=file.positions_failed,
        failed=[build_view(FailedView, each) for each in file.failed],
        left_out=[build_view(LeftOutView, each) for each in file.left_out],
    )


def _change_view(change: Change) -> ChangeView:
    return ChangeView(
        *change.key, decimal_string(change.before, 0), decimal_string(change.after, 0)
    )
