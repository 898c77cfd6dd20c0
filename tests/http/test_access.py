"""Being let in, deactivated, upgraded: what changes with the very next request."""

from dataclasses import replace

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from tests.http.world import CODE, World
from tests.unit.examples import ANNS_ID, a_user

BODY = {"name": "Savings", "account_name": "Broker 1"}


class TestInviteCode:
    async def test_lets_in_from_the_next_request_on(self, world: World) -> None:
        world.with_users(a_user())

        before = await world("POST", "/portfolios", json=BODY)
        answer = await world(
            "POST", "/onboarding/validate-invite", json={"invite_code": f" {CODE.upper()} "}
        )
        after = await world("POST", "/portfolios", json=BODY)

        assert (before.status_code, after.status_code) == (403, 201)
        assert answer.status_code == 200
        assert answer.json()["status"] == "validated"
        assert answer.json()["message"]

    async def test_is_not_asked_for_again(self, world: World) -> None:
        answer = await world("POST", "/onboarding/validate-invite", json={"invite_code": "x"})

        assert answer.status_code == 200
        assert answer.json()["status"] == "already_validated"

    async def test_that_is_wrong_is_told_to_the_audit_with_the_clients_address(
        self, world: World
    ) -> None:
        world.with_users(a_user())

        await world("POST", "/onboarding/validate-invite", json={"invite_code": "guesses"})

        assert world.audit.refusals == [(ANNS_ID, "127.0.0.1", "gues")]

    @pytest.mark.parametrize("body", [{}, {"invite_code": ""}, {"invite_code": 5}, {"code": CODE}])
    async def test_that_is_none_is_no_attempt(self, world: World, body: object) -> None:
        world.with_users(a_user())

        answer = await world("POST", "/onboarding/validate-invite", json=body)

        assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
        assert world.memory.failures == {}

    async def test_disabled_lets_everyone_through_and_validates_on_request(self) -> None:
        world = World(invite_code_enabled=False).with_users(a_user())

        unvalidated = await world("POST", "/portfolios", json=BODY)
        answer = await world("POST", "/onboarding/validate-invite", json={"invite_code": "any"})

        assert unvalidated.status_code == 201
        assert answer.json()["status"] == "validated"
        assert world.memory.users[ANNS_ID].invite_validated


async def test_deactivation_takes_effect_on_the_next_request(world: World) -> None:
    before = await world("GET", "/auth/me")
    world.memory.users[ANNS_ID] = replace(world.memory.users[ANNS_ID], is_active=False)
    after = await world("GET", "/auth/me")

    assert before.status_code == 200
    assert (after.status_code, after.json()["error"]) == (401, "account_inactive")


async def test_a_change_of_tier_takes_effect_on_the_next_request(world: World) -> None:
    for number in range(2):
        await world("POST", "/portfolios", json={**BODY, "account_name": f"Account {number}"})

    before = await world("POST", "/portfolios", json=BODY)
    user = world.memory.users[ANNS_ID]
    world.memory.users[ANNS_ID] = replace(user, subscription=Subscription(Tier.PAID))
    after = await world("POST", "/portfolios", json=BODY)

    assert before.json()["error"] == "portfolio_limit_reached"
    assert after.status_code == 201
    assert (await world("GET", "/auth/me")).json()["tier"] == "paid"


async def test_a_downgrade_leaves_reading_updating_and_deleting_open(world: World) -> None:
    world.with_users(a_user(invite_validated=True, subscription=Subscription(Tier.PAID)))
    ids = [
        (await world("POST", "/portfolios", json={**BODY, "account_name": f"A{number}"})).json()[
            "id"
        ]
        for number in range(3)
    ]
    world.memory.users[ANNS_ID] = a_user(invite_validated=True)

    created = await world("POST", "/portfolios", json=BODY)
    listed = await world("GET", "/portfolios")
    updated = await world("PUT", f"/portfolios/{ids[0]}", json={"name": "Still mine"})
    deleted = await world("DELETE", f"/portfolios/{ids[1]}")

    assert created.json()["error"] == "portfolio_limit_reached"
    assert created.json()["current_count"] == listed.json()["total_count"] == 3
    assert (updated.status_code, deleted.status_code) == (200, 200)


async def test_limits_are_those_of_the_settings() -> None:
    world = World(tier_limits={"free": {"max_portfolios": 1}})
    world.with_users(a_user(invite_validated=True))
    await world("POST", "/portfolios", json=BODY)

    answer = await world("POST", "/portfolios", json={**BODY, "account_name": "Another"})

    assert answer.json()["limit"] == 1
