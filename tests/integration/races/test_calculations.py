"""Concurrent requests to calculate one portfolio, over two server processes."""

import httpx

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN = a_person("ann")


async def portfolios(api: Api, rows: Rows, count: int) -> list[str]:
    await rows.add_user(ANN, tier="paid")
    made = [
        await api.post("/portfolios", ANN.token(), {"name": "a", "account_name": f"{number}"})
        for number in range(count)
    ]
    return [f"/portfolios/{answer.json()['id']}" for answer in made]


async def calculate(api: Api, portfolio: str) -> httpx.Response:
    return await api.post(f"{portfolio}/calculate", ANN.token(), None)


async def test_of_fifty_concurrent_requests_one_run_is_queued(api: Api, rows: Rows) -> None:
    [portfolio] = await portfolios(api, rows, 1)

    answers = await at_once(calculate(api, portfolio) for _ in range(50))

    assert statuses(answers) == {200: 1, 409: 49}
    assert {answer.json()["error"] for answer in answers if answer.status_code == 409} == {
        "calculation_running"
    }
    [started] = [answer.json() for answer in answers if answer.status_code == 200]
    [run] = await rows.all("SELECT id, status FROM calculation_runs")
    assert (str(run["id"]), run["status"]) == (started["batch_run_id"], "running")
    assert await rows.count("FROM jobs.pgqueuer WHERE status = 'queued'") == 1


async def test_portfolios_do_not_block_each_others_calculation(api: Api, rows: Rows) -> None:
    several = await portfolios(api, rows, 4)

    answers = await at_once(calculate(api, portfolio) for portfolio in several * 5)

    assert statuses(answers) == {200: 4, 409: 16}
    assert await rows.count("FROM jobs.pgqueuer") == 4
