"""Who may call what: the contract's table, for every route there is."""

import re
from typing import Any
from uuid import UUID

import pytest
from litestar import get
from litestar.routes import HTTPRoute

from sigmasight.entrypoints.http.guards import Access
from tests.support.builders.users import ANN, BOB, a_user, bob
from tests.support.providers.application import OPERATOR, InMemoryApplication

OPEN, SIGNED_IN, VALIDATED, ADMIN = Access
CONTRACT = {
    ("GET", "/api/v1/auth/me"): SIGNED_IN,
    ("POST", "/api/v1/auth/refresh"): SIGNED_IN,
    ("POST", "/api/v1/auth/logout"): SIGNED_IN,
    ("GET", "/api/v1/auth/api-keys"): SIGNED_IN,
    ("POST", "/api/v1/auth/api-keys"): SIGNED_IN,
    ("DELETE", "/api/v1/auth/api-keys/{key_id:uuid}"): SIGNED_IN,
    ("GET", "/api/v1/usage"): SIGNED_IN,
    ("GET", "/api/v1/usage/history"): SIGNED_IN,
    ("POST", "/api/v1/onboarding/validate-invite"): SIGNED_IN,
    ("GET", "/api/v1/onboarding/csv-template"): OPEN,
    ("POST", "/api/v1/onboarding/create-portfolio"): VALIDATED,
    ("POST", "/api/v1/onboarding/import-preview"): VALIDATED,
    ("GET", "/api/v1/portfolios"): SIGNED_IN,
    ("POST", "/api/v1/portfolios"): VALIDATED,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}"): SIGNED_IN,
    ("PUT", "/api/v1/portfolios/{portfolio_id:uuid}"): VALIDATED,
    ("DELETE", "/api/v1/portfolios/{portfolio_id:uuid}"): VALIDATED,
    ("POST", "/api/v1/chat/conversations"): VALIDATED,
    ("GET", "/api/v1/chat/conversations"): VALIDATED,
    ("GET", "/api/v1/chat/conversations/{conversation_id:uuid}"): VALIDATED,
    ("DELETE", "/api/v1/chat/conversations/{conversation_id:uuid}"): VALIDATED,
    ("PUT", "/api/v1/chat/conversations/{conversation_id:uuid}/mode"): VALIDATED,
    ("GET", "/api/v1/chat/conversations/{conversation_id:uuid}/messages"): VALIDATED,
    ("POST", "/api/v1/chat/send"): VALIDATED,
    ("GET", "/api/v1/agent/memories"): VALIDATED,
    ("POST", "/api/v1/agent/memories"): VALIDATED,
    ("DELETE", "/api/v1/agent/memories"): VALIDATED,
    ("GET", "/api/v1/agent/memories/count"): VALIDATED,
    ("DELETE", "/api/v1/agent/memories/{memory_id:uuid}"): VALIDATED,
    ("POST", "/api/v1/portfolios/{portfolio_id:uuid}/calculate"): VALIDATED,
    ("POST", "/api/v1/portfolios/{portfolio_id:uuid}/import"): VALIDATED,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/batch-status/{batch_run_id:uuid}"): SIGNED_IN,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/snapshot"): SIGNED_IN,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/risk"): SIGNED_IN,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/performance"): SIGNED_IN,
    ("GET", "/api/v1/positions"): VALIDATED,
    ("POST", "/api/v1/positions"): VALIDATED,
    ("POST", "/api/v1/positions/bulk"): VALIDATED,
    ("DELETE", "/api/v1/positions/bulk"): VALIDATED,
    ("GET", "/api/v1/positions/check-duplicate"): VALIDATED,
    ("GET", "/api/v1/positions/{position_id:uuid}"): VALIDATED,
    ("PUT", "/api/v1/positions/{position_id:uuid}"): VALIDATED,
    ("DELETE", "/api/v1/positions/{position_id:uuid}"): VALIDATED,
    ("POST", "/api/v1/tags"): VALIDATED,
    ("GET", "/api/v1/tags"): VALIDATED,
    ("POST", "/api/v1/tags/defaults"): VALIDATED,
    ("GET", "/api/v1/tags/{tag_id:uuid}"): VALIDATED,
    ("PATCH", "/api/v1/tags/{tag_id:uuid}"): VALIDATED,
    ("POST", "/api/v1/tags/{tag_id:uuid}/archive"): VALIDATED,
    ("POST", "/api/v1/tags/{tag_id:uuid}/restore"): VALIDATED,
    ("GET", "/api/v1/tags/{tag_id:uuid}/positions"): VALIDATED,
    ("GET", "/api/v1/positions/{position_id:uuid}/tags"): VALIDATED,
    ("POST", "/api/v1/positions/{position_id:uuid}/tags"): VALIDATED,
    ("PATCH", "/api/v1/positions/{position_id:uuid}/tags"): VALIDATED,
    ("DELETE", "/api/v1/positions/{position_id:uuid}/tags"): VALIDATED,
    ("POST", "/api/v1/positions/{position_id:uuid}/tags/remove"): VALIDATED,
    ("POST", "/api/v1/target-prices/{portfolio_id:uuid}"): VALIDATED,
    ("GET", "/api/v1/target-prices/{portfolio_id:uuid}"): VALIDATED,
    ("GET", "/api/v1/target-prices/{portfolio_id:uuid}/summary"): VALIDATED,
    ("POST", "/api/v1/target-prices/{portfolio_id:uuid}/bulk"): VALIDATED,
    ("PUT", "/api/v1/target-prices/{portfolio_id:uuid}/bulk-update"): VALIDATED,
    ("POST", "/api/v1/target-prices/{portfolio_id:uuid}/import-csv"): VALIDATED,
    ("POST", "/api/v1/target-prices/{portfolio_id:uuid}/export"): VALIDATED,
    ("GET", "/api/v1/target-prices/target/{target_id:uuid}"): VALIDATED,
    ("PUT", "/api/v1/target-prices/target/{target_id:uuid}"): VALIDATED,
    ("DELETE", "/api/v1/target-prices/target/{target_id:uuid}"): VALIDATED,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/equity-changes"): VALIDATED,
    ("POST", "/api/v1/portfolios/{portfolio_id:uuid}/equity-changes"): VALIDATED,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/equity-changes/summary"): VALIDATED,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/equity-changes/export"): VALIDATED,
    ("GET", "/api/v1/portfolios/{portfolio_id:uuid}/equity-changes/{change_id:uuid}"): VALIDATED,
    ("PUT", "/api/v1/portfolios/{portfolio_id:uuid}/equity-changes/{change_id:uuid}"): VALIDATED,
    ("DELETE", "/api/v1/portfolios/{portfolio_id:uuid}/equity-changes/{change_id:uuid}"): VALIDATED,
    ("GET", "/api/v1/fundamentals/{symbol:str}/income-statement"): SIGNED_IN,
    ("GET", "/api/v1/fundamentals/{symbol:str}/balance-sheet"): SIGNED_IN,
    ("GET", "/api/v1/fundamentals/{symbol:str}/cash-flow"): SIGNED_IN,
    ("GET", "/api/v1/fundamentals/{symbol:str}/analyst-estimates"): SIGNED_IN,
    ("POST", "/api/v1/insights/generate"): VALIDATED,
    ("GET", "/api/v1/insights/portfolio/{portfolio_id:uuid}"): VALIDATED,
    ("GET", "/api/v1/insights/{insight_id:uuid}"): VALIDATED,
    ("PATCH", "/api/v1/insights/{insight_id:uuid}"): VALIDATED,
    ("POST", "/api/v1/insights/{insight_id:uuid}/feedback"): VALIDATED,
    ("GET", "/api/v1/admin/audit"): ADMIN,
    ("POST", "/api/v1/admin/fix/clear-calculations"): ADMIN,
    ("POST", "/api/v1/admin/fix/seed-portfolios"): ADMIN,
    ("POST", "/api/v1/admin/fix/run-batch"): ADMIN,
    ("POST", "/api/v1/admin/fix/fix-all"): ADMIN,
    ("GET", "/api/v1/admin/fix/jobs/{job_id:uuid}"): ADMIN,
    ("GET", "/api/v1/data/portfolios"): SIGNED_IN,
    ("GET", "/api/v1/data/positions/details"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/overview"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/volatility"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/correlation-matrix"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/sector-exposure"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/concentration"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/factor-exposures"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/positions/factor-exposures"): (
        SIGNED_IN
    ),
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/spread-factors"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/beta-comparison"): SIGNED_IN,
    ("GET", "/api/v1/analytics/portfolio/{portfolio_id:uuid}/stress-test"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/overview"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/breakdown"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/beta"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/volatility"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/factor-exposures"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/sector-exposure"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/concentration"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/correlation-matrix"): SIGNED_IN,
    ("GET", "/api/v1/analytics/aggregate/stress-test"): SIGNED_IN,
    ("GET", "/api/v1/data/portfolio/{portfolio_id:uuid}/snapshot"): SIGNED_IN,
    ("GET", "/api/v1/data/company-profiles"): SIGNED_IN,
    ("GET", "/api/v1/data/prices/benchmark/{symbol:str}"): SIGNED_IN,
    ("GET", "/api/v1/data/factors/etf-prices"): SIGNED_IN,
    ("GET", "/api/v1/positions/validate-symbol/{symbol:str}"): VALIDATED,
    ("POST", "/api/v1/data/positions/restore-sector-tags"): VALIDATED,
    ("GET", "/api/v1/chat/memories"): VALIDATED,
    ("POST", "/api/v1/chat/memories"): VALIDATED,
    ("DELETE", "/api/v1/chat/memories"): VALIDATED,
    ("GET", "/api/v1/chat/memories/count"): VALIDATED,
    ("DELETE", "/api/v1/chat/memories/{memory_id:uuid}"): VALIDATED,
    ("POST", "/api/v1/chat/messages/{message_id:uuid}/feedback"): VALIDATED,
    ("GET", "/api/v1/chat/messages/{message_id:uuid}/feedback"): VALIDATED,
    ("DELETE", "/api/v1/chat/messages/{message_id:uuid}/feedback"): VALIDATED,
    ("GET", "/api/v1/equity-search"): SIGNED_IN,
    ("GET", "/api/v1/equity-search/filters"): SIGNED_IN,
    ("GET", "/api/v1/onboarding/status/{portfolio_id:uuid}"): SIGNED_IN,
    ("GET", "/api/v1/onboarding/status/{portfolio_id:uuid}/logs"): SIGNED_IN,
    ("POST", "/api/v1/webhooks/clerk"): OPEN,
    ("GET", "/api/v1/health"): OPEN,
    ("GET", "/api/v1/health/live"): OPEN,
    ("GET", "/api/v1/health/ready"): OPEN,
    ("GET", "/api/v1/metrics"): OPEN,
    ("GET", "/health"): OPEN,
    ("GET", "/health/live"): OPEN,
    ("GET", "/health/ready"): OPEN,
    ("GET", "/metrics"): OPEN,
}
LEGACY = {
    ("POST", "/api/v1/auth/register"): OPEN,
    ("POST", "/api/v1/auth/login"): OPEN,
    ("POST", "/api/v1/onboarding/register"): OPEN,
}
"""The additional routes while password login is enabled."""
OURS = {route for route in CONTRACT if route[1].startswith("/api/v1")}
PARAMETER = re.compile(r"\{\w+:\w+\}")
PATHS = {
    access: sorted(
        (method, PARAMETER.sub(str(UUID(int=9)), path.removeprefix("/api/v1")))
        for method, path in OURS
        if CONTRACT[method, path] is access
    )
    for access in Access
}
GUARDED = PATHS[SIGNED_IN] + PATHS[VALIDATED] + PATHS[ADMIN]


