"""Positions over HTTP, to the letter of the contract."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from sigmasight.domain.portfolios.positions import PositionId
from tests.http.world import World
from tests.unit.examples import ANNS_ID, BOB, DAY, NOON

NOBODYS = str(UUID(int=9))
BODY: dict[str, Any] = {
    "symbol": "ACME",
    "quantity": "10",
    "avg_cost": "12.50",
    "position_type": "LONG",
    "investment_class": "PUBLIC",
}
OPTION: dict[str, Any] = {
    **BODY,
    "symbol": "ACME260619C00015000",
    "position_type": "SC",
    "investment_class": "OPTIONS",
    "underlying_symbol": "ACME",
    "strike_price": "15",
    "expiration_date": "2026-06-19",
}


class Savings:
    """A portfolio of Ann's."""

    def __init__(self, world: World, portfolio: str) -> None:
        self.world = world
        self.id = portfolio

    async def add(self, **changes: Any) -> dict[str, Any]:
        answer = await self.try_to_add({**BODY, **changes})
        assert answer.status_code == 201, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def try_to_add(self, body: Any, **of: Any) -> httpx.Response:
        return await self.world("POST", f"/positions/?portfolio_id={self.id}", json=body, **of)

    async def add_all(self, *bodies: Any, **of: Any) -> httpx.Response:
        whole = {"portfolio_id": self.id, "positions": bodies}
        return await self.world("POST", "/positions/bulk", json=whole, **of)

    async def change(self, position: dict[str, Any], **changes: Any) -> httpx.Response:
        return await self.world("PUT", f"/positions/{position['id']}", json=changes)

    async def listed(self, query: str = "") -> dict[str, Any]:
        answer = await self.world("GET", f"/positions?portfolio_id={self.id}{query}")
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def itself(self) -> dict[str, Any]:
        said: dict[str, Any] = (await self.world("GET", f"/portfolios/{self.id}")).json()
        return said


@pytest.fixture
async def savings(paid: World) -> Savings:
    body = {"name": "Savings", "account_name": "Broker 1"}
    return Savings(paid, (await paid("POST", "/portfolios", json=body)).json()["id"])


def refused(answer: httpx.Response) -> list[tuple[str, str]]:
    said = answer.json()
    assert (answer.status_code, said["error"]) == (400, "validation_failed"), said
    return [(fault["field"], fault["code"]) for fault in said["errors"]]


