"""Differences between what is stored and what Clerk reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.kernel import ClerkUserId, ConflictError

MOST_LOSERS: Final = 3
MOST_LOSERS_SHARE: Final = 0.05
"""Of those who pay: if more would lose their tier, the settings are more likely to be wrong."""


class TooManyLosersError(ConflictError):
    code = "too_many_losers"

    def __init__(self, losers: int, payers: int) -> None:
        super().__init__(
            f"{losers} of {payers} who pay would lose their tier: check CLERK_PAID_PLANS."
            " Nothing was changed."
        )


class DriftKind(StrEnum):
    """How a user differs from the Clerk account."""

    MISSING = "missing user"
    TIER = "wrong tier"
    DELETED = "deleted account"
    BAR = "banned or locked"
    """At one of the two, and not at the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference, with our subscription and the one that Clerk's items amount to."""

    kind: DriftKind
    account: ClerkUserId
    email: str | None
    ours: Subscription | None = None
    clerks: Subscription | None = None
    items: Sequence[str] = ()
    """The plans that Clerk reports, each with its status: `pro (active)`."""
    problem: str | None = None
    """Why it could not be repaired."""

    @property
    def loses_tier(self) -> bool:
        """Whether the repair takes a paid tier away."""
        return bool(
            self.kind is DriftKind.TIER
            and self.ours
            and self.clerks
            and self.ours.tier is Tier.PAID
            and self.clerks.tier is not Tier.PAID
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """The findings of one page; the cursor resumes from here."""

    checked: int
    drifts: Sequence[Drift]
    cursor: str
    payers: int = 0
    """How many of those checked have a paid tier here."""
    unlisted: Sequence[str] = ()
    """The plans that somebody pays for and that give no paid tier, once for each who does."""


def require_few_losers(drifts: Sequence[Drift], payers: int) -> None:
    """Raise TooManyLosersError if more than a small share of those who pay would lose it."""
    losers = sum(each.loses_tier for each in drifts)
    if losers > MOST_LOSERS and losers > MOST_LOSERS_SHARE * payers:
        raise TooManyLosersError(losers, payers)
