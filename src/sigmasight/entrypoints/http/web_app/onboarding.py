"""The progress of a portfolio's last calculation, as the web app shows it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller, MediaType, Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock, NotFoundError
from sigmasight.domain.portfolios.calculations.progress import (
    LogEntry,
    LogLevel,
    PhaseProgress,
    PhaseStatus,
)
from sigmasight.domain.portfolios.calculations.runs import (
    CalculationRun,
    ReadCalculation,
    RunStatus,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get

MODE: Final = "calculation"


class NoLogsError(NotFoundError):
    code = "no_logs_available"

    def __init__(self) -> None:
        super().__init__("This portfolio has not been calculated yet, so there is no log.")


class Status(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    NOT_FOUND = "not_found"


class LogFormat(StrEnum):
    TXT = "txt"
    JSON = "json"


class OverallProgressView(msgspec.Struct, frozen=True):
    current_phase: str | None
    current_phase_name: str | None
    phases_completed: int
    phases_total: int
    percent_complete: int


class PhaseProgressView(msgspec.Struct, frozen=True):
    current: int
    total: int
    unit: str


class LogEntryView(msgspec.Struct, frozen=True):
    timestamp: datetime
    message: str
    level: LogLevel


class PhaseView(msgspec.Struct, frozen=True):
    phase_id: str
    phase_name: str
    status: PhaseStatus
    current: int
    total: int
    unit: str
    duration_seconds: int | None


class OnboardingStatusView(msgspec.Struct, frozen=True):
    """The status is `not_found` if the portfolio has never been calculated."""

    portfolio_id: UUID
    status: Status
    started_at: datetime | None
    elapsed_seconds: int
    overall_progress: OverallProgressView | None
    current_phase_progress: PhaseProgressView | None
    activity_log: list[LogEntryView]
    phases: list[PhaseView] | None
    mode: Annotated[str, msgspec.Meta(examples=[MODE])]


class OnboardingLogView(msgspec.Struct, frozen=True):
    portfolio_id: UUID
    portfolio_name: str
    started_at: datetime
    elapsed_seconds: int
    final_status: Status
    overall_progress: OverallProgressView
    phases: list[PhaseView]
    activity_log: list[LogEntryView]
    generated_at: datetime


class OnboardingStatusController(Controller):
    path = "/onboarding/status/{portfolio_id:uuid}"
    tags = ["Web app"]

    @get("/", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_onboarding_status(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadCalculation],
        clock: FromDishka[Clock],
    ) -> OnboardingStatusView:
        """Read the progress of a portfolio's last calculation, whoever started it."""
        _, run = await read.latest(PortfolioId(portfolio_id), by=user.id)
        if run is None:
            return OnboardingStatusView(
                portfolio_id, Status.NOT_FOUND, None, 0, None, None, [], None, MODE
            )
        current = _current(run)
        return OnboardingStatusView(
            portfolio_id=portfolio_id,
            status=Status(run.status.value),
            started_at=run.started_at,
            elapsed_seconds=_elapsed(run, clock),
            overall_progress=_overall(run),
            current_phase_progress=PhaseProgressView(
                current.count, current.total, current.phase.unit
            )
            if current
            else None,
            activity_log=[_entry(each) for each in run.log],
            phases=[_phase(each) for each in run.phases],
            mode=MODE,
        )

    @get(
        "/logs",
        Access.SIGNED_IN,
        PortfolioNotFoundError,
        NoLogsError,
        response=ResponseSpec(OnboardingLogView, description="The log."),
        text=MediaType.TEXT,
    )
    async def download_onboarding_log(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadCalculation],
        clock: FromDishka[Clock],
        format: FromQuery[LogFormat] = LogFormat.TXT,  # noqa: A002  the parameter's name
    ) -> Response[Any]:
        """Download the log of a portfolio's last calculation."""
        portfolio, run = await read.latest(PortfolioId(portfolio_id), by=user.id)
        if run is None:
            raise NoLogsError
        name = f"calculation-{run.started_at:%Y%m%d-%H%M%S}.{format}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if format is LogFormat.TXT:
            return Response(_text(run), media_type=MediaType.TEXT, headers=headers)
        log = OnboardingLogView(
            portfolio_id=portfolio_id,
            portfolio_name=portfolio.terms.name,
            started_at=run.started_at,
            elapsed_seconds=_elapsed(run, clock),
            final_status=Status(run.status.value),
            overall_progress=_overall(run),
            phases=[_phase(each) for each in run.phases],
            activity_log=[_entry(each) for each in run.log],
            generated_at=clock.now(),
        )
        return Response(log, headers=headers)


def _current(run: CalculationRun) -> PhaseProgress | None:
    """Return the phase that is running."""
    if run.status is not RunStatus.RUNNING:
        return None
    return next((each for each in run.phases if each.status is PhaseStatus.RUNNING), None)


def _elapsed(run: CalculationRun, clock: Clock) -> int:
    return int(run.elapsed(clock.now()).total_seconds())


def _overall(run: CalculationRun) -> OverallProgressView:
    current, phases = _current(run), run.phases
    completed = sum(each.status is PhaseStatus.COMPLETED for each in phases)
    return OverallProgressView(
        current_phase=current.phase.value if current else None,
        current_phase_name=current.phase.description if current else None,
        phases_completed=completed,
        phases_total=len(phases),
        percent_complete=100 * completed // len(phases),
    )


def _phase(progress: PhaseProgress) -> PhaseView:
    return PhaseView(
        phase_id=progress.phase.value,
        phase_name=progress.phase.description,
        status=progress.status,
        current=progress.count,
        total=progress.total,
        unit=progress.phase.unit,
        duration_seconds=None
        if progress.duration is None
        else int(progress.duration.total_seconds()),
    )


def _entry(entry: LogEntry) -> LogEntryView:
    return LogEntryView(entry.at, entry.message, entry.level)


def _text(run: CalculationRun) -> str:
    return "".join(
        f"{entry.at:%Y-%m-%dT%H:%M:%SZ} {entry.level.value.upper():7} {entry.message}\n"
        for entry in run.log
    )
