"""GET /admin/audit, and what operators do over HTTP."""

from typing import Any

import pytest

from tests.support.builders import signing
from tests.support.builders.clerk_events import subscription_item
from tests.support.builders.users import ANNS_ID, bob
from tests.support.providers.application import OPERATOR, InMemoryApplication


@pytest.fixture
def audited(api: InMemoryApplication) -> InMemoryApplication:
    """The application with Ann, and an operator."""
    operator = bob(clerk_user_id=OPERATOR, invite_validated=True)
    api.store.users[operator.id] = operator
    return api


async def upgrade(api: InMemoryApplication) -> None:
    headers, body = signing.a_webhook(subscription_item("active"), svix_id="msg_1")
    await api("POST", "/webhooks/clerk", by=None, headers=headers, content=body)


async def entries(api: InMemoryApplication, **query: Any) -> list[dict[str, Any]]:
    answer = await api("GET", "/admin/audit", by=OPERATOR, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


async def test_every_request_of_an_operator_is_recorded_before_it_is_carried_out(
    audited: InMemoryApplication,
) -> None:
    await audited("POST", "/admin/fix/fix-all", by=OPERATOR)

    newest, started = await entries(audited)

    assert started == {
        "number": 1,
        "at": "2026-01-15T12:00:00Z",
        "actor": OPERATOR,
        "action": "admin_request",
        "subject": None,
        "details": {"operation": "POST /api/v1/admin/fix/fix-all"},
    }
    assert newest["details"] == {"operation": "GET /api/v1/admin/audit"}


async def test_a_request_of_anybody_else_is_refused_and_not_recorded(
    audited: InMemoryApplication,
) -> None:
    answer = await audited("GET", "/admin/audit")

    assert (answer.status_code, answer.json()["code"]) == (403, "admin_required")
    assert audited.store.audit == {}


async def test_a_tier_changed_by_clerk_is_recorded(audited: InMemoryApplication) -> None:
    await upgrade(audited)

    [entry] = await entries(audited, action="tier_changed")

    assert (entry["actor"], entry["subject"]) == ("clerk", str(ANNS_ID))
    assert entry["details"] == {"from": "free", "to": "paid", "until": None}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"actor": OPERATOR}, 2),
        ({"actor": "clerk"}, 1),
        ({"subject": str(ANNS_ID)}, 1),
        ({"since": "2026-01-15T12:00:01Z"}, 0),
        ({"before": 2}, 1),
        ({"limit": 1}, 1),
    ],
)
async def test_entries_are_filtered(
    audited: InMemoryApplication, query: dict[str, Any], count: int
) -> None:
    await audited("POST", "/admin/fix/fix-all", by=OPERATOR)
    await upgrade(audited)

    assert len(await entries(audited, **query)) == count


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("2026-01-15T12:00:00Z", 2),
        ("2026-01-15T12:00:00", 2),
        ("2026-01-15T14:00:00+02:00", 2),
        ("2026-01-15 12:00:00.000001", 0),
        ("2026-01-16", 0),
    ],
)
async def test_entries_since_a_time_are_those_of_any_zone(
    audited: InMemoryApplication, since: str, found: int
) -> None:
    await audited("POST", "/admin/fix/fix-all", by=OPERATOR)

    assert len(await entries(audited, since=since)) == found


@pytest.mark.parametrize(
    "query",
    [
        *({"since": "yesterday"}, {"since": "253402300800"}, {"since": "0001-01-01T00:00+14:00"}),
        *({"since": "9999-12-31T23:59-12:00"}, {"before": 0}, {"before": 2**63}),
        *({"actor": "x" * 513}, {"subject": "x" * 256}, {"limit": 1001}, {"action": "other"}),
    ],
    ids=str,
)
async def test_a_filter_that_is_none_is_refused_and_named(
    audited: InMemoryApplication, query: dict[str, Any]
) -> None:
    answer = await audited("GET", "/admin/audit", by=OPERATOR, params=query)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == list(query)
