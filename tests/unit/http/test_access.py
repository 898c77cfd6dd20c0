"""Invites, deactivation and upgrades take effect with the next request."""

from dataclasses import replace

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.providers.application import CODE, InMemoryApplication

BODY = {"name": "Savings", "account_name": "Broker 1"}


class TestInviteCode:
    async def test_grants_access_from_the_next_request_on(self, api: InMemoryApplication) -> None:
        api.with_users(a_user())

        before = await api("POST", "/portfolios", json=BODY)
        answer = await api(
            "POST", "/onboarding/validate-invite", json={"invite_code": f" {CODE.upper()} "}
        )
        after = await api("POST", "/portfolios", json=BODY)

        assert (before.status_code, after.status_code) == (403, 201)
        assert answer.status_code == 200
        assert answer.json()["status"] == "validated"
        assert answer.json()["message"]

    async def test_is_not_required_again(self, api: InMemoryApplication) -> None:
        answer = await api("POST", "/onboarding/validate-invite", json={"invite_code": "x"})

        assert answer.status_code == 200
        assert answer.json()["status"] == "already_validated"

    async def test_that_is_wrong_is_audited_with_the_clients_address(
        self, api: InMemoryApplication
    ) -> None:
        api.with_users(a_user())

        await api("POST", "/onboarding/validate-invite", json={"invite_code": "guesses"})

        assert api.audit.refusals == [(ANNS_ID, "127.0.0.1", "gues")]

    @pytest.mark.parametrize("body", [{}, {"invite_code": ""}, {"invite_code": 5}, {"code": CODE}])
    async def test_that_is_invalid_is_no_attempt(
        self, api: InMemoryApplication, body: object
    ) -> None:
        api.with_users(a_user())

        answer = await api("POST", "/onboarding/validate-invite", json=body)

        assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
        assert api.store.failures == {}

    async def test_disabled_lets_every_user_through_and_validates_on_request(self) -> None:
        api = InMemoryApplication(invite_code_enabled=False).with_users(a_user())

        unvalidated = await api("POST", "/portfolios", json=BODY)
        answer = await api("POST", "/onboarding/validate-invite", json={"invite_code": "any"})

        assert unvalidated.status_code == 201
        assert answer.json()["status"] == "validated"
        assert api.store.users[ANNS_ID].invite_validated


async def test_deactivation_takes_effect_on_the_next_request(api: InMemoryApplication) -> None:
    before = await api("GET", "/auth/me")
    api.store.users[ANNS_ID] = replace(api.store.users[ANNS_ID], is_active=False)
    after = await api("GET", "/auth/me")

    assert before.status_code == 200
    assert (after.status_code, after.json()["error"]) == (401, "account_inactive")


async def test_a_change_of_tier_takes_effect_on_the_next_request(api: InMemoryApplication) -> None:
    for number in range(2):
        await api("POST", "/portfolios", json={**BODY, "account_name": f"Account {number}"})

    before = await api("POST", "/portfolios", json=BODY)
    user = api.store.users[ANNS_ID]
    api.store.users[ANNS_ID] = replace(user, subscription=Subscription(Tier.PAID))
    after = await api("POST", "/portfolios", json=BODY)

    assert before.json()["error"] == "portfolio_limit_reached"
    assert after.status_code == 201
    assert (await api("GET", "/auth/me")).json()["tier"] == "paid"


async def test_a_downgrade_still_allows_reading_updating_and_deleting(
    api: InMemoryApplication,
) -> None:
    api.with_users(a_user(invite_validated=True, subscription=Subscription(Tier.PAID)))
    ids = [
        (await api("POST", "/portfolios", json={**BODY, "account_name": f"A{number}"})).json()["id"]
        for number in range(3)
    ]
    api.store.users[ANNS_ID] = a_user(invite_validated=True)

    created = await api("POST", "/portfolios", json=BODY)
    listed = await api("GET", "/portfolios")
    updated = await api("PUT", f"/portfolios/{ids[0]}", json={"name": "Still mine"})
    deleted = await api("DELETE", f"/portfolios/{ids[1]}")

    assert created.json()["error"] == "portfolio_limit_reached"
    assert created.json()["current_count"] == listed.json()["total_count"] == 3
    assert (updated.status_code, deleted.status_code) == (200, 200)


async def test_limits_are_those_of_the_settings() -> None:
    api = InMemoryApplication(tier_limits={"free": {"max_portfolios": 1}})
    api.with_users(a_user(invite_validated=True))
    await api("POST", "/portfolios", json=BODY)

    answer = await api("POST", "/portfolios", json={**BODY, "account_name": "Another"})

    assert answer.json()["limit"] == 1
