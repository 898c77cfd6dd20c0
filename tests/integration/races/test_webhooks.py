"""Webhooks and first requests of the same users, sent concurrently over two processes."""

import asyncio
from itertools import chain
from random import Random

import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import Event, Person, a_person
from tests.support.servers.api_client import Api, at_once, outcomes, statuses


def a_life(person: Person) -> list[Event]:
    return [
        person.created(0),
        person.with_email(f"new.{person.email}").updated(10),
        person.subscribed(20),
        person.unsubscribed(30),
        person.subscribed(40),
    ]


@pytest.mark.parametrize("ends", [False, True])
async def test_all_events_at_once_end_as_one_after_the_other(
    api: Api, rows: Rows, *, ends: bool
) -> None:
    model, crowd = a_person("model"), [a_person(f"p{number}") for number in range(15)]
    events_by_user = {
        person: a_life(person) + ([person.deleted(50)] if ends else [])
        for person in (model, *crowd)
    }
    for event in events_by_user[model]:
        await api.deliver(event)
    deliveries = [
        (event, f"msg_{person.id}_{number}")
        for person in crowd
        for number, event in enumerate(events_by_user[person] * 2)
    ]
    Random(7).shuffle(deliveries)  # noqa: S311  an order, no secret

    answers = await at_once(api.deliver(event, svix_id) for event, svix_id in deliveries)

    assert statuses(answers) == {200: len(deliveries)}
    assert outcomes(answers) == {"received": len(deliveries)}
    expected = await rows.known_account(model)
    assert expected is not None
    for person in crowd:
        email = expected["email"].replace(model.email, person.email)
        assert await rows.known_account(person) == {**expected, "email": email}


async def test_an_upgrade_meeting_its_users_first_sight_is_never_lost(api: Api, rows: Rows) -> None:
    crowd = [a_person(f"p{number}") for number in range(30)]

    answers = await at_once(
        chain.from_iterable(
            (
                api.deliver(person.created()),
                api.deliver(person.subscribed(1)),
                api.get("/auth/me", person.token()),
            )
            for person in crowd
        )
    )

    assert statuses(answers) == {200: 90}
    assert [row["tier"] for row in await rows.users()] == ["paid"] * 30
    seen = await at_once(api.get("/auth/me", person.token()) for person in crowd)
    assert {answer.json()["tier"] for answer in seen} == {"paid"}


async def test_the_end_of_a_subscription_meeting_its_start_is_never_lost(
    api: Api, rows: Rows
) -> None:
    crowd = [a_person(f"p{number}") for number in range(20)]

    answers = await at_once(
        chain.from_iterable(
            (
                api.deliver(person.unsubscribed(2)),
                api.deliver(person.subscribed(1)),
                api.deliver(person.created()),
            )
            for person in crowd
        )
    )

    assert statuses(answers) == {200: 60}
    assert [row["tier"] for row in await rows.users()] == ["free"] * 20


async def test_an_event_without_a_payer_meeting_the_first_with_one_is_never_lost(
    api: Api, rows: Rows
) -> None:
    crowd = [a_person(f"p{number}") for number in range(40)]
    await at_once(api.deliver(person.created()) for person in crowd)

    answers = await at_once(
        chain.from_iterable(
            (
                api.deliver(person.item(1)),
                api.deliver(person.item(2, "ended", has_payer=False)),
            )
            for person in crowd
        )
    )

    assert statuses(answers) == {200: 80}
    assert [row["tier"] for row in await rows.users()] == ["free"] * 40
    assert await rows.webhook_outcomes() == {"received": 120}


async def test_a_user_deleted_before_they_were_created_stays_out(api: Api, rows: Rows) -> None:
    ann = a_person("ann")

    deliveries = [await api.deliver(event) for event in (ann.deleted(1), ann.created())]
    answers = await at_once(api.get("/auth/me", ann.token()) for _ in range(8))

    assert outcomes(deliveries) == {"received": 2}
    assert statuses(answers) == {401: 8}
    assert {answer.json()["error"] for answer in answers} == {"account_inactive"}
    assert not any(row["is_active"] for row in await rows.users())


async def test_a_deletion_meeting_a_first_request_wins_in_the_end(api: Api, rows: Rows) -> None:
    crowd = [a_person(f"p{number}") for number in range(20)]

    answers = await at_once(
        chain.from_iterable(
            (
                api.get("/auth/me", person.token()),
                api.deliver(person.deleted(1)),
                api.deliver(person.created()),
            )
            for person in crowd
        )
    )
    later = await at_once(api.get("/auth/me", person.token()) for person in crowd)

    assert set(statuses(answers)) <= {200, 401}
    assert statuses(later) == {401: 20}
    assert not any(row["is_active"] for row in await rows.users())


async def test_a_changed_tier_counts_on_the_next_request_of_every_server(
    api: Api, rows: Rows
) -> None:
    ann = a_person("ann")
    await rows.add_user(ann)
    token = ann.token()
    tiers: list[set[str]] = []

    for at, event in enumerate([ann.subscribed(1), ann.unsubscribed(2), ann.subscribed(3)]):
        await api.deliver(event, f"msg_{at}")
        seen = await asyncio.gather(*(api.get("/auth/me", token) for _ in range(4)))
        tiers.append({answer.json()["tier"] for answer in seen})

    assert tiers == [{"paid"}, {"free"}, {"paid"}]
