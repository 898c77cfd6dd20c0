"""Ended sessions in Postgres."""

from datetime import datetime
from typing import Final

from advanced_alchemy.base import DefaultBase
from sqlalchemy import Index, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.domain.identity.sign_out import EndedSessions

PRUNED_AT_ONCE: Final = 100


class EndedSessionRow(DefaultBase):
    __tablename__ = "ended_sessions"
    __table_args__ = (Index("ix_ended_sessions_until", "until"),)

    session_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    until: Mapped[datetime] = mapped_column(INSTANT)


ADD: Final = """
INSERT INTO ended_sessions AS known (session_id, until) VALUES ($1, $2)
ON CONFLICT (session_id) DO UPDATE SET until = GREATEST(known.until, excluded.until)
"""
PRUNE: Final = """
DELETE FROM ended_sessions WHERE session_id = ANY(ARRAY(
    SELECT session_id FROM ended_sessions WHERE until < $1
    ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED
))
"""


class PostgresEndedSessions(EndedSessions):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, session_id: str, *, until: datetime) -> None:
        await (await raw_connection(self._session)).execute(ADD, session_id, until)

    async def prune(self, before: datetime) -> None:
        await (await raw_connection(self._session)).execute(PRUNE, before, PRUNED_AT_ONCE)
