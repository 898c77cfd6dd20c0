"""For every id a route takes, in its path, query or body: another user's is not found."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import uuid4

import msgspec
import pytest
from litestar.routes import HTTPRoute

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.csv_files import a_stock, text_of
from tests.support.builders.users import ANN, BOB, a_user, bob
from tests.support.fakes.store import InMemoryStore
from tests.support.providers.application import InMemoryApplication

Ids = dict[str, str]

PREFIX: Final = "/api/v1"
OPERATORS: Final = f"{PREFIX}/admin"
"""Operators work on the data of all users, so no id is foreign to them."""
IN_PATH: Final = re.compile(r"\{(\w+):uuid\}")
POSITION: Final = {
    "symbol": "MSFT",
    "quantity": "1",
    "avg_cost": "1",
    "position_type": "LONG",
    "investment_class": "PUBLIC",
}
TARGET: Final = {"symbol": "IBM", "target_price_eoy": "2", "current_price": "1"}
CHANGE: Final = {"change_type": "CONTRIBUTION", "amount": "1", "change_date": "2026-01-01"}
BODIES: Final[dict[tuple[str, str], dict[str, Any]]] = {
    ("PUT", "/portfolios/{portfolio_id:uuid}"): {"name": "Other"},
    ("POST", "/chat/conversations"): {},
    ("PUT", "/chat/conversations/{conversation_id:uuid}/mode"): {"mode": "blue"},
    ("POST", "/chat/send"): {"text": "How?"},
    ("POST", "/agent/memories"): {"content": "x", "scope": "portfolio"},
    ("POST", "/chat/memories"): {"content": "x", "scope": "portfolio"},
    ("POST", "/chat/messages/{message_id:uuid}/feedback"): {"rating": "up"},
    ("POST", "/positions"): POSITION,
    ("POST", "/positions/bulk"): {"positions": [POSITION]},
    ("DELETE", "/positions/bulk"): {},
    ("PUT", "/positions/{position_id:uuid}"): {"notes": "x"},
    ("PATCH", "/tags/{tag_id:uuid}"): {"name": "Other"},
    ("POST", "/positions/{position_id:uuid}/tags"): {},
    ("PATCH", "/positions/{position_id:uuid}/tags"): {},
    ("POST", "/positions/{position_id:uuid}/tags/remove"): {},
    ("POST", "/target-prices/{portfolio_id:uuid}"): {**TARGET, "symbol": "AAPL"},
    ("POST", "/target-prices/{portfolio_id:uuid}/bulk"): {"target_prices": [TARGET]},
    ("PUT", "/target-prices/{portfolio_id:uuid}/bulk-update"): {
        "updates": [{"symbol": "AAPL", "target_price_eoy": "2"}]
    },
    ("POST", "/target-prices/{portfolio_id:uuid}/import-csv"): {
        "csv_content": "symbol,target_price_eoy,current_price\nIBM,2,1\n"
    },
    ("POST", "/target-prices/{portfolio_id:uuid}/export"): {"format": "csv"},
    ("PUT", "/target-prices/target/{target_id:uuid}"): {"target_price_eoy": "2"},
    ("POST", "/portfolios/{portfolio_id:uuid}/equity-changes"): CHANGE,
    ("PUT", "/portfolios/{portfolio_id:uuid}/equity-changes/{change_id:uuid}"): {"notes": "x"},
    ("POST", "/insights/generate"): {"insight_type": "daily_summary"},
    ("PATCH", "/insights/{insight_id:uuid}"): {"viewed": True},
    ("POST", "/insights/{insight_id:uuid}/feedback"): {"rating": 5},
}
"""What makes each request a good one, but for its ids."""
FILES: Final = {"/portfolios/{portfolio_id:uuid}/import": text_of(a_stock(symbol="AAPL"))}
"""What is sent instead of JSON."""


PARAMETERS: Final = {"/positions/check-duplicate": {"symbol": "AAPL"}}
NEVER_CALCULATED: Final = {"snapshot_not_found", "no_logs_available", "feedback_not_found"}


class Place(NamedTuple):
    """Where a route takes an id."""

    method: str
    path: str
    where: str
    name: str

    @property
    def kind(self) -> str:
        """Which id it takes, one or several of them."""
        return one_of(self.name)


def one_of(name: str) -> str:
    return name.removesuffix("s") if name.endswith("_ids") else name


class Route(NamedTuple):
    method: str
    path: str
    query: frozenset[str]
    body: frozenset[str] | None

    @property
    def places(self) -> Iterator[Place]:
        for name in IN_PATH.findall(self.path):
            yield Place(self.method, self.path, "path", name)
        for name in sorted(self.query):
            yield Place(self.method, self.path, "query", name)
        for name in sorted(self.body or ()):
            yield Place(self.method, self.path, "body", name)


def routes() -> Iterator[Route]:
    for route in InMemoryApplication().app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith(PREFIX):
            if route.path.startswith(OPERATORS):
                continue
            for handler in route.route_handlers:
                taken = handler.parsed_fn_signature.parameters
                query = {
                    name
                    for name, each in taken.items()
                    if "UUID" in str(each.raw) and f"{{{name}:" not in route.path
                }
                for method in sorted(handler.http_methods - {"OPTIONS"}):
                    path = route.path.removeprefix(PREFIX)
                    yield Route(method, path, frozenset(query), _ids_in(taken.get("data")))


def _ids_in(body: Any) -> frozenset[str] | None:
    """Return the ids that a JSON body names; None where there is no such body."""
    kind = body and body.annotation
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return None
    return frozenset(
        field.name
        for field in msgspec.structs.fields(kind)
        if re.search(r"_ids?$", field.name) or "UUID" in str(field.type)
    )


ROUTES: Final = {(route.method, route.path): route for route in routes()}
PLACES: Final = sorted(place for route in ROUTES.values() for place in route.places)


async def things_of(api: InMemoryApplication, who: ClerkUserId) -> Ids:
    """Make one of everything, and return the ids by what routes call them."""

    async def made(path: str, body: Any) -> Any:
        answer = await api("POST", path, by=who, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    named = {"name": "Growth", "account_name": "Broker"}
    portfolio = (await made("/portfolios", named))["id"]
    held = {**POSITION, "symbol": "AAPL"}
    position = (await made(f"/positions?portfolio_id={portfolio}", held))["id"]
    target = await made(f"/target-prices/{portfolio}", {**TARGET, "symbol": "AAPL"})
    conversation = (await made("/chat/conversations", {}))["id"]
    question = {"conversation_id": conversation, "text": "How?"}
    stream = (await api("POST", "/chat/send", by=who, json=question)).text
    [message] = re.findall(r'"assistant_message_id":"([^"]+)"', stream)
    return {
        "key_id": (await made("/auth/api-keys", {"name": "Notebook"}))["id"],
        "portfolio_id": portfolio,
        "position_id": position,
        "conversation_id": conversation,
        "message_id": message,
        "memory_id": (await made("/agent/memories", {"content": "x"}))["id"],
        "tag_id": (await made("/tags", {"name": "Mine"}))["id"],
        "target_id": target["id"],
        "change_id": (await made(f"/portfolios/{portfolio}/equity-changes", CHANGE))["id"],
        "batch_run_id": (await made(f"/portfolios/{portfolio}/calculate", None))["batch_run_id"],
        "insight_id": (
            await made(
                "/insights/generate",
                {"portfolio_id": portfolio, "insight_type": "daily_summary"},
            )
        )["id"],
    }


@pytest.fixture(scope="module")
async def populated(application: InMemoryApplication) -> tuple[InMemoryStore, Ids, Ids]:
    """A store in which Ann and Bob have one of everything, and the ids of each."""
    paying: dict[str, Any] = {"subscription": Subscription(Tier.PAID), "invite_validated": True}
    api = application.with_users(a_user(**paying), bob(**paying))
    anns, bobs = await things_of(api, ANN), await things_of(api, BOB)
    return api.store.copy(), anns, bobs


@pytest.fixture
def ids(api: InMemoryApplication, populated: tuple[InMemoryStore, Ids, Ids]) -> tuple[Ids, Ids]:
    """The ids of what Ann has, and of what Bob has."""
    store, anns, bobs = populated
    api.store.restore(store.copy())
    return anns, bobs


def request(place: Place, own: Ids, strange: str) -> tuple[str, dict[str, Any]]:
    """Return a path and its parameters: the user's own, except for one id."""
    route = ROUTES[place.method, place.path]

    def value(where: str, name: str) -> Any:
        is_in_question = (where, name) == (place.where, place.name)
        chosen = strange if is_in_question else own[one_of(name)]
        return [chosen] if name.endswith("_ids") else chosen

    path = IN_PATH.sub(lambda match: value("path", match[1]), place.path)
    elsewhere = place.name if place.where == "body" else None
    query = {name: value("query", name) for name in route.query if name != elsewhere}
    sent: dict[str, Any] = {"params": {**PARAMETERS.get(place.path, {}), **query}}
    if place.path in FILES:
        sent["files"] = {"csv_file": ("positions.csv", FILES[place.path])}
    elif route.body is not None:
        named = {name for name in route.body if place.where == "body" and name == place.name}
        named |= {name for name in route.body if name in REQUIRED.get(place.path, ())}
        ids_named = {name: value("body", name) for name in named}
        sent["json"] = {**BODIES[place.method, place.path], **ids_named}
    return path, sent


