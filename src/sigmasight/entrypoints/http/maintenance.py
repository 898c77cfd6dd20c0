"""Maintenance of all portfolios by operators, over HTTP."""

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
from sigmasight.entrypoints.http.schemas import build_view

MESSAGES: Final = {
    MaintenanceTask.CLEAR_CALCULATIONS: "Calculation results are being cleared.",
    MaintenanceTask.SEED_PORTFOLIOS: "The sample portfolio is being created in your account.",
    MaintenanceTask.RUN_BATCH: "Calculations are being started.",
    MaintenanceTask.FIX_ALL: "Calculation results are being cleared and calculated again.",
}


class PortfolioBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without a portfolio, the task is for all portfolios; unknown fields are refused."""

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
        start: FromDishka[StartMaintenance],
        data: JSONBody[PortfolioBody | None] = None,
        portfolio_id: FromQuery[UUID | None] = None,
    ) -> MaintenanceStartedView:
        """Clear the calculation results of one portfolio or of all, and end stuck calculations."""
        return await _start(
            MaintenanceTask.CLEAR_CALCULATIONS, user, start, _portfolio(data, portfolio_id)
        )

    @post("/seed-portfolios", Access.ADMIN, status_code=HTTP_200_OK)
    async def seed_portfolios(
        self, user: FromDishka[User], start: FromDishka[StartMaintenance]
    ) -> MaintenanceStartedView:
        """Create the sample portfolio in the operator's account, unless it already exists."""
        return await _start(MaintenanceTask.SEED_PORTFOLIOS, user, start)

    @post("/run-batch", Access.ADMIN, PortfolioNotFoundError, status_code=HTTP_200_OK)
    async def run_batch(
        self,
        user: FromDishka[User],
        start: FromDishka[StartMaintenance],
        data: JSONBody[PortfolioBody | None] = None,
        portfolio_id: FromQuery[UUID | None] = None,
    ) -> MaintenanceStartedView:
        """Start calculations of one portfolio or of all; users' own calculations run first."""
        return await _start(MaintenanceTask.RUN_BATCH, user, start, _portfolio(data, portfolio_id))

    @post("/fix-all", Access.ADMIN, status_code=HTTP_200_OK)
    async def fix_all(
        self, user: FromDishka[User], start: FromDishka[StartMaintenance]
    ) -> MaintenanceStartedView:
        """Clear all results, seed the sample portfolio, and calculate all portfolios again."""
        return await _start(MaintenanceTask.FIX_ALL, user, start)

    @get("/jobs/{job_id:uuid}", Access.ADMIN, MaintenanceRunNotFoundError)
    async def read_job(
        self, job_id: FromPath[UUID], read: FromDishka[ReadMaintenanceRuns]
    ) -> JobView:
        """Read a job's progress and who requested it; a batch ends with its last calculation."""
        return _job(await read.one(MaintenanceRunId(job_id)))


def _portfolio(body: PortfolioBody | None, query: UUID | None) -> PortfolioId | None:
    """Return the portfolio named in the body, or in the query as older clients do."""
    ids = {each for each in (body and body.portfolio_id, query) if each}
    if len(ids) > 1:
        raise ValidationFailedError(
            FieldError("portfolio_id", "The query and the body name two portfolios.", "ambiguous")
        )
    return PortfolioId(ids.pop()) if ids else None


async def _start(
    task: MaintenanceTask, user: User, start: StartMaintenance, portfolio: PortfolioId | None = None
) -> MaintenanceStartedView:
    run = await start(task, by=user.id, portfolio=portfolio)
    return MaintenanceStartedView(
        success=True,
        message=MESSAGES[task],
        job_id=run.id,
        status_url=f"/api/v1/admin/fix/jobs/{run.id}",
        details={"task": task.value, "portfolio_id": portfolio},
    )


def _job(report: MaintenanceReport) -> JobView:
    run = report.run
    return build_view(
        JobView,
        report,
        run,
        job_id=run.id,
        portfolio_id=run.portfolio and run.portfolio.id,
        progress=ProgressView(current=report.current, total=report.total),
        result=None if report.status in UNDER_WAY else _result(report),
    )


def _result(report: MaintenanceReport) -> ResultView:
    return build_view(
        ResultView,
        report.run.counts,
        calculations_completed=report.batch.completed,
        calculations_failed=report.batch.failed,
    )