class TestCreate:
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_answers_201_with_the_position(self, savings: Savings, slash: str) -> None:
        answer = await savings.world(
            "POST", f"/positions{slash}?portfolio_id={savings.id}", json=BODY
        )

        said = answer.json()
        assert answer.status_code == 201
        assert said == {
            "id": str(UUID(said["id"])),
            "portfolio_id": savings.id,
            "symbol": "ACME",
            "quantity": "10",
            "entry_price": "12.50",
            "entry_date": "2026-01-15",
            "position_type": "LONG",
            "investment_class": "PUBLIC",
            "investment_subtype": None,
            "notes": None,
            "underlying_symbol": None,
            "strike_price": None,
            "expiration_date": None,
            "last_price": None,
            "market_value": "125.00",
            "unrealized_pnl": "0.00",
            "realized_pnl": None,
            "exit_price": None,
            "exit_date": None,
            "created_at": "2026-01-15T12:00:00Z",
            "updated_at": "2026-01-15T12:00:00Z",
            "deleted_at": None,
        }

    async def test_takes_everything_a_client_may_say(self, savings: Savings) -> None:
        said = await savings.add(
            **{**OPTION, "quantity": 2.5, "avg_cost": 0.123456, "symbol": " acmec15 "},
            notes="Covered\nby shares",
            investment_subtype="call",
            entry_date="2026-01-02",
            something_new=5,
        )

        assert (said["symbol"], said["quantity"], said["entry_price"]) == (
            "ACMEC15",
            "-2.5",
            "0.123456",
        )
        assert (said["market_value"], said["strike_price"]) == ("-30.864", "15.00")
        assert (said["notes"], said["entry_date"]) == ("Covered\nby shares", "2026-01-02")
        assert said["investment_subtype"] == "CALL"
        assert "something_new" not in said

    async def test_tells_every_fault_by_its_field(self, savings: Savings) -> None:
        answer = await savings.try_to_add(
            {**BODY, "symbol": "A B", "quantity": "-1", "avg_cost": 0, "entry_date": "2026-01-16"}
        )

        assert set(refused(answer)) == {
            ("symbol", "invalid_characters"),
            ("quantity", "out_of_range"),
            ("avg_cost", "out_of_range"),
            ("entry_date", "in_the_future"),
        }
        assert (await savings.listed())["total"] == 0

    @pytest.mark.parametrize(
        "change",
        [
            *({"symbol": ""}, {"symbol": "X" * 21}, {"symbol": None}, {"quantity": "ten"}),
            *(
                {"quantity": "1e400"},
                {"quantity": 10**12},
                {"avg_cost": "1e12"},
                {"avg_cost": "NaN"},
            ),
            *({"position_type": "BUY"}, {"investment_class": "X"}, {"entry_date": "15.01.2026"}),
            *({"notes": "x" * 1001}, {"notes": "\x00"}, {"investment_subtype": "PUT"}),
        ],
    )
    async def test_of_what_makes_no_sense_is_400(
        self, savings: Savings, change: dict[str, Any]
    ) -> None:
        assert refused(await savings.try_to_add({**BODY, **change}))
        assert savings.world.memory.positions == {}

    @pytest.mark.parametrize("name", list(BODY))
    async def test_without_what_is_required_is_400(self, savings: Savings, name: str) -> None:
        body = {key: value for key, value in BODY.items() if key != name}

        assert refused(await savings.try_to_add(body))

    @pytest.mark.parametrize("query", ["", "?portfolio_id=", "?portfolio_id=5"])
    async def test_without_a_portfolio_is_400(self, savings: Savings, query: str) -> None:
        answer = await savings.world("POST", f"/positions/{query}", json=BODY)

        assert [field for field, _ in refused(answer)] == ["portfolio_id"]


class TestBulk:
    async def test_answers_201_with_all_in_their_order(self, savings: Savings) -> None:
        answer = await savings.add_all(BODY, OPTION, {**BODY, "symbol": "OTHER"})

        said = answer.json()
        assert answer.status_code == 201
        assert (said["success"], said["count"]) == (True, 3)
        assert [each["symbol"] for each in said["positions"]] == ["ACME", OPTION["symbol"], "OTHER"]
        assert (await savings.listed())["positions"] == said["positions"]

    async def test_tells_every_fault_of_every_position_and_keeps_none(
        self, savings: Savings
    ) -> None:
        answer = await savings.add_all(
            BODY,
            {**BODY, "symbol": "?", "quantity": "many", "position_type": "BUY"},
            "text",
            {"symbol": "ACME", "avg_cost": 0},
        )

        assert sorted(refused(answer)) == [
            ("positions[1].position_type", "invalid"),
            ("positions[1].quantity", "invalid"),
            ("positions[1].symbol", "invalid_characters"),
            ("positions[2]", "invalid"),
            ("positions[3].avg_cost", "out_of_range"),
            ("positions[3].investment_class", "required"),
            ("positions[3].position_type", "required"),
            ("positions[3].quantity", "required"),
        ]
        assert savings.world.memory.positions == {}

    @pytest.mark.parametrize("count", [0, 1001])
    async def test_takes_1_to_1000(self, savings: Savings, count: int) -> None:
        assert [field for field, _ in refused(await savings.add_all(*[BODY] * count))] == [
            "positions"
        ]

    async def test_takes_1000(self, savings: Savings) -> None:
        assert (await savings.add_all(*[BODY] * 1000)).json()["count"] == 1000


class TestList:
    async def test_is_of_open_ones_oldest_first_unless_asked(self, savings: Savings) -> None:
        first = await savings.add()
        savings.world.clock.set(NOON + DAY)
        second = await savings.add(symbol="OTHER")
        closed = (await savings.change(first, exit_price="15")).json()

        assert await savings.listed() == {
            "positions": [second],
            "total": 1,
            "limit": 100,
            "offset": 0,
        }
        assert (await savings.listed("&include_closed=true"))["positions"] == [closed, second]

    async def test_comes_in_pages(self, savings: Savings) -> None:
        made = (await savings.add_all(*[BODY] * 5)).json()["positions"]

        page = await savings.listed("&limit=2&offset=2")

        assert page == {"positions": made[2:4], "total": 5, "limit": 2, "offset": 2}

    @pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", f"offset={10**30}"])
    async def test_of_no_such_page_is_400(self, savings: Savings, query: str) -> None:
        answer = await savings.world("GET", f"/positions?portfolio_id={savings.id}&{query}")

        assert [field for field, _ in refused(answer)] == [query.split("=", maxsplit=1)[0]]


