"""Deliveries of webhooks, as Svix makes them: once, twice, or in another order."""

from collections import defaultdict
from secrets import token_hex
from typing import Any, Literal

import httpx
import msgspec

from sigmasight.entrypoints.local.clerk.signing import LocalClerk

DeliveryMode = Literal["once", "twice", "late"]
"""Late: right after the account's next event."""


class Delivered(msgspec.Struct, frozen=True):
    """A delivery, and the API's response to it."""

    svix_id: str
    type: str
    status_code: int
    response: msgspec.Raw


class Deliveries:
    """Signs events and sends them to the API; late ones are lost when the process ends."""

    def __init__(self, clerk: LocalClerk) -> None:
        self._clerk = clerk
        self._late: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)

    async def send(
        self, account_id: str, event: dict[str, Any], mode: DeliveryMode
    ) -> list[Delivered]:
        """Send the event and then those that are late, the first ones first."""
        new = (f"msg_{token_hex(12)}", event)
        if mode == "late":
            self._late[account_id].append(new)
            return []
        due = [new] * (2 if mode == "twice" else 1) + self._late.pop(account_id, [])
        async with httpx.AsyncClient() as client:
            return [await self._send(client, *each) for each in due]

    async def _send(
        self, client: httpx.AsyncClient, svix_id: str, event: dict[str, Any]
    ) -> Delivered:
        headers, body = self._clerk.delivery(event, svix_id)
        response = await client.post(
            f"{self._clerk.api_url}/api/v1/webhooks/clerk", headers=headers, content=body
        )
        return Delivered(
            svix_id, event["type"], response.status_code, msgspec.Raw(response.content)
        )
