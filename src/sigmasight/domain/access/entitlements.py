"""A user's entitlements at an instant: tier, limits and what remains of them."""

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
    """The limit of this period, grants included; None is unlimited."""
    period_end: datetime
    """When the message counter resets."""

    @property
    def messages_remaining(self) -> int | None:
        """Messages left in this period; None is unlimited."""
        allowed = self.messages_allowed
        return None if allowed is None else max(0, allowed - self.messages_used)


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Computes entitlements from stored tiers and counters, at the current instant."""

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
