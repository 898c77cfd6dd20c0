"""Events in any order, any number of times: the same row in the end, on a real database."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from itertools import count
from typing import Final

import asyncpg
import pytest
from dishka import AsyncContainer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigmasight.domain.clerk_events.use_cases import ReceiveWebhook
from sigmasight.entrypoints.composition import build_container
from sigmasight.settings import Settings
from tests.integration.database_rows import Rows
from tests.support.builders import signing
from tests.support.builders.clerk_users import Event, Person, a_person


def moved(person: Person) -> Person:
    return person.with_email(f"new.{person.email}")


LIFE: Final[dict[str, Callable[[Person], Event]]] = {
    "created": lambda person: person.created(0),
    "updated": lambda person: moved(person).updated(10),
    "without address": lambda person: person.with_email("").updated(13),
    "without name": lambda person: replace(moved(person), first_name="", last_name="").updated(16),
    "subscribed": lambda person: person.subscribed(20),
    "unsubscribed": lambda person: person.unsubscribed(30),
    "subscribed again": lambda person: person.subscribed(40),
    "deleted": lambda person: person.deleted(50),
}
"""What happens to an account, in the order in which it happens."""

arrivals = st.lists(
    st.tuples(st.sampled_from(list(LIFE)), st.integers(0, 1)), min_size=1, max_size=16
)
"""Events as they arrive: some never, some often, under the same delivery id or another."""

names = (f"p{number}" for number in count())


@pytest.fixture
async def container(dsn: str) -> AsyncIterator[AsyncContainer]:
    container = build_container(
        Settings.load(
            database_url=dsn,
            clerk_issuer=signing.ISSUER,
            clerk_jwt_key=signing.pem(),
            clerk_webhook_secret=signing.SECRET,
        )
    )
    yield container
    await container.close()


async def live_through(
    container: AsyncContainer, person: Person, events: Iterable[tuple[str, int]]
) -> None:
    for name, copy in events:
        headers, body = signing.a_webhook(
            LIFE[name](person), svix_id=f"msg_{person.id}_{name}_{copy}"
        )
        async with container() as request:
            receive = await request.get(ReceiveWebhook)
            _ = await receive(headers, body)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(arrived=arrivals)
async def test_any_arrival_ends_as_the_order_of_events_does(
    container: AsyncContainer, pool: asyncpg.Pool, arrived: list[tuple[str, int]]
) -> None:
    rows, whoever, model = Rows(pool), a_person(next(names)), a_person(next(names))
    happened = [(name, 0) for name in LIFE if name in dict(arrived)]

    await live_through(container, whoever, arrived)
    await live_through(container, model, happened)

    assert await columns_of(rows, whoever) == await columns_of(rows, model)


async def columns_of(rows: Rows, person: Person) -> dict[str, object] | None:
    """Return a user's row, with their name replaced in the address."""
    account = await rows.known_account(person)
    return account and {
        **account,
        "email": account["email"].replace(person.email, "PERSON"),
    }


async def test_events_in_order_end_in_the_expected_state(
    container: AsyncContainer, rows: Rows
) -> None:
    ann = a_person("ann")

    await live_through(container, ann, [(name, 0) for name in LIFE if name != "deleted"])

    account = await rows.known_account(ann)
    assert account is not None
    assert (account["email"], account["full_name"]) == (
        "new.ann@example.com",
        "Ann Example",
    )
    assert (account["tier"], account["is_active"], account["deleted_at"]) == (
        "paid",
        True,
        None,
    )


async def test_deletion_stays_whatever_comes_after(container: AsyncContainer, rows: Rows) -> None:
    ann = a_person("ann")

    await live_through(container, ann, [(name, 0) for name in reversed(LIFE)])

    account = await rows.known_account(ann)
    assert account is not None
    assert not account["is_active"]
    assert account["deleted_at"] is not None


async def test_an_upgrade_that_comes_before_its_user_is_applied_when_they_appear(
    container: AsyncContainer, rows: Rows
) -> None:
    ann = a_person("ann")

    await live_through(container, ann, [("subscribed", 0)])
    before = await rows.users()
    await live_through(container, ann, [("created", 0)])

    assert before == []
    assert (await rows.user(ann))["tier"] == "paid"
