"""POST /webhooks/clerk: anything that was not signed is refused, and leaves no trace."""

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from litestar.types import HTTPReceiveMessage, Message
from structlog.testing import capture_logs

from tests.support.builders.clerk_events import (
    subscribed,
    subscription_item,
    user_created,
    user_deleted,
)
from tests.support.builders.users import a_user
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.webhook_mutations import Delivery, a_delivery, mutated

BATCH: Final = 334
"""Mutations per seed: `make test-long` tries 300 seeds, which makes 100,000."""


def deliveries() -> Sequence[Delivery]:
    events = [user_created(), user_deleted(), subscribed(), subscription_item("active")]
    return [a_delivery(event, f"msg_{number}") for number, event in enumerate(events)]


async def status_of(api: InMemoryApplication, delivery: Delivery) -> int:
    """Hand a delivery to the application as a server does: a client would mend some of them."""
    statuses: list[int] = []
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/webhooks/clerk",
        "raw_path": b"/api/v1/webhooks/clerk",
        "query_string": b"",
        "root_path": "",
        "headers": list(delivery.headers),
        "client": ("192.0.2.1", 1),
        "server": ("api.test", 80),
    }

    async def receive() -> HTTPReceiveMessage:
        return {"type": "http.request", "body": delivery.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await api.app(scope, receive, send)
    [status] = statuses
    return status


@settings(phases=[Phase.generate])  # of a seed there is nothing to make smaller
@given(st.integers(0, 2**64))
async def test_no_mutated_delivery_is_accepted_or_breaks_anything(
    application: InMemoryApplication, seed: int
) -> None:
    random = Random(seed)  # noqa: S311  mutations, no secrets
    api = application.with_users(a_user())
    before = api.store.copy()
    signed = deliveries()
    mutants = [mutated(random, signed) for _ in range(BATCH)]

    with capture_logs():
        answers = [(await status_of(api, mutant), mutant) for mutant in mutants]
        after = api.store.copy()
        controls = [await status_of(api, delivery) for delivery in signed]

    assert [answer for answer in answers if not 400 <= answer[0] < 500] == []
    assert after == before
    assert controls == [200] * len(signed)
    assert len(api.store.receipts) == len(signed)