def routes(api: InMemoryApplication) -> dict[tuple[str, str], Any]:
    """Return the access each operation requires, or None for one that names none."""
    return {
        (method, route.path): handler.opt.get("access")
        for route in api.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    }


def test_every_route_is_in_the_table_of_the_contract_with_its_guard(
    api: InMemoryApplication,
) -> None:
    described = {
        route: access for route, access in routes(api).items() if not route[1].startswith("/schema")
    }

    assert described == CONTRACT


def test_password_login_adds_the_routes_of_the_contract_and_no_others(
    api: InMemoryApplication, password_application: InMemoryApplication
) -> None:
    off, on = routes(api), routes(password_application)

    assert {route: on[route] for route in on.keys() - off.keys()} == LEGACY
    assert off.items() <= on.items()


def test_the_openapi_description_is_the_only_other_public_route(api: InMemoryApplication) -> None:
    rest = {route: access for route, access in routes(api).items() if route not in CONTRACT}

    assert {path.split("/")[1] for _, path in rest} == {"schema"}
    assert set(rest.values()) == {OPEN}


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_an_unauthenticated_request_is_refused_before_the_body_is_read(
    api: InMemoryApplication, method: str, path: str
) -> None:
    answer = await api(
        method, path, by=None, content=b"{broken", headers={"Content-Type": "text/odd"}
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "token_missing")


