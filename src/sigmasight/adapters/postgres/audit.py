"""The audit trail in Postgres, where a trigger refuses every change of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import BigInteger, ColumnElement, Identity, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.audit import AuditEntry, AuditFilter, AuditTrail


class AuditRow(DefaultBase):
    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject", "number"),
        Index("ix_audit_entries_expired", "at", postgresql_using="brin"),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(INSTANT)
    actor: Mapped[str] = mapped_column(String(512))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(255))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


ADD: Final = """
INSERT INTO audit_entries (at, actor, action, subject, details) VALUES ($1, $2, $3, $4, $5::jsonb)
"""


class AuditRepository(EntityRepository[AuditRow, AuditEntry]):
    model_type = AuditRow
    entity_type = AuditEntry
    ordering: ClassVar[Ordering] = [(AuditRow.number, True)]


class PostgresAuditTrail(AuditTrail):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._entries = AuditRepository(session)

    async def add(self, entry: AuditEntry) -> None:
        driver = await raw_connection(self._session)
        details = msgspec.json.encode(entry.details).decode()
        await driver.execute(ADD, entry.at, entry.actor, entry.action.value, entry.subject, details)

    async def latest(self, wanted: AuditFilter, limit: int) -> Sequence[AuditEntry]:
        return await self._entries.find_all(*_conditions(wanted), LimitOffset(limit, 0))


def _conditions(wanted: AuditFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor is not None:
        conditions.append(AuditRow.actor == wanted.actor)
    if wanted.action is not None:
        conditions.append(AuditRow.action == wanted.action.value)
    if wanted.subject is not None:
        conditions.append(AuditRow.subject == wanted.subject)
    if wanted.since is not None:
        conditions.append(AuditRow.at >= wanted.since)
    if wanted.before is not None:
        conditions.append(AuditRow.number < wanted.before)
    return conditions
