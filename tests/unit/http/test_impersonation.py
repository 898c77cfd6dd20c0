"""A session in which somebody acts as the user is marked."""

from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.support.builders.session_tokens import a_token
from tests.support.builders.users import a_user
from tests.support.providers.application import OPERATOR, InMemoryApplication


def bearer(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_token(**claims)}"}


@pytest.mark.parametrize(
    ("actor", "impersonator"),
    [
        (None, None),
        ({"iss": "https://dashboard.example", "sub": "user_support"}, "user_support"),
        ({}, "unknown"),
        ({"sub": 5}, "unknown"),
        ({"sub": "two\nlines"}, "unknown"),
        ("user_support", "unknown"),
        (False, "unknown"),
    ],
)
async def test_me_names_who_acts_as_the_user(
    api: InMemoryApplication, actor: Any, impersonator: str | None
) -> None:
    api.with_users(a_user())

    me = await api("GET", "/auth/me", headers=bearer(act=actor))

    assert me.json()["impersonator"] == impersonator


async def test_the_log_names_who_acts_as_the_user_in_that_request_alone(
    api: InMemoryApplication,
) -> None:
    api.with_users(a_user())

    with capture_logs([merge_contextvars]) as lines:
        await api("GET", "/usage", headers=bearer(act={"sub": "user_support"}))
        await api("GET", "/usage")

    assert [line.get("impersonator") for line in lines if line["event"] == "request"] == [
        "user_support",
        None,
    ]


@pytest.mark.parametrize(("actor", "status"), [(None, 200), ({"sub": "user_support"}, 403)])
async def test_who_acts_as_an_operator_is_none(
    api: InMemoryApplication, actor: Any, status: int
) -> None:
    api.with_users(a_user(clerk_user_id=OPERATOR, invite_validated=True))

    answer = await api("GET", "/admin/audit", headers=bearer(sub=OPERATOR, act=actor))

    assert answer.status_code == status
