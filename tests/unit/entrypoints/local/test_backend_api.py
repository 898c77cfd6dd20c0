"""The local Clerk's Backend API, where it has to refuse as Clerk does."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sigmasight.entrypoints.local.clerk.named_accounts import ensure_account
from sigmasight.entrypoints.local.clerk.state import Item
from tests.support.fakes.clerk import FakeClerk

ENROLMENT = {"email_address": ["new@example.com"], "skip_password_requirement": True}


@pytest.fixture
def clerk() -> FakeClerk:
    clerk = FakeClerk()
    ensure_account(clerk.instance, "ann")
    return clerk


@pytest.fixture
async def api(clerk: FakeClerk) -> AsyncIterator[httpx.AsyncClient]:
    async with clerk.client() as client:
        client.headers["Authorization"] = f"Bearer {clerk.clerk.secret_key}"
        yield client


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["code"])


@pytest.mark.parametrize("credential", [None, "Bearer sk_test_other", "sk_test_local"])
async def test_without_the_secret_key_everything_is_refused(
    api: httpx.AsyncClient, credential: str | None
) -> None:
    del api.headers["Authorization"]
    headers = {"Authorization": credential} if credential else {}

    answer = await api.get("/v1/users/user_demo_ann", headers=headers)

    assert (answer.status_code, code(answer)) == (401, "clerk_key_invalid")


@pytest.mark.parametrize(
    "path", ["users/user_x", "sessions/sess_x", "users/x/billing/subscription"]
)
async def test_a_missing_resource_is_refused_in_clerks_format(
    api: httpx.AsyncClient, path: str
) -> None:
    answer = await api.get(f"/v1/{path}")

    assert (answer.status_code, code(answer)) == (404, "resource_not_found")
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "offset=-1", "order_by=email", "starting_after=x"]
)
async def test_unknown_list_parameters_are_refused(api: httpx.AsyncClient, query: str) -> None:
    assert (await api.get(f"/v1/users?{query}")).status_code == 422


async def test_a_list_has_the_ten_newest_by_default(
    clerk: FakeClerk, api: httpx.AsyncClient
) -> None:
    for number in range(12):
        ensure_account(clerk.instance, f"p{number:02}", at=number)

    newest = (await api.get("/v1/users")).json()
    second = (await api.get("/v1/users?order_by=%2Bcreated_at&limit=1&offset=1")).json()
    named = (await api.get("/v1/users?external_id[]=x")).json()

    assert len(newest) == 10
    assert newest[0]["id"] == "user_demo_ann"
    assert [user["id"] for user in second] == ["user_demo_p01"]
    assert named == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email_address": ["ANN@demo.example"]}, "form_identifier_exists"),
        ({"skip_password_requirement": False}, "form_data_missing"),
        ({"password_digest": "$2b$", "password_hasher": "rot13"}, "form_param_value_invalid"),
        ({"email_address": "new@example.com"}, "form_param_format_invalid"),
    ],
)
async def test_an_account_clerk_would_not_make_is_not_made(
    clerk: FakeClerk, api: httpx.AsyncClient, changes: dict[str, Any], expected: str
) -> None:
    answer = await api.post("/v1/users", json={**ENROLMENT, **changes})

    assert (answer.status_code, code(answer)) == (422, expected)
    assert len(clerk.instance.state.accounts) == 1


async def test_an_external_id_is_stored_found_and_unique(
    api: httpx.AsyncClient,
) -> None:
    made = await api.post("/v1/users", json={**ENROLMENT, "external_id": "7"})
    again = await api.post(
        "/v1/users", json={**ENROLMENT, "email_address": ["b@x.test"], "external_id": "7"}
    )

    found = (await api.get("/v1/users", params={"external_id[]": "7"})).json()
    assert [user["id"] for user in found] == [made.json()["id"]]
    assert (again.status_code, code(again)) == (422, "form_identifier_exists")


async def test_items_are_listed_by_the_requested_filters(
    clerk: FakeClerk, api: httpx.AsyncClient
) -> None:
    clerk.instance.set_status(clerk.instance.paid_item("user_demo_ann"), "canceled")
    clerk.instance.add_item(
        Item("csi_org", "user_demo_ann", "pro", "active", 0, 0, organization_id="org_1")
    )

    async def listed(query: str) -> list[str]:
        page = (await api.get(f"/v1/billing/subscription_items?{query}")).json()
        assert page["total_count"] == len(page["data"])
        return [item["id"] for item in page["data"]]

    assert await listed("") == ["csi_org", "csi_demo_ann_2"]
    assert await listed("payer_type=user") == ["csi_demo_ann_2"]
    assert await listed("payer_type=user&include_free=true") == ["csi_demo_ann_1", "csi_demo_ann_2"]
    assert await listed("status=canceled") == ["csi_demo_ann_2"]


async def test_a_revoked_session_has_no_more_tokens_and_signing_in_begins_another(
    clerk: FakeClerk, api: httpx.AsyncClient
) -> None:
    first = clerk.instance.sign_in("user_demo_ann").id
    same = clerk.instance.sign_in("user_demo_ann").id

    token = await api.post(f"/v1/sessions/{first}/tokens", json={})
    revoked = await api.post(f"/v1/sessions/{first}/revoke")
    again = await api.post(f"/v1/sessions/{first}/revoke")
    refused = await api.post(f"/v1/sessions/{first}/tokens", json={})

    assert first == same == "sess_demo_ann"
    assert token.json()["object"] == "token"
    assert (revoked.status_code, revoked.json()["status"]) == (200, "revoked")
    assert again.status_code == refused.status_code == 400
    assert (await api.get(f"/v1/sessions/{first}")).json()["status"] == "revoked"
    assert clerk.instance.sign_in("user_demo_ann").id == "sess_demo_ann_2"


async def test_planted_failures_are_returned_once_each_and_counted(
    clerk: FakeClerk, api: httpx.AsyncClient
) -> None:
    clerk.failures.inject(500, 429, retry_after="3")

    answers = [await api.get("/v1/users/count") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [500, 429, 200]
    assert answers[1].headers["Retry-After"] == "3"
    assert clerk.failures.requests == 3
