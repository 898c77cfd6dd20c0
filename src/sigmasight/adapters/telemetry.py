"""Log lines with structlog, metrics with Prometheus."""

from typing import Final

import structlog
from prometheus_client import Counter

from sigmasight.domain.access.invites import InviteAudit
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, InboxEntry, WebhookMonitor
from sigmasight.domain.kernel import ClerkUserId, UserId

DELIVERIES: Final = Counter(
    "sigmasight_webhook_deliveries_total", "Signed webhooks by outcome.", ["outcome"]
)
SIGNATURES: Final = Counter(
    "sigmasight_webhook_signatures_total",
    "Signed webhooks by the secret that signed them: its place in CLERK_WEBHOOK_SECRET.",
    ["secret"],
)
UNLISTED_PLANS: Final = Counter(
    "sigmasight_unlisted_plans_total",
    "Webhooks of somebody who pays for a plan that is not in CLERK_PAID_PLANS.",
)
REFUSED_CODES: Final = Counter("sigmasight_invite_codes_refused_total", "Wrong invite codes.")

logger = structlog.stdlib.get_logger()


class LoggedInviteAudit(InviteAudit):
    def refused(self, user: UserId, *, client: str, code_prefix: str) -> None:
        REFUSED_CODES.inc()
        logger.warning(
            "invite code refused", user_id=str(user), client=client, code_prefix=code_prefix
        )


class LoggedWebhookMonitor(WebhookMonitor):
    def record_secret(self, secret: int) -> None:
        SIGNATURES.labels(str(secret)).inc()

    def record(self, receipt: InboxEntry) -> None:
        DELIVERIES.labels(receipt.outcome.value).inc()
        log = logger.error if receipt.outcome is DeliveryOutcome.FAILED else logger.info
        log(
            "webhook",
            svix_id=receipt.delivery.id,
            type=receipt.type,
            outcome=receipt.outcome.value,
            error=receipt.error,
        )

    def record_unlisted_plan(self, plan: str, account: ClerkUserId | None) -> None:
        UNLISTED_PLANS.inc()
        logger.warning(
            "paid plan not listed",
            plan=plan,
            account=account,
            remedy="Add it to CLERK_PAID_PLANS: who pays for it has the free tier.",
        )