class TestOne:
    async def test_is_read_as_it_was_created(self, savings: Savings) -> None:
        said = await savings.add()

        answer = await savings.world("GET", f"/positions/{said['id']}")

        assert (answer.status_code, answer.json()) == (200, said)

    async def test_is_changed_in_what_a_client_names_and_nothing_else(
        self, savings: Savings
    ) -> None:
        said = await savings.add(notes="Old")
        savings.world.clock.set(NOON + DAY)

        answer = await savings.change(said, avg_cost="10", notes=None)

        assert answer.status_code == 200
        assert answer.json() == {
            **said,
            "entry_price": "10.00",
            "market_value": "100.00",
            "notes": None,
            "updated_at": "2026-01-16T12:00:00Z",
        }

    @pytest.mark.parametrize("change", [{"symbol": None}, {"quantity": 0}, {"strike_price": 5}])
    async def test_is_not_changed_into_what_makes_no_sense(
        self, savings: Savings, change: dict[str, Any]
    ) -> None:
        said = await savings.add()

        assert refused(await savings.change(said, **change))
        assert (await savings.listed())["positions"] == [said]

    async def test_closes_in_part_and_then_in_full(self, savings: Savings) -> None:
        said = await savings.add()

        part = (await savings.change(said, exit_price="15", close_quantity=4)).json()
        rest = (await savings.change(said, exit_price="10", exit_date="2026-01-15")).json()

        assert part == {
            **said,
            "quantity": "6",
            "market_value": "75.00",
            "realized_pnl": "10.00",
        }
        assert rest == {
            **part,
            "market_value": "0.00",
            "unrealized_pnl": None,
            "realized_pnl": "-5.00",
            "exit_price": "10.00",
            "exit_date": "2026-01-15",
        }

    async def test_of_an_option_realizes_100_times_and_of_a_short_the_other_way(
        self, savings: Savings
    ) -> None:
        said = await savings.add(**OPTION)

        closed = (await savings.change(said, exit_price="10.25")).json()

        assert (closed["quantity"], closed["realized_pnl"]) == ("-10", "2250.00")

    async def test_closes_once(self, savings: Savings) -> None:
        said = await savings.add()
        await savings.change(said, exit_price="15")

        answer = await savings.change(said, exit_price="16")

        assert (answer.status_code, answer.json()["error"]) == (409, "position_closed")

    async def test_does_not_close_more_than_there_is(self, savings: Savings) -> None:
        said = await savings.add()

        answer = await savings.change(said, exit_price="15", close_quantity="10.000001")

        assert refused(answer) == [("close_quantity", "more_than_open")]
        assert answer.json()["errors"][0]["message"] == "Only 10 is open."


class TestDelete:
    async def test_is_soft_and_happens_once(self, savings: Savings) -> None:
        said = await savings.add()

        answer = await savings.world("DELETE", f"/positions/{said['id']}")

        assert answer.status_code == 200
        assert answer.json() == {
            "deleted": True,
            "position_id": said["id"],
            "symbol": "ACME",
            "type": "soft_delete",
            "deleted_at": "2026-01-15T12:00:00Z",
            "reason": None,
        }
        for method in ("GET", "DELETE"):
            again = await savings.world(method, f"/positions/{said['id']}")
            assert (again.status_code, again.json()["error"]) == (404, "position_not_found")
        assert (ANNS_ID, PositionId(UUID(said["id"]))) in savings.world.memory.positions

    async def test_of_many_tells_their_symbols(self, savings: Savings) -> None:
        first, second = await savings.add(), await savings.add(symbol="OTHER")
        ids = {"position_ids": [second["id"], first["id"]]}

        answer = await savings.world("DELETE", "/positions/bulk", json=ids)

        assert answer.status_code == 200
        assert answer.json() == {"deleted": True, "count": 2, "positions": ["OTHER", "ACME"]}
        assert (await savings.listed())["total"] == 0

    async def test_of_many_with_one_unknown_deletes_none(self, savings: Savings) -> None:
        said = await savings.add()

        answer = await savings.world(
            "DELETE", "/positions/bulk", json={"position_ids": [said["id"], NOBODYS]}
        )

        assert (answer.status_code, answer.json()["error"]) == (404, "position_not_found")
        assert (await savings.listed())["positions"] == [said]

    @pytest.mark.parametrize("ids", [[], [NOBODYS] * 1001, ["x"], None])
    async def test_of_none_or_too_many_is_400(self, savings: Savings, ids: Any) -> None:
        answer = await savings.world("DELETE", "/positions/bulk", json={"position_ids": ids})

        assert refused(answer)


