"""Invite codes tried by a crowd over two server processes."""

from pathlib import Path

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Answers, Api, at_once, client_of, outcomes, statuses
from tests.support.servers.api_servers import INVITE_CODE, running

ANN = a_person("ann")


async def enter(api: Api, code: str, times: int) -> Answers:
    token = ANN.token()
    return await at_once(
        api.post("/onboarding/validate-invite", token, {"invite_code": code}) for _ in range(times)
    )


async def test_ten_wrong_codes_count_and_the_rest_must_wait(api: Api, rows: Rows) -> None:
    user = await rows.add_user(ANN)
    await rows.revoke_access(user)

    answers = await enter(api, "wrong", 30)

    assert outcomes(answers) == {"invalid_invite_code": 10, "too_many_invite_attempts": 20}
    assert statuses(answers) == {400: 10, 429: 20}
    waits = [int(a.headers["Retry-After"]) for a in answers if a.status_code == 429]
    assert all(0 < wait <= 15 * 60 for wait in waits)
    assert await rows.count("FROM invite_failures WHERE user_id = $1", user) == 10


async def test_the_right_code_must_wait_too(api: Api, rows: Rows) -> None:
    await rows.revoke_access(await rows.add_user(ANN))
    await enter(api, "wrong", 10)

    [answer] = await enter(api, INVITE_CODE, 1)

    assert answer.status_code == 429
    assert not (await rows.user(ANN))["invite_validated"]


async def test_a_server_started_later_continues_counting(
    api: Api, dsn: str, rows: Rows, tmp_path: Path
) -> None:
    await rows.revoke_access(await rows.add_user(ANN))
    before = await enter(api, "wrong", 7)

    with running(1, dsn, tmp_path) as started:
        async with client_of(*started) as fresh:
            after = await enter(fresh, "wrong", 7)

    assert statuses(before) == {400: 7}
    assert statuses(after) == {400: 3, 429: 4}
    assert statuses(await enter(api, INVITE_CODE, 1)) == {429: 1}


async def test_validated_users_get_the_same_response_whatever_the_code(
    api: Api, rows: Rows
) -> None:
    user = await rows.add_user(ANN)

    wrong, right = await enter(api, "wrong", 20), await enter(api, INVITE_CODE, 1)

    assert outcomes([*wrong, *right]) == {"already_validated": 21}
    assert await rows.count("FROM invite_failures WHERE user_id = $1", user) == 0


async def test_the_right_code_many_times_at_once_lets_in_once(api: Api, rows: Rows) -> None:
    await rows.revoke_access(await rows.add_user(ANN))

    answers = await enter(api, f"  {INVITE_CODE.lower()} ", 30)

    assert outcomes(answers) == {"validated": 1, "already_validated": 29}
    assert (await rows.user(ANN))["invite_validated"]


async def test_wrong_codes_of_one_user_do_not_count_for_another(api: Api, rows: Rows) -> None:
    bob = a_person("bob")
    for person in (ANN, bob):
        await rows.revoke_access(await rows.add_user(person))
    await enter(api, "wrong", 12)

    answer = await api.post(
        "/onboarding/validate-invite", bob.token(), {"invite_code": INVITE_CODE}
    )

    assert answer.json()["status"] == "validated"
