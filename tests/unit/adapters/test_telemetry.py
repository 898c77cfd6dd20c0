"""What is logged, and what is never logged."""

import pytest
from structlog.testing import capture_logs

from sigmasight.adapters.telemetry import LoggedInviteAudit, LoggedWebhookMonitor
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome, InboxEntry
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID


def a_receipt(outcome: DeliveryOutcome, fault: str | None = None) -> InboxEntry:
    return InboxEntry(
        delivery=Delivery(id="msg_1", attempted_at=NOON, body=b"the body"),
        type="user.created",
        outcome=outcome,
        error=fault,
        received_at=NOON,
    )


def test_a_wrong_invite_code_is_logged_with_user_client_and_the_first_four_characters() -> None:
    with capture_logs() as lines:
        LoggedInviteAudit().refused(ANNS_ID, client="192.0.2.7", code_prefix="welc")

    assert lines == [
        {
            "event": "invite code refused",
            "log_level": "warning",
            "user_id": str(ANNS_ID),
            "client": "192.0.2.7",
            "code_prefix": "welc",
        }
    ]


def test_a_failed_webhook_is_logged_with_its_error() -> None:
    with capture_logs() as lines:
        LoggedWebhookMonitor().record(a_receipt(DeliveryOutcome.FAILED, "what is wrong"))

    assert lines == [
        {
            "event": "webhook",
            "log_level": "error",
            "svix_id": "msg_1",
            "type": "user.created",
            "outcome": "failed",
            "error": "what is wrong",
        }
    ]


@pytest.mark.parametrize(
    "outcome", [DeliveryOutcome.RECEIVED, DeliveryOutcome.DUPLICATE, DeliveryOutcome.IGNORED]
)
def test_any_other_webhook_is_a_line_among_others_without_its_body(
    outcome: DeliveryOutcome,
) -> None:
    with capture_logs() as lines:
        LoggedWebhookMonitor().record(a_receipt(outcome))

    assert [(line["log_level"], line["outcome"]) for line in lines] == [("info", outcome.value)]
    assert "the body" not in str(lines)
