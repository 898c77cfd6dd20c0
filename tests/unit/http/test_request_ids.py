"""The id of a request: the client's own, if it is a plain one."""

import re

import pytest

from tests.support.providers.application import InMemoryApplication


async def test_every_answer_carries_an_id_of_its_own(api: InMemoryApplication) -> None:
    answers = [await api("GET", "/health/live", by=None) for _ in range(20)]

    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert len(set(ids)) == 20
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)


@pytest.mark.parametrize("plain", ["abc", "A-1_b.c:d", "0" * 128])
async def test_a_plain_one_from_the_client_is_used(api: InMemoryApplication, plain: str) -> None:
    answer = await api("GET", "/nowhere", headers={"X-Request-ID": plain})

    assert answer.headers["X-Request-ID"] == answer.json()["instance"] == plain


@pytest.mark.parametrize(
    "weird", ["", " ", "a b", "a\tb", "<script>", "a" * 129, 'a"b', "a/b", "a;b"]
)
async def test_a_weird_one_is_replaced(api: InMemoryApplication, weird: str) -> None:
    answer = await api("GET", "/nowhere", headers={"X-Request-ID": weird})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.json()["instance"])
    assert answer.headers["X-Request-ID"] == answer.json()["instance"]
