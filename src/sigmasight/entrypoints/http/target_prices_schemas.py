"""Target prices as clients write and read them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.positions import PositionId, PositionType
from sigmasight.domain.portfolios.target_prices.analytics import TargetAnalytics, TargetPriceSummary
from sigmasight.domain.portfolios.target_prices.model import TargetChanges, TargetPriceId
from sigmasight.domain.portfolios.target_prices.use_cases import Which
from sigmasight.domain.portfolios.target_prices.validation import TargetDraft
from sigmasight.entrypoints.http.decimals import decimal_string, optional_decimal_string
from sigmasight.entrypoints.http.requests import DecimalAmount, read_fields

MAX_AT_ONCE: Final = 1000
MAX_CHARACTERS: Final = 500_000

Symbol = Annotated[str, Meta(min_length=1, max_length=100)]


def _items(of: str) -> dict[str, Any]:
    return {"extra": {"items": {"$ref": f"#/components/schemas/{of}"}}}


class SetTargetBody(msgspec.Struct, frozen=True):
    """One of the targets is required, and a current price where no open position tells."""

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
    """Read one by one, so that every fault of every one is told."""


class UpdateTargetBody(msgspec.Struct, frozen=True):
    target_price_eoy: DecimalAmount | UnsetType | None = UNSET
    target_price_next_year: DecimalAmount | UnsetType | None = UNSET
    downside_target_price: DecimalAmount | UnsetType | None = UNSET
    current_price: DecimalAmount | UnsetType = UNSET


class UpdateOneTargetBody(UpdateTargetBody, frozen=True):
    """Names the target by its id, or by symbol and type."""

    id: UUID | None = None
    symbol: Symbol | None = None
    position_type: PositionType | None = None


class UpdateTargetsBody(msgspec.Struct, frozen=True):
    updates: Annotated[
        list[Any],
        Meta(min_length=1, max_length=MAX_AT_ONCE, extra_json_schema=_items("UpdateOneTargetBody")),
    ]
    """Read one by one, so that every fault of every one is told."""


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

    The weight of what is short is negative; weight and contribution are null where nothing is held.
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
    """Returns are fractions of gross exposure; so is `coverage`, what of it has targets."""

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
    return _draft(msgspec.structs.asdict(body))


def drafts(body: SetTargetsBody) -> list[TargetDraft]:
    return [_draft(*read_fields(SetTargetBody, each)) for each in body.target_prices]


def changes(body: UpdateTargetBody) -> TargetChanges:
    return _changes(msgspec.structs.asdict(body))


def many_changes(body: UpdateTargetsBody) -> list[tuple[Which, TargetChanges]]:
    """Tell which targets a body changes and how; raise ValidationFailedError with every fault."""
    found: list[tuple[Which, TargetChanges]] = []
    faults: list[FieldError] = []
    for place, each in enumerate(body.updates):
        said, unread = read_fields(UpdateOneTargetBody, each)
        name = f"updates[{place}]"
        for fault in unread:
            field = f"{name}.{fault.field}" if fault.field else name
            faults.append(FieldError(field, fault.message, fault.code))
        id_, symbol = said.pop("id", None), said.pop("symbol", None)
        kind = said.pop("position_type", None)
        if id_ is not None:
            found.append((TargetPriceId(id_), _changes(said)))
        elif symbol is not None:
            found.append(((symbol.strip().upper(), kind), _changes(said)))
        elif not unread:
            faults.append(FieldError(name, "An id or a symbol is required.", "required"))
    if faults:
        raise ValidationFailedError(*faults)
    return found


def view(outlook: TargetAnalytics) -> TargetPriceView:
    target = outlook.target
    return TargetPriceView(
        id=target.id,
        portfolio_id=target.portfolio_id,
        position_id=target.position_id,
        symbol=target.symbol,
        position_type=target.position_type,
        target_price_eoy=optional_decimal_string(target.target_price_eoy),
        target_price_next_year=optional_decimal_string(target.target_price_next_year),
        downside_target_price=optional_decimal_string(target.downside_target_price),
        current_price=decimal_string(outlook.current_price),
        expected_return_eoy=outlook.expected_return_eoy,
        expected_return_next_year=outlook.expected_return_next_year,
        downside_return=outlook.downside_return,
        position_weight=outlook.position_weight,
        contribution_to_portfolio_return=outlook.contribution_to_portfolio_return,
        created_at=target.created_at,
        updated_at=target.updated_at,
    )


def summary_view(portfolio: UUID, summary: TargetPriceSummary) -> TargetSummaryView:
    return TargetSummaryView(
        portfolio_id=portfolio,
        **{name: getattr(summary, name) for name in summary.__dataclass_fields__},
    )


def _draft(said: dict[str, Any], unread: tuple[FieldError, ...] = ()) -> TargetDraft:
    position = said.pop("position_id", None)
    about = None if position is None else PositionId(position)
    return TargetDraft(**said, position_id=about, unread=unread)


def _changes(said: dict[str, Any]) -> TargetChanges:
    meant = {name: value for name, value in said.items() if value is not UNSET}
    return cast("TargetChanges", meant)
