"""A month of billing while servers are killed: nothing is lost or applied twice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.integration.billing import expected_state
from tests.integration.billing.billing_month import a_month
from tests.integration.billing.killed_servers import RetryingSender, deliver_while_killing
from tests.integration.billing.test_month import SEED, UNKNOWN_PAYERS
from tests.integration.database_rows import Rows
from tests.support.servers.api_client import client_of, outcomes, statuses
from tests.support.servers.api_servers import Server, running

EVENTS_EACH = 15
"""A month has at least so many deliveries about each person."""


@pytest.fixture
def restartable_servers(dsn: str, tmp_path: Path) -> Iterator[Sequence[Server]]:
    with running(2, dsn, tmp_path) as servers:
        yield servers


@pytest.mark.parametrize(
    ("people", "kills"),
    [(40, 3), pytest.param(200, 10, marks=pytest.mark.long("4,000 deliveries and ten restarts"))],
)
async def test_when_servers_are_killed_during_a_month_every_user_has_what_they_pay_for(
    restartable_servers: Sequence[Server], rows: Rows, people: int, kills: int
) -> None:
    month = a_month(SEED, people, UNKNOWN_PAYERS)

    async with client_of(*restartable_servers) as api:
        sender = RetryingSender(api)
        answers = await deliver_while_killing(month.deliveries, sender, restartable_servers, kills)

    inbox = await rows.all("SELECT svix_id FROM webhook_inbox")
    sent_ids = [delivery.svix_id for delivery in month.deliveries]
    assert len(sent_ids) >= people * EVENTS_EACH
    assert sender.failures > kills
    assert statuses(answers) == {200: len(sent_ids)}
    assert outcomes(answers).keys() == {"received", "ignored", "duplicate"}
    assert Counter(sender.acknowledged) == Counter(sent_ids)
    assert Counter(row["svix_id"] for row in inbox) == Counter(set(sent_ids))
    assert await expected_state.differences(rows, month) == {}
