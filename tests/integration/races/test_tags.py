"""Tags made and put on positions by a crowd over two server processes."""

from tests.integration.database_rows import Rows
from tests.integration.races.test_positions import a_position
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN, BOB = a_person("ann"), a_person("bob")
OWN = "FROM tags WHERE user_id = $1"


async def test_concurrent_starter_sets_create_one(api: Api, rows: Rows) -> None:
    users = [await rows.add_user(person) for person in (ANN, BOB)]

    answers = await at_once(
        api.post("/tags/defaults", person.token(), {}) for _ in range(10) for person in (ANN, BOB)
    )

    assert statuses(answers) == {200: 20}
    counts = sorted(answer.json()["created_count"] for answer in answers)
    assert counts == [0] * 18 + [counts[-1]] * 2
    assert [await rows.count(OWN, user) for user in users] == [counts[-1]] * 2


async def test_of_one_name_in_many_cases_at_once_one_is_made(api: Api, rows: Rows) -> None:
    user = await rows.add_user(ANN)
    names = ["Growth", "growth", "GROWTH", "gROWTH", "grOwth"] * 4

    answers = await at_once(api.post("/tags", ANN.token(), {"name": name}) for name in names)

    assert statuses(answers) == {201: 1, 409: 19}
    assert await rows.count(OWN, user) == 1


async def test_tags_put_on_a_position_at_once_stay_within_its_limit(api: Api, rows: Rows) -> None:
    way = f"{await a_position(api, rows)}/tags"
    token = ANN.token()
    made = await at_once(api.post("/tags", token, {"name": f"Tag {n}"}) for n in range(60))
    ids = [answer.json()["id"] for answer in made]

    answers = await at_once(api.post(way, token, {"tag_ids": [tag]}) for tag in ids * 2)

    kept = {tag["id"] for tag in (await api.get(way, token)).json()}
    assert statuses(answers) == {200: 100, 409: 20}
    assert len(kept) == 50
    assert await rows.count("FROM position_tags") == 50