class TestDuplicates:
    async def test_are_open_positions_in_the_symbol(self, savings: Savings) -> None:
        said = await savings.add()
        query = f"/positions/check-duplicate?portfolio_id={savings.id}&symbol="

        known = await savings.world("GET", f"{query}acme")
        unknown = await savings.world("GET", f"{query}OTHER")

        assert known.json() == {
            "has_duplicates": True,
            "existing_positions": [said],
            "tags_to_inherit": [],
        }
        assert unknown.json() == {
            "has_duplicates": False,
            "existing_positions": [],
            "tags_to_inherit": [],
        }

    @pytest.mark.parametrize("symbol", ["", "%00", "A%0AB", "X" * 101])
    async def test_of_no_symbol_are_400(self, savings: Savings, symbol: str) -> None:
        query = f"portfolio_id={savings.id}&symbol={symbol}"

        answer = await savings.world("GET", f"/positions/check-duplicate?{query}")

        assert [field for field, _ in refused(answer)] == ["symbol"]


async def test_a_portfolio_counts_what_is_open_and_is_worth_it(savings: Savings) -> None:
    await savings.add()
    await savings.add(position_type="SHORT", quantity=2)
    closed = await savings.add()
    await savings.change(closed, exit_price="15")

    itself = await savings.itself()
    listed = (await savings.world("GET", "/portfolios")).json()

    assert itself["position_count"] == 2
    assert itself["net_asset_value"] == itself["total_value"] == "100.00"
    assert listed["portfolios"] == [itself]
    assert listed["net_asset_value"] == listed["total_value"] == "100.00"


async def test_what_is_anothers_answers_as_what_does_not_exist(savings: Savings) -> None:
    said = await savings.add()

    async def ask(portfolio: str, position: str) -> list[dict[str, Any]]:
        theirs = Savings(savings.world, portfolio)
        of_one = f"/positions/{position}"
        symbol = f"portfolio_id={portfolio}&symbol=ACME"
        ids = {"position_ids": [position]}
        answers = [
            await theirs.try_to_add(BODY, by=BOB),
            await theirs.add_all(BODY, by=BOB),
            await savings.world("GET", f"/positions?portfolio_id={portfolio}", by=BOB),
            await savings.world("GET", f"/positions/check-duplicate?{symbol}", by=BOB),
            await savings.world("GET", of_one, by=BOB),
            await savings.world("PUT", of_one, by=BOB, json={"exit_price": 1}),
            await savings.world("DELETE", of_one, by=BOB),
            await savings.world("DELETE", "/positions/bulk", by=BOB, json=ids),
        ]
        assert [answer.status_code for answer in answers] == [404] * 8
        return [{**answer.json(), "instance": ""} for answer in answers]

    assert await ask(savings.id, said["id"]) == await ask(NOBODYS, NOBODYS)
    assert (await savings.listed())["positions"] == [said]


def test_the_description_tells_what_a_bulk_consists_of(application: World) -> None:
    schema = application.app.openapi_schema.to_schema()

    schemas = schema["components"]["schemas"]
    items = schemas["OpenPositionsBody"]["properties"]["positions"]["items"]
    assert items == {"$ref": "#/components/schemas/OpenPositionBody"}
    assert set(BODY) == set(schemas["OpenPositionBody"]["required"])
