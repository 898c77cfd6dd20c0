"""Instants and durations that the tests share."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""The current time of every test, unless it sets another."""

MINUTE: Final = timedelta(minutes=1)

DAY: Final = timedelta(days=1)
