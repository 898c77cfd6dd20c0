"""Fifty memories and no more, however many are added at once over two server processes."""

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN, BOB = a_person("ann"), a_person("bob")
OWN = "FROM memories WHERE user_id = $1"
MEMORIES = "/agent/memories"


async def test_of_sixty_concurrent_memories_exactly_fifty_are_stored(api: Api, rows: Rows) -> None:
    user = await rows.add_user(ANN)
    token = ANN.token()

    answers = await at_once(
        api.post(MEMORIES, token, {"content": f"Fact {number}."}) for number in range(60)
    )

    assert statuses(answers) == {201: 50, 409: 10}
    assert {each.json()["error"] for each in answers if each.status_code == 409} == {
        "memory_limit_reached"
    }
    assert (await api.get(f"{MEMORIES}/count", token)).json() == {"count": 50}
    assert await rows.count(OWN, user) == 50


async def test_deletes_and_adds_at_once_never_exceed_the_limit(api: Api, rows: Rows) -> None:
    user = await rows.add_user(ANN)
    token = ANN.token()
    kept = await at_once(api.post(MEMORIES, token, {"content": "Old."}) for _ in range(50))
    deletes = [api.delete(f"{MEMORIES}/{each.json()['id']}", token) for each in kept[:20]]
    adds = [api.post(MEMORIES, token, {"content": "New."}) for _ in range(40)]

    answers = await at_once(each for pair in zip(deletes, adds[:20], strict=True) for each in pair)
    late = await at_once(adds[20:])

    assert statuses(answers)[200] == 20
    assert statuses(answers)[201] + statuses(late)[201] == 20
    assert await rows.count(OWN, user) == 50


async def test_two_users_do_not_use_each_others_limit(api: Api, rows: Rows) -> None:
    users = [await rows.add_user(person) for person in (ANN, BOB)]
    tokens = [person.token() for person in (ANN, BOB)]

    answers = await at_once(
        api.post(MEMORIES, token, {"content": "Fact."}) for _ in range(52) for token in tokens
    )

    assert statuses(answers) == {201: 100, 409: 4}
    assert [await rows.count(OWN, user) for user in users] == [50, 50]
