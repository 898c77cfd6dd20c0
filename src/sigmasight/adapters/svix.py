"""Webhook signatures (https://docs.svix.com/receiving/verifying-payloads/how-manual)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from svix.webhooks import Webhook, WebhookVerificationError

from sigmasight.domain.clerk_events.inbox import (
    Delivery,
    WebhookMonitor,
    WebhookSignatureInvalidError,
    WebhookSignatures,
)

MAX_ID: Final = 255


class SvixSignatures(WebhookSignatures):
    """Accepts signatures of any of several secrets, so that one can be rotated."""

    def __init__(self, secrets: Sequence[str], monitor: WebhookMonitor) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets]
        self._monitor = monitor

    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        delivery_id = headers.get("svix-id", "")
        timestamp = headers.get("svix-timestamp", "")
        # The library takes `1.75`, `+1` and `01` for timestamps, any length of id, other names.
        number = timestamp.isascii() and timestamp.isdecimal() and timestamp[0] != "0"
        plain = number and 0 < len(delivery_id) <= MAX_ID and "svix-signature" in headers
        secret = self._secret_of(headers, body) if plain else None
        if secret is None:
            raise WebhookSignatureInvalidError
        self._monitor.record_secret(secret)
        return Delivery(
            id=delivery_id, attempted_at=datetime.fromtimestamp(int(timestamp), UTC), body=body
        )

    def _secret_of(self, headers: Mapping[str, str], body: bytes) -> int | None:
        """Return which secret signed this, counted from 1."""
        places = enumerate(self._webhooks, 1)
        return next((place for place, webhook in places if _signed(webhook, headers, body)), None)


def _signed(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):  # ValueError: base64, UTF-8, the list's form
        return False
    return True
