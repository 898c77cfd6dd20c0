"""Schemas of equity changes."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sigmasight.domain.portfolios.csv_escaping import write_rows
from sigmasight.domain.portfolios.equity_changes.model import (
    CashFlow,
    ChangeType,
    EquityChange,
    EquityChangeTerms,
)
from sigmasight.domain.portfolios.equity_changes.use_cases import EquityChangeSummary
from sigmasight.domain.portfolios.money import written
from sigmasight.entrypoints.http.requests import DecimalAmount, Lines
from sigmasight.entrypoints.http.schemas import build_view, provided_fields

COLUMNS: Final = ("change_date", "change_type", "amount", "notes", "id", "created_at")

Notes = Annotated[Lines, Meta(max_length=500)]


class EquityChangeBody(msgspec.Struct, frozen=True):
    change_type: ChangeType
    amount: DecimalAmount
    change_date: date
    notes: Notes | None = None


class UpdateEquityChangeBody(msgspec.Struct, frozen=True):
    change_type: ChangeType | UnsetType = UNSET
    amount: DecimalAmount | UnsetType = UNSET
    change_date: date | UnsetType = UNSET
    notes: Notes | UnsetType | None = UNSET


class EquityChangeView(msgspec.Struct, frozen=True):
    id: UUID
    portfolio_id: UUID
    change_type: ChangeType
    amount: Decimal
    change_date: date
    notes: str | None
    created_by_user_id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    editable_until: datetime
    deletable_until: datetime
    is_deleted: bool


class EquityChangesView(msgspec.Struct, frozen=True):
    items: list[EquityChangeView]
    page: int
    page_size: int
    total_items: int
    total_pages: int


class FlowView(msgspec.Struct, frozen=True):
    contributions: float
    withdrawals: float
    net_flow: float


class EquitySummaryView(msgspec.Struct, frozen=True):
    """`periods` are `30d`, `90d`, `1y`, `ytd` and `all`, each up to today."""

    portfolio_id: UUID
    total_contributions: float
    total_withdrawals: float
    net_flow: float
    last_change: EquityChangeView | None
    periods: dict[str, FlowView]


def terms(body: UpdateEquityChangeBody) -> EquityChangeTerms:
    return cast("EquityChangeTerms", provided_fields(body))


def view(change: EquityChange) -> EquityChangeView:
    return build_view(
        EquityChangeView,
        change,
        amount=written(change.amount),
        created_by_user_id=change.user_id,
        is_deleted=change.deleted_at is not None,
    )


def summary_view(portfolio: UUID, summary: EquityChangeSummary) -> EquitySummaryView:
    total = _flow(summary.all)
    return EquitySummaryView(
        portfolio_id=portfolio,
        total_contributions=total.contributions,
        total_withdrawals=total.withdrawals,
        net_flow=total.net_flow,
        last_change=None if summary.last_change is None else view(summary.last_change),
        periods={name: _flow(flow) for name, flow in summary.periods.items()},
    )


def to_csv(changes: Iterable[EquityChange]) -> str:
    """Write changes as a CSV whose cells no spreadsheet runs as formulas."""
    return write_rows(
        COLUMNS,
        (
            (
                change.change_date.isoformat(),
                change.change_type,
                f"{written(change.amount):f}",
                change.notes or "",
                str(change.id),
                f"{change.created_at:%Y-%m-%dT%H:%M:%SZ}",
            )
            for change in changes
        ),
    )


def _flow(flow: CashFlow) -> FlowView:
    return FlowView(float(flow.contributions), float(flow.withdrawals), float(flow.net))