REQUIRED: Final[dict[str, set[str]]] = {
    "/positions/{position_id:uuid}/tags": {"tag_ids"},
    "/positions/{position_id:uuid}/tags/remove": {"tag_ids"},
}
"""Ids without which a body is none, where the id in question is in the path."""


def test_every_route_with_an_id_has_a_body_in_the_table() -> None:
    taking = {
        (route.method, route.path)
        for route in ROUTES.values()
        if route.body is not None and [*route.places] and route.path not in FILES
    }

    assert taking == BODIES.keys()


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
async def test_another_users_id_is_not_found_and_nothing_changes(
    api: InMemoryApplication, ids: tuple[Ids, Ids], place: Place
) -> None:
    anns, bobs = ids
    before = api.store.copy()

    path, sent = request(place, bobs, anns[place.kind])
    answer = await api(place.method, path, by=BOB, **sent)
    path, sent = request(place, bobs, str(uuid4()))
    nobodys = await api(place.method, path, by=BOB, **sent)

    assert (answer.status_code, nobodys.status_code) == (404, 404), answer.text
    assert answer.json()["error"] == nobodys.json()["error"]
    assert api.store == before


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
async def test_ones_own_id_is_found(
    api: InMemoryApplication, ids: tuple[Ids, Ids], place: Place
) -> None:
    _, bobs = ids

    path, sent = request(place, bobs, bobs[place.kind])
    answer = await api(place.method, path, by=BOB, **sent)

    if answer.status_code in {400, 401, 403, 404}:
        assert answer.json()["error"] in NEVER_CALCULATED, answer.text
