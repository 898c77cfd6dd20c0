"""Positions with their details, as the web app's tables read them."""

from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromQuery, QueryParameter

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.details import (
    PositionDetails,
    PositionSummary,
    ReadPositionDetails,
)
from sigmasight.domain.portfolios.positions.model import PositionId, PositionNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.schemas import build_view

MAX_IDS: Final = 1000
ID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def comma_separated(part: str) -> dict[str, str]:
    """Return the pattern of a comma-separated list; the domain says which part is wrong."""
    return {"pattern": f"^(({part})(,({part}))*)?$"}


PositionIds = Annotated[
    str | None, QueryParameter(max_length=40 * MAX_IDS, schema_extra=comma_separated(ID))
]


class TagOfPositionView(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    color: str
    description: str | None


class PositionDetailsView(msgspec.Struct, frozen=True):
    """Quantity, cost basis and market value are signed: those of a short are negative.

    Figures are in the position's currency; sums are in the portfolio's. `current_price` is the last
    close, else the broker's price, else the entry price. The percent is of the absolute cost basis.
    """

    id: UUID
    portfolio_id: UUID
    symbol: str
    company_name: str | None
    sector: str | None
    industry: str | None
    account_name: str
    position_type: PositionType
    investment_class: InvestmentClass
    investment_subtype: str | None
    quantity: float
    entry_date: date
    entry_price: float | None
    avg_cost: float | None
    cost_basis: float | None
    current_price: float | None
    market_value: float
    unrealized_pnl: float | None
    unrealized_pnl_percent: float | None
    realized_pnl: float | None
    strike_price: float | None
    expiration_date: date | None
    underlying_symbol: str | None
    notes: str | None
    exit_price: float | None
    exit_date: date | None
    currency: str
    multiplier: float
    account: str | None
    exchange_rate: float | None
    tags: list[TagOfPositionView]


*NAMES, _ = PositionDetailsView.__struct_fields__
FIGURES: Final = attrgetter(*("entry_price" if name == "avg_cost" else name for name in NAMES))
"""All but the tags, in the order of the view: there may be a thousand positions."""


class PositionTotalsView(msgspec.Struct, frozen=True):
    """The cost basis is a sum of absolute values; the others are signed."""

    total_positions: int
    total_cost_basis: float
    total_market_value: float
    total_unrealized_pnl: float


class PositionDetailsListView(msgspec.Struct, frozen=True):
    positions: list[PositionDetailsView]
    summary: PositionTotalsView


class WebAppPositionController(Controller):
    tags = ["Web app"]

    @get(
        "/data/positions/details",
        Access.SIGNED_IN,
        PortfolioNotFoundError,
        PositionNotFoundError,
    )
    async def list_position_details(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadPositionDetails],
        portfolio_id: FromQuery[UUID | None] = None,
        position_ids: PositionIds = None,
        include_closed: FromQuery[bool] = False,  # noqa: FBT002  a query parameter
    ) -> PositionDetailsListView:
        """List positions of a portfolio, or those of comma-separated `position_ids`."""
        ids = parse_ids("position_ids", position_ids)
        if ids:
            found = await read.of_positions(
                [PositionId(each) for each in ids], by=user.id, include_closed=include_closed
            )
        elif portfolio_id:
            found = await read.of_portfolio(
                PortfolioId(portfolio_id), by=user.id, include_closed=include_closed
            )
        else:
            sentence = "Name a portfolio_id or position_ids."
            raise ValidationFailedError(FieldError("portfolio_id", sentence, "required"))
        return _list_view(found)


def parse_ids(field: str, text: str | None) -> Sequence[UUID]:
    """Return comma-separated ids; raise ValidationFailedError if one is malformed."""
    try:
        ids = [UUID(part) for each in (text or "").split(",") if (part := each.strip())]
    except ValueError:
        sentence = "Must be ids, comma-separated."
        raise ValidationFailedError(FieldError(field, sentence, "invalid")) from None
    if len(ids) > MAX_IDS:
        raise ValidationFailedError(FieldError(field, f"At most {MAX_IDS} ids.", "too_many"))
    return ids


def _list_view(summary: PositionSummary) -> PositionDetailsListView:
    return PositionDetailsListView(
        positions=[_view(each) for each in summary.positions],
        summary=PositionTotalsView(
            len(summary.positions),
            summary.cost_basis,
            summary.market_value,
            summary.unrealized_pnl,
        ),
    )


def _view(details: PositionDetails) -> PositionDetailsView:
    tags = [build_view(TagOfPositionView, tag) for tag in details.tags]
    values: tuple[Any, ...] = (*FIGURES(details), tags)
    return PositionDetailsView(*values)
