"""Tiers and what each of them may have."""

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
    """What a tier may have at once or per calendar month; None is unlimited."""

    max_portfolios: int | None
    max_ai_messages: int | None


TierLimits = Mapping[Tier, Limits]

DEFAULT_LIMITS: Final[TierLimits] = {
    Tier.FREE: Limits(max_portfolios=2, max_ai_messages=100),
    Tier.PAID: Limits(max_portfolios=10, max_ai_messages=1000),
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """The tier a user is on, and the instant it ends where one is known."""

    tier: Tier = Tier.FREE
    expires_at: datetime | None = None

    def at(self, now: datetime) -> "Subscription":
        """Return what counts at that instant: a tier that has ended is free, without an event."""
        if self.expires_at is not None and self.expires_at <= now:
            return Subscription()
        return self
