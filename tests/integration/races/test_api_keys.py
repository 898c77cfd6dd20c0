"""Twenty API keys and no more, however many are created at once over two server processes."""

from sigmasight.domain.identity.api_keys import MAX_KEYS
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN, BOB = a_person("ann"), a_person("bob")
OWN = "FROM api_keys WHERE user_id = $1"
KEYS = "/auth/api-keys"


async def test_of_concurrent_creations_exactly_as_many_succeed_as_fit(api: Api, rows: Rows) -> None:
    users = [await rows.add_user(person) for person in (ANN, BOB)]
    tokens = [person.token() for person in (ANN, BOB)]

    answers = await at_once(
        api.post(KEYS, token, {"name": f"Key {number}"})
        for number in range(MAX_KEYS + 10)
        for token in tokens
    )

    assert statuses(answers) == {201: 2 * MAX_KEYS, 409: 20}
    assert [await rows.count(OWN, user) for user in users] == [MAX_KEYS, MAX_KEYS]
    assert len({each.json()["key"] for each in answers if each.is_success}) == 2 * MAX_KEYS


async def test_of_concurrent_revocations_one_succeeds_and_every_server_refuses_the_key(
    api: Api, rows: Rows
) -> None:
    await rows.add_user(ANN)
    token = ANN.token()
    key = (await api.post(KEYS, token, {"name": "Notebook"})).json()

    before = await at_once(api.get("/auth/me", key["key"]) for _ in range(4))
    revoked = await at_once(api.delete(f"{KEYS}/{key['id']}", token) for _ in range(6))
    after = await at_once(api.get("/auth/me", key["key"]) for _ in range(4))

    assert statuses(before) == {200: 4}
    assert statuses(revoked) == {200: 1, 404: 5}
    assert statuses(after) == {401: 4}
    assert await rows.count("FROM audit_entries WHERE action = $1", "api_key_revoked") == 1
