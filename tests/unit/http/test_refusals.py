"""Refusals and server errors as problems (RFC 9457)."""

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.kernel import ClerkUserId, DatabaseUnavailableError
from tests.support.builders.clerk_events import user_created
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.session_tokens import a_token
from tests.support.builders.users import ANN, BOB, a_user
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.problems import BODY, extra_members, problem_of


class TestRefusals:
    async def test_without_authentication_are_401(self, api: InMemoryApplication) -> None:
        problem_of(await api("GET", "/auth/me", by=None), 401, "token_missing")

    async def test_of_webhooks_not_signed_are_401_without_a_challenge(
        self, api: InMemoryApplication
    ) -> None:
        answer = await api("POST", "/webhooks/clerk", by=None, content=user_created())

        problem_of(answer, 401, "webhook_signature_invalid")

    async def test_of_those_without_an_address_are_401_with_the_remedy_for_the_operator(
        self, api: InMemoryApplication
    ) -> None:
        nameless = {"Authorization": f"Bearer {a_token(sub=BOB, email=None)}"}

        answer = await api("GET", "/auth/me", headers=nameless)

        detail = problem_of(answer, 401, "email_claim_missing")["detail"]
        assert "{{user.primary_email_address}}" in detail
        assert "CLERK_SECRET_KEY" in detail

    async def test_without_an_invite_are_403_with_the_next_step(
        self, api: InMemoryApplication
    ) -> None:
        api.with_users(a_user(invite_validated=False))

        payload = problem_of(await api("POST", "/portfolios", json=BODY), 403, "invite_required")

        assert extra_members(payload) == {"redirect": "/settings"}

    async def test_of_one_portfolio_too_many_are_403_with_the_limit(
        self, api: InMemoryApplication
    ) -> None:
        for number in range(2):
            portfolio = a_portfolio(terms=terms(account_name=f"Account {number}"))
            api.store.portfolios[portfolio.user_id, portfolio.id] = portfolio

        answer = await api("POST", "/portfolios", json=BODY)

        payload = problem_of(answer, 403, "portfolio_limit_reached")
        assert extra_members(payload) == {"limit": 2, "current_count": 2, "tier": "free"}

    async def test_of_a_duplicate_name_are_409(self, api: InMemoryApplication) -> None:
        await api("POST", "/portfolios", json=BODY)

        problem_of(await api("POST", "/portfolios", json=BODY), 409, "account_name_taken")

    async def test_of_a_duplicate_address_are_409(self, api: InMemoryApplication) -> None:
        api.with_users(a_user(email="user_bob@example.com"))

        problem_of(await api("GET", "/auth/me", by=BOB), 409, "email_conflict")

    async def test_of_a_wrong_invite_code_are_400(self, api: InMemoryApplication) -> None:
        api.with_users(a_user())

        answer = await api("POST", "/onboarding/validate-invite", json={"invite_code": "x"})

        assert extra_members(problem_of(answer, 400, "invalid_invite_code")) == {}

    async def test_of_too_many_wrong_codes_are_429_with_a_retry_after(
        self, api: InMemoryApplication
    ) -> None:
        api.with_users(a_user())
        wrong = {"invite_code": "x"}
        for _ in range(10):
            await api("POST", "/onboarding/validate-invite", json=wrong)

        answer = await api("POST", "/onboarding/validate-invite", json=wrong)

        problem_of(answer, 429, "too_many_invite_attempts")
        assert answer.headers["Retry-After"] == "900"


class TestFaultsOfOurs:
    @pytest.mark.parametrize("callers", [True, False], ids=["in the guard", "in the handler"])
    async def test_are_500_logged_in_full_without_the_cause_in_the_response(
        self, api: InMemoryApplication, log: list[EventDict], *, callers: bool
    ) -> None:
        failure = RuntimeError("the password is hunter2")
        api.fail_with(failure, callers=callers)

        answer = await api("POST", "/portfolios", json=BODY)

        payload = problem_of(answer, 500, "internal_error")
        assert extra_members(payload) == {}
        assert "hunter2" not in answer.text
        assert "RuntimeError" not in answer.text
        assert "hunter2" not in str(answer.headers)
        [line] = [line for line in log if line["log_level"] == "error"]
        assert line["exc_info"] is failure

    @pytest.mark.parametrize("callers", [True, False], ids=["in the guard", "in the handler"])
    async def test_in_the_database_are_503(
        self, api: InMemoryApplication, *, callers: bool
    ) -> None:
        api.fail_with(DatabaseUnavailableError(), callers=callers)

        answer = await api("POST", "/portfolios", json=BODY)

        problem_of(answer, 503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0

    async def test_at_the_identity_provider_are_503(self, api: InMemoryApplication) -> None:
        api.fail_with(IdentityProviderUnavailableError(), callers=True)

        problem_of(await api("GET", "/auth/me"), 503, "identity_provider_unavailable")

    async def test_of_a_database_that_is_behind_are_503(self, api: InMemoryApplication) -> None:
        api.schema.is_current = False

        problem_of(await api("GET", "/health/ready", by=None), 503, "migrations_pending")


@pytest.mark.parametrize(
    ("path", "by", "expected"),
    [
        ("/auth/me", None, {"code": "token_missing", "client": "127.0.0.1"}),
        ("/tags", ANN, {"code": "invite_required", "client": "127.0.0.1"}),
        ("/nowhere", None, {"code": "route_not_found"}),
        ("/health/live", None, {}),
    ],
)
async def test_the_log_has_the_problem_and_whom_a_guard_refused(
    api: InMemoryApplication, path: str, by: ClerkUserId | None, expected: dict[str, str]
) -> None:
    api.with_users(a_user(invite_validated=False))

    with capture_logs() as lines:
        await api("GET", path, by=by)

    [line] = [each for each in lines if each["event"] == "request"]
    assert {name: line[name] for name in ("code", "client") if name in line} == expected
