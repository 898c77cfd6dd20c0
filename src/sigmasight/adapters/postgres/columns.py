"""What tables are made of time and again."""

from typing import Final

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import ForeignKeyConstraint, text

INSTANT: Final = DateTimeUTC(timezone=True)
NOW: Final = text("now()")


def of_portfolio() -> ForeignKeyConstraint:
    """Return the tie to a portfolio of the same owner; what is in it goes with it."""
    return ForeignKeyConstraint(
        ["user_id", "portfolio_id"],
        ["portfolios.user_id", "portfolios.id"],
        ondelete="CASCADE",
    )
