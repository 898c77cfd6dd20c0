"""The audit trail over HTTP, for operators."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromQuery, QueryParameter

from sigmasight.domain.audit import AuditAction, AuditFilter, ReadAuditTrail
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.requests import InstantParameter, read_instant
from sigmasight.entrypoints.http.route_handlers import get
from sigmasight.entrypoints.http.schemas import build_view

MAX_NUMBER = 2**63 - 1


class AuditEntryView(msgspec.Struct, frozen=True):
    number: int
    at: datetime
    actor: str
    action: AuditAction
    subject: str | None
    details: dict[str, Any]


class AuditView(msgspec.Struct, frozen=True):
    """Entries, newest first; `before` of the next page is the last one's number."""

    entries: Sequence[AuditEntryView]


class AuditController(Controller):
    path = "/admin/audit"
    tags = ["Operators"]

    @get("/", Access.ADMIN)
    async def read_audit(  # noqa: PLR0913  one for each filter
        self,
        read: FromDishka[ReadAuditTrail],
        *,
        actor: Annotated[str | None, QueryParameter(max_length=512)] = None,
        action: FromQuery[AuditAction | None] = None,
        subject: Annotated[str | None, QueryParameter(max_length=255)] = None,
        since: InstantParameter = None,
        before: Annotated[int | None, QueryParameter(ge=1, le=MAX_NUMBER)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    ) -> AuditView:
        """Return who did what to whom, and when, newest first."""
        wanted = AuditFilter(
            actor=actor,
            action=action,
            subject=subject,
            since=read_instant("since", since),
            before=before,
        )
        return AuditView([build_view(AuditEntryView, each) for each in await read(wanted, limit)])
