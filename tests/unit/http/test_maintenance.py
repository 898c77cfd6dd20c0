"""Maintenance over HTTP, with a worker."""

from typing import Any
from uuid import uuid4

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.entrypoints.worker import Worker
from tests.support.builders.instants import MINUTE
from tests.support.builders.users import bob
from tests.support.providers.application import OPERATOR, InMemoryApplication
from tests.unit.http.portfolio_client import PortfolioClient

FIX = "/admin/fix"


@pytest.fixture
def operator_portfolio(portfolio_client: PortfolioClient) -> PortfolioClient:
    """Ann's portfolio, and an operator."""
    paying = Subscription(Tier.PAID)
    operator = bob(clerk_user_id=OPERATOR, invite_validated=True, subscription=paying)
    portfolio_client.api.store.users[operator.id] = operator
    return portfolio_client


async def ordered(api: InMemoryApplication, task: str, **sent: Any) -> dict[str, Any]:
    answer = await api("POST", f"{FIX}/{task}", by=OPERATOR, **sent)
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


async def job(api: InMemoryApplication, payload: dict[str, Any]) -> dict[str, Any]:
    path = payload["status_url"].removeprefix("/api/v1")
    answer = await api("GET", path, by=OPERATOR)
    assert answer.status_code == 200, answer.text
    reported: dict[str, Any] = answer.json()
    return reported


async def test_a_job_is_started_read_and_completed(operator_portfolio: PortfolioClient) -> None:
    api = operator_portfolio.api
    payload = await ordered(api, "fix-all")
    waiting = await job(api, payload)
    api.clock.advance(MINUTE)

    worker = Worker(api.container)
    await worker.turn()
    batch = await job(api, payload)
    await worker.turn()

    done = await job(api, payload)
    assert payload == {
        "success": True,
        "message": "Calculation results are being cleared and calculated again.",
        "job_id": payload["job_id"],
        "status_url": f"/api/v1/admin/fix/jobs/{payload['job_id']}",
        "details": {"task": "fix-all", "portfolio_id": None},
    }
    assert waiting == {
        "job_id": payload["job_id"],
        "task": "fix-all",
        "portfolio_id": None,
        "requested_by": "bob@example.com",
        "status": "pending",
        "progress": {"current": 0, "total": 1},
        "result": None,
        "error": None,
        "created_at": "2026-01-15T12:00:00Z",
        "started_at": None,
        "completed_at": None,
    }
    assert (batch["status"], batch["progress"]) == ("running", {"current": 2, "total": 3})
    assert (batch["started_at"], batch["completed_at"]) == ("2026-01-15T12:01:00Z", None)
    assert (done["status"], done["progress"]) == ("completed", {"current": 3, "total": 3})
    assert done["completed_at"] == "2026-01-15T12:01:00Z"
    assert done["result"] == {
        "snapshots_cleared": 0,
        "calculations_given_up": 0,
        "portfolios_seeded": 1,
        "seeding_refused": None,
        "calculations_started": 2,
        "calculations_skipped": 0,
        "calculations_completed": 2,
        "calculations_failed": 0,
    }


@pytest.mark.parametrize("task", ["clear-calculations", "run-batch"])
@pytest.mark.parametrize("where", ["json", "params"])
async def test_a_job_may_be_about_one_portfolio_named_in_the_body_or_the_query(
    operator_portfolio: PortfolioClient, task: str, where: str
) -> None:
    payload = await ordered(
        operator_portfolio.api, task, **{where: {"portfolio_id": operator_portfolio.id}}
    )

    reported = await job(operator_portfolio.api, payload)
    assert (reported["task"], reported["portfolio_id"]) == (task, operator_portfolio.id)
    assert payload["details"]["portfolio_id"] == operator_portfolio.id


@pytest.mark.parametrize("body", [{}, {"portfolio_id": None}])
async def test_a_body_that_names_none_is_about_all(
    operator_portfolio: PortfolioClient, body: Any
) -> None:
    payload = await ordered(operator_portfolio.api, "run-batch", json=body)

    assert (await job(operator_portfolio.api, payload))["portfolio_id"] is None


@pytest.mark.parametrize("task", ["clear-calculations", "run-batch"])
async def test_an_invalid_portfolio_id_does_not_mean_all(
    operator_portfolio: PortfolioClient, task: str
) -> None:
    api, other = operator_portfolio.api, str(uuid4())
    sent: list[tuple[int, dict[str, Any]]] = [
        (404, {"json": {"portfolio_id": other}}),
        (404, {"params": {"portfolio_id": other}}),
        (400, {"json": {"portfolioId": operator_portfolio.id}}),
        (400, {"json": {"portfolio_id": "x"}}),
        (400, {"json": [operator_portfolio.id]}),
        (400, {"params": {"portfolio_id": "x"}}),
        (400, {"params": {"portfolio_id": operator_portfolio.id}, "json": {"portfolio_id": other}}),
    ]

    answers = [
        (await api("POST", f"{FIX}/{task}", by=OPERATOR, **request)).status_code
        for _, request in sent
    ]

    assert answers == [status for status, _ in sent]
    assert (api.store.fixes, api.store.jobs) == ({}, {})


async def test_an_unknown_job_is_not_found(operator_portfolio: PortfolioClient) -> None:
    answer = await operator_portfolio.api("GET", f"{FIX}/jobs/{uuid4()}", by=OPERATOR)

    assert (answer.status_code, answer.json()["error"]) == (404, "job_not_found")


async def test_only_operators_read_a_job(operator_portfolio: PortfolioClient) -> None:
    payload = await ordered(operator_portfolio.api, "seed-portfolios")

    answer = await operator_portfolio.api("GET", f"{FIX}/jobs/{payload['job_id']}")

    assert (answer.status_code, answer.json()["error"]) == (403, "admin_required")


async def test_an_outage_is_503_and_nothing_is_queued(operator_portfolio: PortfolioClient) -> None:
    operator_portfolio.api.fail_with(DatabaseUnavailableError())

    answer = await operator_portfolio.api("POST", f"{FIX}/fix-all", by=OPERATOR)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert operator_portfolio.api.store.fixes == {}
