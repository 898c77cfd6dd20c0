"""What portfolios hold, in Postgres, as a language model is shown it."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import asyncpg

from sigmasight.adapters.postgres.engine import fetch_rows
from sigmasight.domain.assistant.answering import Books
from sigmasight.domain.assistant.language_model import Book
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import (
    AccountType,
    Portfolio,
    PortfolioId,
    PortfolioTerms,
)

PORTFOLIOS: Final = """
SELECT * FROM portfolios
WHERE user_id = $1 AND deleted_at IS NULL
    AND CASE WHEN cardinality($2::uuid[]) > 0 THEN id = ANY($2) ELSE is_active END
ORDER BY created_at, id
"""


class PostgresBooks(Books):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def read(self, user: UserId, only: Collection[PortfolioId]) -> Sequence[Book]:
        rows = await fetch_rows(self._pool, PORTFOLIOS, user, list(only))
        return [
            Book(portfolio=_portfolio(row), positions=(), position_count=0, snapshot=None)
            for row in rows
        ]


def _portfolio(row: Any) -> Portfolio:
    return Portfolio(
        id=PortfolioId(row["id"]),
        user_id=UserId(row["user_id"]),
        terms=PortfolioTerms(
            name=row["name"],
            account_name=row["account_name"],
            account_type=AccountType(row["account_type"]),
            description=row["description"],
            currency=row["currency"],
            equity_balance=row["equity_balance"],
            is_active=row["is_active"],
        ),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )
