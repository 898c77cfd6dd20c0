"""Sending a month's deliveries concurrently, as Svix does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator

import httpx

from tests.integration.billing.billing_month import Delivery

CONCURRENCY = 16


async def deliver_concurrently(
    deliveries: Iterable[Delivery], send: Callable[[Delivery], Awaitable[httpx.Response]]
) -> list[httpx.Response]:
    """Send all of them, 16 at a time, and return the answers in the order in which they came."""
    answers: list[httpx.Response] = []
    pending: Iterator[Delivery] = iter(deliveries)

    async def sender() -> None:
        for delivery in pending:
            answer = await send(delivery)
            answers.append(answer)

    async with asyncio.TaskGroup() as senders:
        for _ in range(CONCURRENCY):
            senders.create_task(sender())
    return answers
