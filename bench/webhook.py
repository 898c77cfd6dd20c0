"""One accepted webhook against its bare transaction, each delivery signed and told once."""

import time
from collections.abc import Sequence
from itertools import count
from statistics import median
from typing import Any, Final

from rich.console import Console

from bench.connections import a_post, load
from bench.report import Rates, rounds, show, verdict
from bench.serving import Stage
from sigmasight.entrypoints.local.clerk import named_accounts
from sigmasight.entrypoints.local.clerk.events import emit

TITLE: Final = "POST /webhooks/clerk"
PEOPLE: Final = [f"bench-{number}" for number in range(500)]
DELIVERIES: Final = 2_000
TARGET: Final = 500
HOUR: Final = 3_600_000


def measure(stage: Stage, console: Console) -> None:
    numbers = count(1)
    now = int(time.time() * 1000)
    ours = f"{stage.api}/api/v1/webhooks/clerk"

    def requests(path: str, events: Sequence[Any]) -> list[bytes]:
        deliveries = [stage.clerk.delivery(event, f"msg_{next(numbers)}") for event in events]
        return [a_post(path, *delivery) for delivery in deliveries]

    def a_round() -> Rates:
        first = next(numbers)
        events = [
            renewed(PEOPLE[number % len(PEOPLE)], now + first + number)
            for number in range(DELIVERIES)
        ]
        bare = load(stage.floor, requests("/webhooks/clerk", events))
        return bare, load(ours, requests("/api/v1/webhooks/clerk", events))

    instance = stage.clerk.instance
    accounts = [named_accounts.ensure_account(instance, name) for name in PEOPLE]
    created = [emit(instance, "user.created", account.id) for account in accounts]
    load(ours, requests("/api/v1/webhooks/clerk", created))
    rates = rounds(console, TITLE, a_round)
    ratio = show(console, TITLE, rates)
    reached = median(ours for _, ours in rates)
    console.print(f"Median ratio {ratio:.2f}; ours a second {verdict(reached, TARGET, ',.0f')}")


def renewed(name: str, at: int) -> dict[str, Any]:
    """Return Clerk's word that somebody's plan goes on."""
    plan = {"id": "cplan_pro", "slug": "pro", "name": "Pro", "is_recurring": True}
    data = {
        "object": "commerce_subscription_item",
        "id": f"csub_item_{name}",
        "status": "active",
        "is_free_trial": False,
        "created_at": at,
        "updated_at": at,
        "period_start": at,
        "period_end": at + 30 * 24 * HOUR,
        "interval": "month",
        "plan_id": "cplan_pro",
        "plan": {**plan, "amount": 2000, "currency": "USD"},
        "payer": {
            "object": "commerce_payer",
            "id": f"cpayer_{name}",
            "user_id": named_accounts.account_id(name),
            "email": named_accounts.email(name),
            "organization_id": "",
        },
        "subscription_id": f"csub_{name}",
    }
    return {
        "object": "event",
        "type": "subscriptionItem.updated",
        "timestamp": at,
        "instance_id": "ins_bench",
        "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "bench"}},
        "data": data,
    }
