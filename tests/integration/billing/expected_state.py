"""What is in the database at a month's end, beside what the oracle says."""

from datetime import datetime, timedelta
from typing import Any, Final

from tests.integration.billing import oracle
from tests.integration.billing.billing_month import Month
from tests.integration.billing.histories import END, History
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import Person

LATER: Final = [END, *(END + timedelta(days=days) for days in (1, 4, 8, 15, 31, 365))]

Ending = tuple[oracle.Known, list[oracle.Standing]] | None


async def mistaken(rows: Rows, month: Month) -> dict[str, tuple[Ending, Ending]]:
    """Return what was found and what was expected of everybody where these differ."""
    endings = {
        history.user_id: (
            _found(await rows.told(Person(history.user_id, ""))),
            _expected(history),
        )
        for history in month.histories
    }
    return {who: both for who, both in endings.items() if both[0] != both[1]}


def _expected(history: History) -> Ending:
    known = oracle.known(history)
    return None if known is None else (known, standings(history))


def standings(history: History) -> list[oracle.Standing]:
    return [oracle.standing(history, at) for at in LATER]


def _found(row: dict[str, Any] | None) -> Ending:
    if row is None:
        return None
    known = oracle.Known(row["email"], row["full_name"], row["is_active"])
    return known, [_standing(row, at) for at in LATER]


def _standing(row: dict[str, Any], at: datetime) -> oracle.Standing:
    """Return what the columns say at an instant: a tier that has ended is free."""
    ends_at: datetime | None = row["tier_expires_at"]
    if ends_at is not None and ends_at <= at:
        return "free", None
    return row["tier"], ends_at
