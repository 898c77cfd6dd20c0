"""A month of billing while servers die under it: nothing is lost, and nothing happens twice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.integration.billing import expected_state as endings
from tests.integration.billing.billing_month import a_month
from tests.integration.billing.killed_servers import StubbornSender, sent_past_deaths
from tests.integration.billing.test_month import PEOPLE, SEED, STRANGERS
from tests.integration.database_rows import Rows
from tests.support.servers.api_client import client_of, outcomes, statuses
from tests.support.servers.api_servers import Server, running

DEATHS = 10


@pytest.fixture
def mortals(dsn: str, tmp_path: Path) -> Iterator[Sequence[Server]]:
    with running(2, dsn, tmp_path) as servers:
        yield servers


async def test_after_ten_deaths_in_a_month_everybody_has_what_they_pay_for(
    mortals: Sequence[Server], rows: Rows
) -> None:
    month = a_month(SEED, PEOPLE, STRANGERS)

    async with client_of(*mortals) as api:
        sender = StubbornSender(api)
        answers = await sent_past_deaths(month.deliveries, sender, mortals, DEATHS)

    inbox = await rows.all("SELECT svix_id FROM webhook_inbox")
    sent_ids = [delivery.svix_id for delivery in month.deliveries]
    assert len(sent_ids) >= 4_000
    assert sender.failures > DEATHS
    assert statuses(answers) == {200: len(sent_ids)}
    assert outcomes(answers).keys() == {"received", "ignored", "duplicate"}
    assert Counter(sender.acknowledged) == Counter(sent_ids)
    assert Counter(row["svix_id"] for row in inbox) == Counter(set(sent_ids))
    assert await endings.mistaken(rows, month) == {}
