"""Webhook signatures (https://docs.svix.com/receiving/verifying-payloads/how-manual)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from svix.webhooks import Webhook, WebhookVerificationError

from sigmasight.domain.clerk_events import (
    Delivery,
    WebhookSignatureInvalidError,
    WebhookSignatures,
)

MAX_ID: Final = 255


class SvixSignatures(WebhookSignatures):
    """Accepts what any of several secrets signed, so that rotating one loses nothing."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets]

    def verify(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        delivery_id = headers.get("svix-id", "")
        timestamp = headers.get("svix-timestamp", "")
        # The library takes `1.75`, `+1` and `01` for timestamps, any length of id, other names.
        number = timestamp.isascii() and timestamp.isdecimal() and timestamp[0] != "0"
        plain = number and 0 < len(delivery_id) <= MAX_ID and "svix-signature" in headers
        if not (plain and any(_signed(webhook, headers, body) for webhook in self._webhooks)):
            raise WebhookSignatureInvalidError
        return Delivery(
            id=delivery_id, attempted_at=datetime.fromtimestamp(int(timestamp), UTC), body=body
        )


def _signed(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):  # ValueError: base64, UTF-8, the list's form
        return False
    return True
