"""Target prices set by a crowd over two server processes."""

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN = a_person("ann")


async def test_of_twenty_targets_of_one_symbol_at_once_one_is_set(api: Api, rows: Rows) -> None:
    await rows.add_user(ANN)
    token = ANN.token()
    created = await api.post("/portfolios", token, {"name": "a", "account_name": "b"})
    way = f"/target-prices/{created.json()['id']}"
    body = {"symbol": "ACME", "target_price_eoy": 2, "current_price": 1}

    answers = await at_once(api.post(way, token, body) for _ in range(20))

    assert statuses(answers) == {201: 1, 409: 19}
    assert {each.json()["error"] for each in answers if each.status_code == 409} == {
        "target_price_taken"
    }
    assert await rows.count("FROM target_prices") == 1
