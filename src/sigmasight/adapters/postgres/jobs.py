"""Jobs as operators see them: the runs of two tables in one list."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, case, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres.calculations import CalculationRunRow
from sigmasight.adapters.postgres.maintenance import MaintenanceRunRow
from sigmasight.domain.jobs import JobKind
from sigmasight.domain.kernel import UserId
from sigmasight.domain.maintenance.jobs import JobRecord, JobRecords, JobReference, JobStatus
from sigmasight.domain.portfolios.portfolio import PortfolioId

RUN, FIX = CalculationRunRow, MaintenanceRunRow
RUN_STATUS = case(
    (and_(RUN.status == JobStatus.RUNNING.value, RUN.tries == 0), JobStatus.PENDING.value),
    else_=RUN.status,
)


def _calculations() -> Any:
    return select(
        RUN.id.label("id"),
        literal(JobKind.CALCULATE.value).label("kind"),
        RUN_STATUS.label("status"),
        RUN.user_id.label("user_id"),
        RUN.portfolio_id.label("portfolio_id"),
        RUN.triggered_by.label("requested"),
        RUN.tries.label("tries"),
        RUN.error.label("error"),
        RUN.started_at.label("created_at"),
        RUN.finished_at.label("finished_at"),
    )


def _fixes() -> Any:
    return select(
        FIX.id,
        literal(JobKind.MAINTENANCE.value),
        FIX.status,
        FIX.requested_by,
        FIX.portfolio_id,
        FIX.task,
        FIX.tries,
        FIX.error,
        FIX.created_at,
        FIX.completed_at,
    )


class PostgresJobRecords(JobRecords):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def latest(self, status: JobStatus | None, limit: int) -> Sequence[JobRecord]:
        calculations = _calculations().order_by(RUN.started_at.desc()).limit(limit)
        fixes = _fixes().order_by(FIX.created_at.desc()).limit(limit)
        if status:
            calculations = calculations.where(RUN_STATUS.in_([status.value]))
            fixes = fixes.where(FIX.status.in_([status.value]))
        both = union_all(calculations.subquery().select(), fixes.subquery().select()).subquery()
        newest = select(both).order_by(both.c.created_at.desc(), both.c.id).limit(limit)
        return [_record(row) for row in await self._session.execute(newest)]

    async def find(self, job: JobReference) -> JobRecord | None:
        both = union_all(_calculations().where(RUN.id == job), _fixes().where(FIX.id == job))
        row = (await self._session.execute(both)).first()
        return None if row is None else _record(row)


def _record(row: Any) -> JobRecord:
    return JobRecord(
        id=JobReference(row.id),
        kind=JobKind(row.kind),
        status=JobStatus(row.status),
        user_id=UserId(row.user_id),
        portfolio_id=row.portfolio_id and PortfolioId(row.portfolio_id),
        requested=row.requested,
        tries=row.tries,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