@pytest.mark.parametrize(("method", "path"), PATHS[VALIDATED] + PATHS[ADMIN])
async def test_an_unvalidated_user_is_refused_before_the_body_is_read(
    api: InMemoryApplication, method: str, path: str
) -> None:
    api.with_users(a_user(invite_validated=False))

    answer = await api(method, path, content=b"{broken")

    assert (answer.status_code, answer.json()["error"]) == (403, "invite_required")
    assert answer.json()["redirect"] == "/settings"


@pytest.mark.parametrize(("method", "path"), PATHS[ADMIN])
async def test_a_user_who_is_not_an_operator_is_refused_before_the_body_is_read(
    api: InMemoryApplication, method: str, path: str
) -> None:
    api.with_users(a_user(invite_validated=True))
    before = api.store.copy()

    answer = await api(method, path, content=b"{broken")

    assert (answer.status_code, answer.json()["error"]) == (403, "admin_required")
    assert api.store == before


@pytest.mark.parametrize(("method", "path"), PATHS[SIGNED_IN])
async def test_an_unvalidated_user_may_use_routes_that_need_only_a_session(
    api: InMemoryApplication, method: str, path: str
) -> None:
    api.with_users(a_user(invite_validated=False))

    answer = await api(method, path, json={"invite_code": "welcome-2026"})

    assert answer.status_code in {200, 404} or answer.json()["code"] == "validation_failed"


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_an_inactive_user_is_refused_everywhere(
    api: InMemoryApplication, method: str, path: str
) -> None:
    api.with_users(a_user(is_active=False, invite_validated=True))

    answer = await api(method, path, content=b"{broken")

    assert (answer.status_code, answer.json()["error"]) == (401, "account_inactive")


@pytest.mark.parametrize(("method", "path"), PATHS[OPEN])
async def test_public_routes_need_no_authentication(
    api: InMemoryApplication, method: str, path: str
) -> None:
    answer = await api(method, path, by=None)

    assert answer.status_code == (401 if "webhooks" in path else 200)


async def test_a_handler_without_a_guard_is_for_operators_only() -> None:
    @get("/api/v1/forgotten")
    async def forgotten() -> str:
        return "for operators"

    api = InMemoryApplication()
    api.app.register(forgotten)
    operator = bob(clerk_user_id=OPERATOR, invite_validated=True)
    api.with_users(a_user(invite_validated=True), operator)

    assert (await api("GET", "/forgotten", by=None)).json()["error"] == "token_missing"
    assert (await api("GET", "/forgotten", by=ANN)).json()["error"] == "admin_required"
    assert (await api("GET", "/forgotten", by=BOB)).json()["error"] == "invite_required"
    assert (await api("GET", "/forgotten", by=OPERATOR)).text == "for operators"
