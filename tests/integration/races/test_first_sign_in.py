"""The first requests of a new user, sent concurrently over two server processes."""

from itertools import chain

import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import Person, a_person
from tests.support.servers.api_client import Answers, Api, at_once, outcomes, statuses

ANN = a_person("ann")
CROWD = 64
RETRIES = 8


async def first_sight(api: Api, person: Person) -> tuple[Answers, Answers]:
    """Send 64 requests of a user and 8 deliveries of one webhook about them concurrently."""
    token, created = person.token(), person.created()
    requests = [api.get("/auth/me", token) for _ in range(CROWD)]
    deliveries = [api.deliver(created, "msg_created") for _ in range(RETRIES)]
    mixed = chain(requests[:8], *zip(deliveries, requests[8:16], strict=True), requests[16:])

    answers = await at_once(mixed)

    webhooks = [answer for answer in answers if answer.url.path.endswith("/webhooks/clerk")]
    return [answer for answer in answers if answer not in webhooks], webhooks


async def test_requests_and_webhooks_at_once_make_one_row(api: Api, rows: Rows) -> None:
    answers, webhooks = await first_sight(api, ANN)

    assert statuses(answers) == {200: CROWD}
    assert statuses(webhooks) == {200: RETRIES}
    assert outcomes(webhooks) == {"received": 1, "duplicate": RETRIES - 1}
    assert len({answer.json()["id"] for answer in answers}) == 1
    [row] = await rows.users()
    assert (row["clerk_user_id"], row["email"]) == (ANN.id, ANN.email)
    assert (row["tier"], row["invite_validated"]) == ("free", False)
    assert await rows.count("FROM webhook_inbox") == 1


@pytest.mark.parametrize("email", ["ann@example.com", "Ann@Example.COM"])
async def test_a_row_from_before_clerk_is_linked_once_by_a_verified_address(
    api: Api, rows: Rows, email: str
) -> None:
    known = await rows.add_user_from_before_clerk(email)

    answers, webhooks = await first_sight(api, ANN)

    assert statuses(answers) == {200: CROWD}
    assert outcomes(webhooks) == {"received": 1, "duplicate": RETRIES - 1}
    [row] = await rows.users()
    assert (row["id"], row["clerk_user_id"]) == (known, ANN.id)
    assert row["hashed_password"] == "$argon2id$"  # noqa: S105


async def test_a_row_from_before_clerk_is_left_alone_by_an_unverified_address(
    api: Api, rows: Rows
) -> None:
    known = await rows.add_user_from_before_clerk(ANN.email)
    before = await rows.users()

    answers, webhooks = await first_sight(api, a_person("ann", verified=False))

    assert statuses(answers) == {409: CROWD}
    assert {answer.json()["error"] for answer in answers} == {"email_conflict"}
    assert statuses(webhooks) == {200: RETRIES}
    assert [row["id"] for row in before] == [known]
    assert await rows.users() == before


async def test_of_two_accounts_with_one_address_exactly_one_gets_it(api: Api, rows: Rows) -> None:
    bob = a_person("bob", email=ANN.email.upper())
    owners = {person.id: person for person in (ANN, bob)}

    answers = await at_once(
        api.get("/auth/me", person.token()) for _ in range(16) for person in owners.values()
    )

    assert statuses(answers) == {200: 16, 409: 16}
    assert {a.json()["error"] for a in answers if a.status_code == 409} == {"email_conflict"}
    assert len({a.json()["clerk_user_id"] for a in answers if a.is_success}) == 1
    assert len(await rows.users()) == 1


async def test_of_two_verified_accounts_exactly_one_gets_the_row_from_before_clerk(
    api: Api, rows: Rows
) -> None:
    known = await rows.add_user_from_before_clerk(ANN.email)
    bob = a_person("bob", email=ANN.email)

    answers = await at_once(
        chain(
            (api.get("/auth/me", person.token()) for _ in range(16) for person in (ANN, bob)),
            (api.deliver(person.created()) for person in (ANN, bob)),
        )
    )

    assert set(statuses(answers)) == {200, 409}
    [row] = await rows.users()
    assert row["id"] == known
    assert row["clerk_user_id"] in {ANN.id, bob.id}


async def test_the_same_address_in_another_accounts_token_reaches_nothing(
    api: Api, rows: Rows
) -> None:
    await rows.add_user(ANN)
    body = {"name": "Savings", "account_name": "Broker"}
    portfolio = (await api.post("/portfolios", ANN.token(), body)).json()["id"]
    before = await rows.people()
    mallory = a_person("mallory", email=ANN.email)
    path = f"/portfolios/{portfolio}"

    answers = [
        await api.get("/auth/me", mallory.token()),
        await api.get("/portfolios", mallory.token()),
        await api.get(path, mallory.token()),
        await api.put(path, mallory.token(), {"name": "Mine"}),
        await api.delete(path, mallory.token()),
        await api.post("/portfolios", mallory.token(), body),
    ]

    assert statuses(answers) == {409: 6}
    assert await rows.people() == before


async def test_another_users_portfolio_looks_like_one_that_does_not_exist(
    api: Api, rows: Rows
) -> None:
    mallory = a_person("mallory")
    for person in (ANN, mallory):
        await rows.add_user(person)
    body = {"name": "Savings", "account_name": "Broker"}
    portfolio = (await api.post("/portfolios", ANN.token(), body)).json()["id"]
    before = await rows.all("SELECT * FROM portfolios")
    path, token = f"/portfolios/{portfolio}", mallory.token()

    answers = [
        await api.get(path, token),
        await api.put(path, token, {"name": "Mine"}),
        await api.delete(path, token),
    ]

    assert statuses(answers) == {404: 3}
    assert {answer.json()["error"] for answer in answers} == {"portfolio_not_found"}
    assert await rows.all("SELECT * FROM portfolios") == before
    assert (await api.get("/portfolios", token)).json()["portfolios"] == []
