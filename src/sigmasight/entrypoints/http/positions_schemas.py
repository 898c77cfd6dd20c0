"""Schemas of positions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.closing import Closing
from sigmasight.domain.portfolios.positions.model import Position
from sigmasight.domain.portfolios.positions.use_cases import PositionChanges
from sigmasight.domain.portfolios.positions.validation import PositionDraft
from sigmasight.entrypoints.http.decimals import decimal_string, number, optional_decimal_string
from sigmasight.entrypoints.http.openapi_document import array_of
from sigmasight.entrypoints.http.requests import DecimalAmount, Lines, read_fields
from sigmasight.entrypoints.http.schemas import build_view, provided_fields

MAX_AT_ONCE: Final = 1000
CLOSING: Final = frozenset({"exit_price", "exit_date", "close_quantity"})

Symbol = Annotated[str, Meta(min_length=1, max_length=20)]
Subtype = Annotated[str, Meta(max_length=30)]
Notes = Annotated[Lines, Meta(max_length=1000)]


class PositionBody(msgspec.Struct, frozen=True):
    """The type decides the sign of the quantity: 10 and -10 of a SHORT are the same."""

    symbol: Symbol
    quantity: DecimalAmount
    avg_cost: DecimalAmount
    position_type: PositionType
    investment_class: InvestmentClass
    notes: Notes | None = None
    investment_subtype: Subtype | None = None
    entry_date: date | None = None
    underlying_symbol: Symbol | None = None
    strike_price: DecimalAmount | None = None
    expiration_date: date | None = None


class OpenPositionBody(PositionBody, frozen=True):
    """The portfolio is named here or in the query."""

    portfolio_id: UUID | None = None


class OpenPositionsBody(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    positions: Annotated[
        list[Any],
        Meta(min_length=1, max_length=MAX_AT_ONCE, extra_json_schema=array_of(OpenPositionBody)),
    ]
    """Read one by one, so that all errors of all positions are reported."""


class UpdatePositionBody(msgspec.Struct, frozen=True):
    """An `exit_price` closes the position, or only `close_quantity` of it, a positive number.

    Beside an `exit_price`, `quantity` is what remains open, with its sign, and must agree with
    `close_quantity` if both are given; without one, it changes the quantity.
    """

    symbol: Symbol | UnsetType = UNSET
    quantity: DecimalAmount | UnsetType = UNSET
    avg_cost: DecimalAmount | UnsetType = UNSET
    position_type: PositionType | UnsetType = UNSET
    investment_class: InvestmentClass | UnsetType = UNSET
    notes: Notes | UnsetType | None = UNSET
    investment_subtype: Subtype | UnsetType | None = UNSET
    entry_date: date | UnsetType = UNSET
    underlying_symbol: Symbol | UnsetType | None = UNSET
    strike_price: DecimalAmount | UnsetType | None = UNSET
    expiration_date: date | UnsetType | None = UNSET
    exit_price: DecimalAmount | UnsetType | None = UNSET
    exit_date: date | UnsetType | None = UNSET
    close_quantity: DecimalAmount | UnsetType | None = UNSET


class DeletePositionsBody(msgspec.Struct, frozen=True):
    position_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MAX_AT_ONCE)]


class PositionView(msgspec.Struct, frozen=True):
    """A position; the quantity of a short one is negative.

    Without a `last_price`, that of `price_date`, the market value is calculated from the entry
    price. The market value
    of a closed position is 0, and its `unrealized_pnl` is null. Figures are in the position's
    currency; `exchange_rate` is that to the portfolio's, null without one. An `entry_price` of
    null is an unknown cost. `multiplier` is what a quantity of 1 at a price of 1 is worth: 100 of
    most options, 0.01 of bonds.
    """

    id: UUID
    portfolio_id: UUID
    symbol: str
    quantity: Decimal
    entry_price: Decimal | None
    entry_date: date
    position_type: PositionType
    investment_class: InvestmentClass
    investment_subtype: str | None
    notes: str | None
    underlying_symbol: str | None
    strike_price: Decimal | None
    expiration_date: date | None
    last_price: Decimal | None
    price_date: date | None
    market_value: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal | None
    exit_price: Decimal | None
    exit_date: date | None
    realized_by_difference: bool
    settled_at_expiration: bool
    cost_known: bool
    currency: str
    multiplier: Decimal
    account: str | None
    identifier: str | None
    exchange_rate: Decimal | None
    rate_date: date | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class PositionsView(msgspec.Struct, frozen=True):
    positions: list[PositionView]
    total: int
    limit: int
    offset: int


class OpenedPositionsView(msgspec.Struct, frozen=True):
    success: bool
    count: int
    positions: list[PositionView]


class ExistingPositionView(PositionView, frozen=True, kw_only=True):
    """A position whose prices are numbers."""

    entry_price: float | None  # type: ignore[assignment]
    avg_cost: float | None


class DuplicatesView(msgspec.Struct, frozen=True):
    has_duplicates: bool
    total_count: int
    message: str
    existing_positions: list[ExistingPositionView]
    tags_to_inherit: list[UUID]


class DeletedPositionView(msgspec.Struct, frozen=True):
    deleted: bool
    position_id: UUID
    symbol: str
    type: str
    deleted_at: datetime | None
    reason: str | None


class DeletedPositionsView(msgspec.Struct, frozen=True):
    """The symbols of the deleted positions, in the order of the request."""

    deleted: bool
    count: int
    positions: list[str]


def draft(body: OpenPositionBody) -> PositionDraft:
    fields = msgspec.structs.asdict(body)
    del fields["portfolio_id"]
    return PositionDraft(**fields)


def portfolio_of(body: OpenPositionBody, in_query: UUID | None) -> UUID:
    """Return the portfolio that the body or the query names; raise ValidationFailedError."""
    named = {each for each in (body.portfolio_id, in_query) if each is not None}
    if len(named) == 1:
        return named.pop()
    code = "contradiction" if named else "required"
    sentence = "The body and the query name two portfolios." if named else "Required."
    raise ValidationFailedError(FieldError("portfolio_id", sentence, code))


def drafts(body: OpenPositionsBody) -> list[PositionDraft]:
    found = []
    for each in body.positions:
        fields, errors = read_fields(PositionBody, each)
        found.append(PositionDraft(**fields, parse_errors=errors))
    return found


def changes(body: UpdatePositionBody) -> tuple[PositionChanges, Closing]:
    """Return what a body changes of a position, and what it closes."""
    fields = provided_fields(body)
    terms = {name: fields.pop(name) for name in CLOSING & fields.keys()}
    if terms.get("exit_price") is not None:
        terms["remaining"] = fields.pop("quantity", None)
    closing = Closing(**terms)
    return cast("PositionChanges", fields), closing


def existing_view(position: Position) -> ExistingPositionView:
    price = number(position.entry_price)
    return build_view(ExistingPositionView, view(position), entry_price=price, avg_cost=price)


def view(position: Position) -> PositionView:
    is_closed = position.exit_date is not None
    return build_view(
        PositionView,
        position,
        quantity=decimal_string(position.quantity, 0),
        entry_price=optional_decimal_string(position.entry_price),
        cost_known=position.entry_price is not None,
        multiplier=decimal_string(position.multiplier, 0),
        exchange_rate=optional_decimal_string(position.exchange_rate),
        strike_price=optional_decimal_string(position.strike_price),
        last_price=optional_decimal_string(position.last_price),
        market_value=decimal_string(position.market_value),
        unrealized_pnl=None if is_closed else optional_decimal_string(position.unrealized_pnl),
        realized_pnl=optional_decimal_string(position.realized_pnl),
        exit_price=optional_decimal_string(position.exit_price),
    )
