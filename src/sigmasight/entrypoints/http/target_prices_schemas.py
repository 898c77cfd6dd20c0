"""Schemas of target prices."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.positions import PositionType
from sigmasight.domain.portfolios.target_prices.analytics import TargetAnalytics, TargetPriceSummary
from sigmasight.domain.portfolios.target_prices.model import TargetChanges, TargetPriceId
from sigmasight.domain.portfolios.target_prices.use_cases import Which
from sigmasight.domain.portfolios.target_prices.validation import TargetDraft
from sigmasight.entrypoints.http.decimals import decimal_string, optional_decimal_string
from sigmasight.entrypoints.http.requests import DecimalAmount, read_fields
from sigmasight.entrypoints.http.schemas import build_view, provided_fields

MAX_AT_ONCE: Final = 1000
MAX_CHARACTERS: Final = 500_000

Symbol = Annotated[str, Meta(min_length=1, max_length=100)]


def _items(of: str) -> dict[str, Any]:
    return {"extra": {"items": {"$ref": f"#/components/schemas/{of}"}}}


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
        Meta(min_length=1, max_length=MAX_AT_ONCE, extra_json_schema=_items("SetTargetBody")),
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
        Meta(min_length=1, max_length=MAX_AT_ONCE, extra_json_schema=_items("UpdateOneTargetBody")),
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
    """Returns, weight and contribution are fractions: 0.25 is a quarter.

    The weight of a short position is negative; weight and contribution are null without a position.
    """

    id: UUID
    portfolio_id: UUID
    position_id: UUID | None
    symbol: str
    position_type: PositionType | None
    target_price_eoy: Decimal | None
    target_price_next_year: Decimal | None
    downside_target_price: Decimal | None
    current_price: Decimal
    expected_return_eoy: Decimal | None
    expected_return_next_year: Decimal | None
    downside_return: Decimal | None
    position_weight: Decimal | None
    contribution_to_portfolio_return: Decimal | None
    created_at: datetime
    updated_at: datetime


class TargetPricesView(msgspec.Struct, frozen=True):
    success: bool
    count: int
    target_prices: list[TargetPriceView]


class TargetSummaryView(msgspec.Struct, frozen=True):
    """Returns are fractions of gross exposure; so is `coverage`, the part with target prices."""

    portfolio_id: UUID
    target_count: int
    total_positions: int
    positions_with_targets: int
    coverage: Decimal
    weighted_expected_return_eoy: Decimal | None
    weighted_expected_return_next_year: Decimal | None
    weighted_downside_return: Decimal | None
    last_updated: datetime | None


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
        outlook,
        target_price_eoy=optional_decimal_string(target.target_price_eoy),
        target_price_next_year=optional_decimal_string(target.target_price_next_year),
        downside_target_price=optional_decimal_string(target.downside_target_price),
        current_price=decimal_string(outlook.current_price),
    )


def summary_view(portfolio: UUID, summary: TargetPriceSummary) -> TargetSummaryView:
    return build_view(TargetSummaryView, summary, portfolio_id=portfolio)
