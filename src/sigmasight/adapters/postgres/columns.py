"""Column types and conditions that several tables share."""

from datetime import timedelta
from typing import Any, Final

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import (
    ColumnElement,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    TypeDecorator,
    column,
    exists,
    table,
    text,
)

INSTANT: Final = DateTimeUTC(timezone=True)
NOW: Final = text("now()")
MILLISECOND: Final = timedelta(milliseconds=1)
PORTFOLIOS: Final = table("portfolios", column("user_id"), column("id"), column("deleted_at"))


class Milliseconds(TypeDecorator[timedelta]):
    """A duration, stored as whole milliseconds."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else value // MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        del dialect
        return None if value is None else value * MILLISECOND


def portfolio_foreign_key() -> ForeignKeyConstraint:
    """Refer to a portfolio of the same owner; deleting its row deletes those that refer to it."""
    return ForeignKeyConstraint(
        ["user_id", "portfolio_id"], ["portfolios.user_id", "portfolios.id"], ondelete="CASCADE"
    )


def in_existing_portfolio(row: Any) -> ColumnElement[bool]:
    """Narrow rows to those whose portfolio is not deleted."""
    return exists().where(
        PORTFOLIOS.c.user_id == row.user_id,
        PORTFOLIOS.c.id == row.portfolio_id,
        PORTFOLIOS.c.deleted_at.is_(None),
    )
