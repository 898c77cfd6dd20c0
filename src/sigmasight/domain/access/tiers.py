"""Tiers and their limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Tier(StrEnum):
    FREE = "free"
    PAID = "paid"

    @classmethod
    def named(cls, name: str) -> "Tier":
        """Return the tier of that name; an unknown one counts as free."""
        try:
            return cls(name)
        except ValueError:
            return cls.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits at once (portfolios) or per calendar month (messages); None is unlimited."""

    max_portfolios: int | None
    max_ai_messages: int | None


TierLimits = Mapping[Tier, Limits]

DEFAULT_LIMITS: Final[TierLimits] = {
    Tier.FREE: Limits(max_portfolios=2, max_ai_messages=100),
    Tier.PAID: Limits(max_portfolios=10, max_ai_messages=1000),
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """The user's tier, and when it ends if that is known."""

    tier: Tier = Tier.FREE
    expires_at: datetime | None = None

    def at(self, now: datetime) -> "Subscription":
        """Return the tier in effect at that instant: one that has ended is free."""
        if self.expires_at is not None and self.expires_at <= now:
            return Subscription()
        return self
