"""What must be known of somebody after all that happened: worked out anew, step by step.

This imports nothing of the application's, so that the two can only agree by being right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.integration.billing.histories import History, Item

PAID_PLANS: Final = {"pro", "pro_user", "paid"}
GRACE: Final = timedelta(days=7)
NEVER: Final = datetime.max.replace(tzinfo=UTC)

Entitlement = tuple[str, datetime | None]
"""The tier at an instant, and when it will end if that is known."""


@dataclass(frozen=True)
class ExpectedRow:
    """The expected columns of a row in `users`."""

    email: str
    full_name: str | None
    is_active: bool


def expected_row(history: History) -> ExpectedRow | None:
    """Return the expected row at the end, or None where no event had a profile."""
    if not history.profiles:
        return None
    names = [profile.name for profile in history.profiles if profile.name]
    return ExpectedRow(
        email=history.profiles[-1].email,
        full_name=names[-1] if names else None,
        is_active=history.deleted_at is None,
    )


def entitlement(history: History, at: datetime) -> Entitlement:
    """Return what the person is entitled to at an instant after all of it."""
    ends = [end for end in _ends(history.items) if end > at]
    if not ends:
        return "free", None
    return "paid", None if max(ends) == NEVER else max(ends)


def _ends(items: Iterable[Item]) -> Iterable[datetime]:
    """Return until when each paid item counts, as it stood last."""
    last: dict[str, Item] = {}
    overdue_since: dict[str, datetime] = {}
    for item in items:
        last[item.id] = item
        if item.status == "past_due":
            overdue_since.setdefault(item.id, item.at)
        else:
            overdue_since.pop(item.id, None)
    for item in last.values():
        if item.plan not in PAID_PLANS:
            continue
        if item.status == "active":
            yield NEVER
        elif item.status == "canceled" and item.period_end:
            yield item.period_end
        elif item.status == "past_due":
            yield overdue_since[item.id] + GRACE
