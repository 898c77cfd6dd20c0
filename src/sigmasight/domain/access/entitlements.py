"""What a user may have at this moment: tier, limits and what is left of them."""

from dataclasses import dataclass
from datetime import datetime

from sigmasight.domain.access.tiers import Limits, Subscription, Tier, TierLimits
from sigmasight.domain.access.usage import MessageCounter, next_period_start
from sigmasight.domain.kernel import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    tier: Tier
    tier_expires_at: datetime | None
    limits: Limits
    messages_used: int
    messages_allowed: int | None
    """How many there may be in this period, with what was granted; None is unlimited."""
    period_end: datetime
    """When the counting of messages begins anew."""

    @property
    def messages_remaining(self) -> int | None:
        """How many messages are left in this period; None is unlimited."""
        allowed = self.messages_allowed
        return None if allowed is None else max(0, allowed - self.messages_used)


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Answers what stored tiers and counters come to at this moment."""

    limits: TierLimits
    clock: Clock

    def current(self, subscription: Subscription, messages: MessageCounter) -> Entitlement:
        at = self.clock.now()
        current = subscription.at(at)
        limits = self.limits[current.tier]
        return Entitlement(
            tier=current.tier,
            tier_expires_at=current.expires_at,
            limits=limits,
            messages_used=messages.used_at(at),
            messages_allowed=messages.limit_at(at, limits.max_ai_messages),
            period_end=next_period_start(at),
        )
