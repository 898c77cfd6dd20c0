"""The examination of the webhooks' signing secrets, by a delivery that we sign ourselves."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from secrets import token_bytes, token_hex
from typing import Final

import httpx
import msgspec
from svix.webhooks import Webhook

from sigmasight.adapters.svix import SvixSignatures
from sigmasight.adapters.telemetry import LoggedWebhookMonitor
from sigmasight.domain.clerk_events.events import EventReader
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, WebhookSignatureInvalidError
from sigmasight.domain.diagnosis import Examination, Finding, failed, passed
from sigmasight.domain.kernel import Clock

PATH: Final = "/api/v1/webhooks/clerk"
EVENT: Final = "sigmasight.doctor"
"""An event of a type that no server acts on."""
ROTATE: Final = (
    "Copy the signing secret of the endpoint in Clerk into CLERK_WEBHOOK_SECRET, the same here and"
    " on the server, and restart it."
)

Signed = tuple[Mapping[str, str], bytes]


class WebhookSecretAccepted(Examination):
    """Delivers an event to the server, or to this version's own verification if there is none."""

    name = "webhook_secret"

    def __init__(
        self,
        secrets: Sequence[str],
        reader: EventReader,
        clock: Clock,
        client: httpx.AsyncClient,
        server: str | None,
    ) -> None:
        self._secrets = secrets
        self._reader = reader
        self._clock = clock
        self._client = client
        self._server = server

    async def run(self) -> Finding:
        wrong = self._signed(f"whsec_{b64encode(token_bytes(24)).decode()}")
        if self._server:
            return await self._run_on(self._server, wrong)
        signatures = SvixSignatures(self._secrets, LoggedWebhookMonitor())
        for place, secret in enumerate(self._secrets, 1):
            try:
                event = self._reader.read(signatures.verify(*self._signed(secret)))
            except WebhookSignatureInvalidError:
                return failed(f"Secret {place} does not verify what it has signed.", ROTATE)
            if event.outcome is not DeliveryOutcome.IGNORED:
                return failed(f"An unknown event is {event.outcome}, not ignored.", "Report it.")
        try:
            signatures.verify(*wrong)
        except WebhookSignatureInvalidError:
            return passed(
                f"{len(self._secrets)} configured; a delivery is verified, one with a wrong secret"
                " refused. --server URL delivers to a running server."
            )
        return failed("A delivery with a wrong secret is accepted.", "Report it.")

    async def _run_on(self, server: str, wrong: Signed) -> Finding:
        for place, secret in enumerate(self._secrets, 1):
            answer = await self._deliver(server, self._signed(secret))
            if isinstance(answer, Finding):
                return answer
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                return failed(
                    f"{server} refuses a delivery signed with secret {place} of"
                    " CLERK_WEBHOOK_SECRET: it has another, or its clock is wrong.",
                    ROTATE,
                )
            if _status(answer) != DeliveryOutcome.IGNORED:
                return failed(
                    f"{server}{PATH} answers {answer.status_code} to a signed delivery.",
                    "Point --server to the address of the API, without a path; see its log.",
                )
        answer = await self._deliver(server, wrong)
        if isinstance(answer, Finding):
            return answer
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            return failed(
                f"{server} answers {answer.status_code}, not 401, to a wrong signature.",
                "Check that requests reach this server itself, unchanged.",
            )
        return passed(f"{server} accepts signed deliveries, and refuses one with a wrong secret.")

    async def _deliver(self, server: str, signed: Signed) -> httpx.Response | Finding:
        headers, body = signed
        try:
            return await self._client.post(f"{server}{PATH}", headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return failed(
                f"{server} does not answer ({type(error).__name__}).",
                "Start the server, or correct --server.",
            )

    def _signed(self, secret: str) -> Signed:
        now, svix_id = self._clock.now(), f"doctor_{token_hex(12)}"
        body = json.dumps({"object": "event", "type": EVENT, "data": {}})
        return {
            "content-type": "application/json",
            "svix-id": svix_id,
            "svix-timestamp": str(int(now.timestamp())),
            "svix-signature": Webhook(secret).sign(svix_id, now, body),
        }, body.encode()


class _Receipt(msgspec.Struct):
    status: str


def _status(answer: httpx.Response) -> str | None:
    try:
        return msgspec.json.decode(answer.content, type=_Receipt).status
    except (ValueError, RecursionError):
        return None
