"""Schemas of target prices."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.portfolio import Portfolio
from sigmasight.domain.portfolios.positions import PositionType
from sigmasight.domain.portfolios.target_prices.analytics import TargetAnalytics, TargetPriceSummary
from sigmasight.domain.portfolios.target_prices.model import TargetChanges, TargetPriceId
from sigmasight.domain.portfolios.target_prices.use_cases import Which
from sigmasight.domain.portfolios.target_prices.validation import TargetDraft
from sigmasight.entrypoints.http.decimals import number, percent
from sigmasight.entrypoints.http.openapi_document import array_of
from sigmasight.entrypoints.http.requests import DecimalAmount, read_fields
from sigmasight.entrypoints.http.schemas import build_view, provided_fields

MAX_AT_ONCE: Final = 1000
MAX_CHARACTERS: Final = 500_000

Symbol = Annotated[str, Meta(min_length=1, max_length=100)]


class SetTargetBody(msgspec.Struct, frozen=True):
    """At least one target is required, and a current price unless an open position has one."""

    symbol: Symbol | None = None
    position_type: PositionType | None = None
    position_id: UUID | None = None
    target_price_eoy: DecimalAmount | None = None
    target_price_next_year: DecimalAmount | None = None
    downside_target_price: DecimalAmount | None = None
    current_price: DecimalAmount | None = None


class SetTargetsBody(msgspec.Struct, frozen=True):
    target_prices: Annotated[
        list[Any],
        Meta(min_length=1, max_length=MAX_AT_ONCE, extra_json_schema=array_of(SetTargetBody)),
    ]
    """Read one by one, so that all errors of all items are reported."""


class UpdateTargetBody(msgspec.Struct, frozen=True):
    target_price_eoy: DecimalAmount | UnsetType | None = UNSET
    target_price_next_year: DecimalAmount | UnsetType | None = UNSET
    downside_target_price: DecimalAmount | UnsetType | None = UNSET
    current_price: DecimalAmount | UnsetType = UNSET


class UpdateOneTargetBody(UpdateTargetBody, frozen=True):
    """Identifies the target price by its id, or by symbol and type."""

    id: UUID | None = None
    symbol: Symbol | None = None
    position_type: PositionType | None = None


class UpdateTargetsBody(msgspec.Struct, frozen=True):
    updates: Annotated[
        list[Any],
        Meta(min_length=1, max_length=MAX_AT_ONCE, extra_json_schema=array_of(UpdateOneTargetBody)),
    ]
    """Read one by one, so that all errors of all items are reported."""


class ImportTargetsBody(msgspec.Struct, frozen=True):
    csv_content: Annotated[str, Meta(max_length=MAX_CHARACTERS)]
    update_existing: bool = False


class Format(StrEnum):
    CSV = "csv"
    JSON = "json"


class ExportTargetsBody(msgspec.Struct, frozen=True):
    format: Format = Format.CSV


class TargetPriceView(msgspec.Struct, frozen=True):
    """Returns, weight and contribution are percent, and returns those of the holder.

    Weight and contribution are null without a position.
    """

    id: UUID
    portfolio_id: UUID
    position_id: UUID | None
    symbol: str
    position_type: PositionType | None
    target_price_eoy: float | None
    target_price_next_year: float | None
    downside_target_price: float | None
    current_price: float
    expected_return_eoy: float | None
    expected_return_next_year: float | None
    downside_return: float | None
    position_weight: float | None
    contribution_to_portfolio_return: float | None
    created_at: datetime
    updated_at: datetime


class TargetPricesView(msgspec.Struct, frozen=True):
    success: bool
    count: int
    target_prices: list[TargetPriceView]


class UpdatedTargetsView(msgspec.Struct, frozen=True):
    """`errors` has a sentence for each update that matched no target price."""

    updated: int
    errors: list[str]
    target_prices: list[TargetPriceView]


class TargetSummaryView(msgspec.Struct, frozen=True):
    """Returns are percent of net asset value; `coverage` is a fraction of gross exposure."""

    portfolio_id: UUID
    portfolio_name: str
    target_count: int
    total_positions: int
    positions_with_targets: int
    coverage: Decimal
    coverage_percentage: float
    weighted_expected_return_eoy: float | None
    weighted_expected_return_next_year: float | None
    weighted_downside_return: float | None
    last_updated: datetime | None
    target_prices: list[TargetPriceView]


class DeletedTargetView(msgspec.Struct, frozen=True):
    deleted: bool
    id: UUID
    symbol: str


class ImportedTargetsView(msgspec.Struct, frozen=True):
    created: int
    updated: int
    total: int


def draft(body: SetTargetBody) -> TargetDraft:
    return TargetDraft(**msgspec.structs.asdict(body))


def drafts(body: SetTargetsBody) -> list[TargetDraft]:
    found = []
    for each in body.target_prices:
        fields, errors = read_fields(SetTargetBody, each)
        found.append(TargetDraft(**fields, unread=errors))
    return found


def changes(body: UpdateTargetBody) -> TargetChanges:
    return cast("TargetChanges", provided_fields(body))


def many_changes(body: UpdateTargetsBody) -> list[tuple[Which, TargetChanges]]:
    """Return the changes by target price; raise ValidationFailedError with all errors."""
    found: list[tuple[Which, TargetChanges]] = []
    errors: list[FieldError] = []
    for place, each in enumerate(body.updates):
        fields, unread = read_fields(UpdateOneTargetBody, each)
        name = f"updates[{place}]"
        for error in unread:
            field = f"{name}.{error.field}" if error.field else name
            errors.append(FieldError(field, error.message, error.code))
        id_, symbol = fields.pop("id", None), fields.pop("symbol", None)
        position_type = fields.pop("position_type", None)
        which: Which
        if id_ is not None:
            which = TargetPriceId(id_)
        elif symbol is not None:
            which = (symbol.strip().upper(), position_type)
        else:
            if not unread:
                errors.append(FieldError(name, "An id or a symbol is required.", "required"))
            continue
        found.append((which, cast("TargetChanges", fields)))
    if errors:
        raise ValidationFailedError(*errors)
    return found


def view(outlook: TargetAnalytics) -> TargetPriceView:
    target = outlook.target
    return build_view(
        TargetPriceView,
        target,
        target_price_eoy=number(target.target_price_eoy),
        target_price_next_year=number(target.target_price_next_year),
        downside_target_price=number(target.downside_target_price),
        current_price=float(outlook.current_price),
        expected_return_eoy=percent(outlook.expected_return_eoy),
        expected_return_next_year=percent(outlook.expected_return_next_year),
        downside_return=percent(outlook.downside_return),
        position_weight=percent(outlook.position_weight),
        contribution_to_portfolio_return=percent(outlook.contribution_to_portfolio_return),
    )


def updated_view(
    changed: Sequence[TargetAnalytics], unknown: Sequence[Which]
) -> UpdatedTargetsView:
    return UpdatedTargetsView(
        updated=len(changed),
        errors=[f"There is no target price {_name(each)}." for each in unknown],
        target_prices=[view(each) for each in changed],
    )


def _name(which: Which) -> str:
    if not isinstance(which, tuple):
        return f"with the id {which}"
    symbol, kind = which
    return f"of {symbol} ({kind})" if kind else f"of {symbol}"


def summary_view(portfolio: Portfolio, summary: TargetPriceSummary) -> TargetSummaryView:
    return build_view(
        TargetSummaryView,
        summary,
        portfolio_id=portfolio.id,
        portfolio_name=portfolio.terms.name,
        coverage_percentage=float(summary.covered_positions * 100),
        weighted_expected_return_eoy=percent(summary.weighted_expected_return_eoy),
        weighted_expected_return_next_year=percent(summary.weighted_expected_return_next_year),
        weighted_downside_return=percent(summary.weighted_downside_return),
        target_prices=[view(each) for each in summary.targets],
    )
