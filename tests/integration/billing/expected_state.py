"""The state of the database at the end of a month, compared with the oracle."""

from datetime import datetime, timedelta
from typing import Any, Final

from tests.integration.billing import oracle
from tests.integration.billing.billing_month import Month
from tests.integration.billing.histories import END, History
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import Person

LATER: Final = [END, *(END + timedelta(days=days) for days in (1, 4, 8, 15, 31, 365))]

State = tuple[oracle.ExpectedRow, list[oracle.Entitlement]] | None


async def differences(rows: Rows, month: Month) -> dict[str, tuple[State, State]]:
    """Return the found and the expected state of every user where they differ."""
    states = {
        history.user_id: (
            _found(await rows.known_account(Person(history.user_id, ""))),
            _expected(history),
        )
        for history in month.histories
    }
    return {who: both for who, both in states.items() if both[0] != both[1]}


def _expected(history: History) -> State:
    expected_row = oracle.expected_row(history)
    return None if expected_row is None else (expected_row, entitlements(history))


def entitlements(history: History) -> list[oracle.Entitlement]:
    return [oracle.entitlement(history, at) for at in LATER]


def _found(row: dict[str, Any] | None) -> State:
    if row is None:
        return None
    expected_row = oracle.ExpectedRow(row["email"], row["full_name"], row["is_active"])
    return expected_row, [_entitlement(row, at) for at in LATER]


def _entitlement(row: dict[str, Any], at: datetime) -> oracle.Entitlement:
    """Return the entitlement of a row at an instant: an ended tier is free."""
    ends_at: datetime | None = row["tier_expires_at"]
    if ends_at is not None and ends_at <= at:
        return "free", None
    return row["tier"], ends_at
