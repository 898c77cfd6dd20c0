"""The progress of a calculation, as the web app polls it."""

from typing import Any

from sigmasight.entrypoints.worker import Pace, Worker
from tests.support.builders.instants import MINUTE
from tests.unit.http.portfolio_client import PortfolioClient
from tests.unit.http.problems import problem_of


async def status(portfolio_client: PortfolioClient) -> dict[str, Any]:
    answer = await portfolio_client.api("GET", f"/onboarding/status/{portfolio_client.id}")
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


async def start(portfolio_client: PortfolioClient) -> None:
    await portfolio_client.api("POST", f"/portfolios/{portfolio_client.id}/calculate")


async def test_a_portfolio_never_calculated_has_none(portfolio_client: PortfolioClient) -> None:
    assert await status(portfolio_client) == {
        "portfolio_id": portfolio_client.id,
        "status": "not_found",
        "started_at": None,
        "elapsed_seconds": 0,
        "overall_progress": None,
        "current_phase_progress": None,
        "activity_log": [],
        "phases": None,
        "mode": "calculation",
    }


async def test_a_queued_calculation_is_running_its_first_phase(
    portfolio_client: PortfolioClient,
) -> None:
    await start(portfolio_client)
    portfolio_client.api.clock.advance(MINUTE)

    payload = await status(portfolio_client)

    assert (payload["status"], payload["elapsed_seconds"]) == ("running", 60)
    assert payload["overall_progress"] == {
        "current_phase": "positions",
        "current_phase_name": "Reading the positions",
        "phases_completed": 0,
        "phases_total": 4,
        "percent_complete": 0,
    }
    assert payload["current_phase_progress"] == {"current": 0, "total": 0, "unit": "positions"}
    assert payload["activity_log"] == [
        {
            "timestamp": "2026-01-15T12:00:00Z",
            "message": "The calculation is queued.",
            "level": "info",
        }
    ]


async def test_a_completed_calculation_has_all_its_phases(
    portfolio_client: PortfolioClient,
) -> None:
    await portfolio_client.add()
    await start(portfolio_client)
    await Worker(portfolio_client.api.container, Pace()).turn()

    payload = await status(portfolio_client)

    assert payload["status"] == "completed"
    assert payload["overall_progress"]["percent_complete"] == 100
    assert payload["overall_progress"]["current_phase"] is None
    assert payload["current_phase_progress"] is None
    assert payload["phases"][0] == {
        "phase_id": "positions",
        "phase_name": "Reading the positions",
        "status": "completed",
        "current": 1,
        "total": 1,
        "unit": "positions",
        "duration_seconds": 0,
    }
    assert {phase["status"] for phase in payload["phases"]} == {"completed"}
    levels = [entry["level"] for entry in payload["activity_log"]]
    assert levels == ["info", "info", "info", "warning", "info", "info"]


async def test_the_log_is_a_file_to_download(portfolio_client: PortfolioClient) -> None:
    way = f"/onboarding/status/{portfolio_client.id}/logs"
    missing = await portfolio_client.api("GET", way)
    await start(portfolio_client)

    text = await portfolio_client.api("GET", way)
    payload = await portfolio_client.api("GET", f"{way}?format=json")

    problem_of(missing, 404, "no_logs_available")
    name = 'attachment; filename="calculation-20260115-120000'
    assert text.headers["Content-Disposition"] == f'{name}.txt"'
    assert text.text == "2026-01-15T12:00:00Z INFO    The calculation is queued.\n"
    assert payload.headers["Content-Disposition"] == f'{name}.json"'
    assert payload.json().keys() == {
        *("portfolio_id", "portfolio_name", "started_at", "elapsed_seconds", "final_status"),
        *("overall_progress", "phases", "activity_log", "generated_at"),
    }
