"""What operators have done to everybody's portfolios, over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.maintenance.model import (
    UNDER_WAY,
    MaintenanceReport,
    MaintenanceRunId,
    MaintenanceRunNotFoundError,
    MaintenanceStatus,
    MaintenanceTask,
)
from sigmasight.domain.maintenance.use_cases import ReadMaintenanceRuns, StartMaintenance
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.calculations import ProgressView
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get, post

MESSAGES: Final = {
    MaintenanceTask.CLEAR_CALCULATIONS: "What was calculated is being cleared.",
    MaintenanceTask.SEED_PORTFOLIOS: "The sample portfolio is being put into your account.",
    MaintenanceTask.RUN_BATCH: "Calculations are being started.",
    MaintenanceTask.FIX_ALL: "What was calculated is being cleared, and calculated again.",
}


class PortfolioBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A misspelt name is refused: what is about none is about everybody's."""

    portfolio_id: UUID | None = None


class MaintenanceStartedView(msgspec.Struct, frozen=True):
    success: bool
    message: str
    job_id: UUID
    status_url: str
    details: dict[str, Any]


class ResultView(msgspec.Struct, frozen=True):
    snapshots_cleared: int
    calculations_given_up: int
    portfolios_seeded: int
    seeding_refused: str | None
    calculations_started: int
    calculations_skipped: int
    calculations_completed: int
    calculations_failed: int


class JobView(msgspec.Struct, frozen=True):
    job_id: UUID
    task: MaintenanceTask
    portfolio_id: UUID | None
    requested_by: str
    status: MaintenanceStatus
    progress: ProgressView
    result: ResultView | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class MaintenanceController(Controller):
    path = "/admin/fix"
    tags = ["Operators"]

    @post("/clear-calculations", Access.ADMIN, PortfolioNotFoundError, status_code=HTTP_200_OK)
    async def clear_calculations(
        self,
        user: FromDishka[User],
        order: FromDishka[StartMaintenance],
        data: JSONBody[PortfolioBody | None] = None,
        portfolio_id: FromQuery[UUID | None] = None,
    ) -> MaintenanceStartedView:
        """Forget what was calculated of one portfolio, or of everybody's, and end what is stuck."""
        return await _order(
            MaintenanceTask.CLEAR_CALCULATIONS, user, order, _named(data, portfolio_id)
        )

    @post("/seed-portfolios", Access.ADMIN, status_code=HTTP_200_OK)
    async def seed_portfolios(
        self, user: FromDishka[User], order: FromDishka[StartMaintenance]
    ) -> MaintenanceStartedView:
        """Put the sample portfolio into one's own account, if it is not there and has room."""
        return await _order(MaintenanceTask.SEED_PORTFOLIOS, user, order)

    @post("/run-batch", Access.ADMIN, PortfolioNotFoundError, status_code=HTTP_200_OK)
    async def run_batch(
        self,
        user: FromDishka[User],
        order: FromDishka[StartMaintenance],
        data: JSONBody[PortfolioBody | None] = None,
        portfolio_id: FromQuery[UUID | None] = None,
    ) -> MaintenanceStartedView:
        """Have one portfolio calculated, or everybody's; what users ask for goes first."""
        return await _order(MaintenanceTask.RUN_BATCH, user, order, _named(data, portfolio_id))

    @post("/fix-all", Access.ADMIN, status_code=HTTP_200_OK)
    async def fix_all(
        self, user: FromDishka[User], order: FromDishka[StartMaintenance]
    ) -> MaintenanceStartedView:
        """Clear what was calculated of everybody's portfolios, seed, and calculate them again."""
        return await _order(MaintenanceTask.FIX_ALL, user, order)

    @get("/jobs/{job_id:uuid}", Access.ADMIN, MaintenanceRunNotFoundError)
    async def read_job(
        self, job_id: FromPath[UUID], fixes: FromDishka[ReadMaintenanceRuns]
    ) -> JobView:
        """Read how far a job is, and who asked for it; a batch ends with its last calculation."""
        return _job(await fixes.one(MaintenanceRunId(job_id)))


def _named(body: PortfolioBody | None, query: UUID | None) -> PortfolioId | None:
    """Return the portfolio that is named in the body, or in the query as older clients do."""
    named = {each for each in (body and body.portfolio_id, query) if each}
    if len(named) > 1:
        raise ValidationFailedError(
            FieldError("portfolio_id", "The query and the body name two portfolios.", "ambiguous")
        )
    return PortfolioId(named.pop()) if named else None


async def _order(
    task: MaintenanceTask, user: User, order: StartMaintenance, portfolio: PortfolioId | None = None
) -> MaintenanceStartedView:
    fix = await order(task, by=user.id, portfolio=portfolio)
    return MaintenanceStartedView(
        success=True,
        message=MESSAGES[task],
        job_id=fix.id,
        status_url=f"/api/v1/admin/fix/jobs/{fix.id}",
        details={"task": task.value, "portfolio_id": portfolio},
    )


def _job(report: MaintenanceReport) -> JobView:
    fix = report.run
    return JobView(
        job_id=fix.id,
        task=fix.task,
        portfolio_id=fix.portfolio and fix.portfolio.id,
        requested_by=report.requested_by,
        status=report.status,
        progress=ProgressView(current=report.current, total=report.total),
        result=None if report.status in UNDER_WAY else _result(report),
        error=fix.error,
        created_at=fix.created_at,
        started_at=fix.started_at,
        completed_at=report.completed_at,
    )


def _result(report: MaintenanceReport) -> ResultView:
    return ResultView(
        **asdict(report.run.counts),
        calculations_completed=report.batch.completed,
        calculations_failed=report.batch.failed,
    )
