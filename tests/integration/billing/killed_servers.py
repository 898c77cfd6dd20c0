"""Killing servers during deliveries, and a sender that retries as Svix does."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.integration.billing.billing_month import Delivery
from tests.integration.billing.concurrent_delivery import deliver_concurrently
from tests.support.servers.api_client import Api
from tests.support.servers.api_servers import Server

TRIES: Final = 100


@dataclass
class RetryingSender:
    """Sends a delivery under the same id until it is acknowledged."""

    api: Api
    acknowledged: list[str] = field(default_factory=list)
    failures: int = 0

    async def __call__(self, delivery: Delivery) -> httpx.Response:
        for _ in range(TRIES):
            answer = await self._attempt(delivery)
            if answer is not None and answer.status_code < 500:
                self.acknowledged += [delivery.svix_id] * answer.is_success
                return answer
            self.failures += 1
        raise AssertionError(f"Not acknowledged in {TRIES} tries: {delivery}")

    async def _attempt(self, delivery: Delivery) -> httpx.Response | None:
        try:
            return await self.api.deliver(delivery.event, delivery.svix_id)
        except httpx.TransportError:
            return None


async def deliver_while_killing(
    deliveries: Sequence[Delivery], sender: RetryingSender, servers: Sequence[Server], kills: int
) -> list[httpx.Response]:
    """Send all of it in as many lots as there are deaths, and return the answers.

    In the middle of each lot one of the servers is killed, in turn, and started again while
    the rest is being sent; the next lot begins with all of them alive.
    """
    answers: list[httpx.Response] = []
    for number in range(kills):
        batch = deliveries[number::kills]
        answers += await _deliver_while_killing_one(batch, sender, servers[number % len(servers)])
    return answers


async def _deliver_while_killing_one(
    batch: Sequence[Delivery], sender: RetryingSender, victim: Server
) -> list[httpx.Response]:
    deadline = len(sender.acknowledged) + len(batch) // 2
    async with asyncio.TaskGroup() as group:

        async def send(delivery: Delivery) -> httpx.Response:
            answer = await sender(delivery)
            if len(sender.acknowledged) == deadline:
                victim.kill()
                victim.start()
                group.create_task(asyncio.to_thread(victim.await_answer))
            return answer

        return await deliver_concurrently(batch, send)
