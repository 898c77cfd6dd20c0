"""What truly happened to somebody, in the order in which it did."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
END: Final = BEGINNING + timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One plan on somebody's subscription, from an instant on until the next one of its id."""

    id: str
    at: datetime
    status: str
    plan: str | None
    period_end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Who somebody was to Clerk from an instant on."""

    at: datetime
    email: str
    first_name: str | None
    last_name: str | None

    @property
    def name(self) -> str | None:
        return " ".join(filter(None, [self.first_name, self.last_name])) or None


@dataclass
class History:
    """A person's month; without profiles it is one of whom nothing but billing was ever told."""

    user_id: str
    profiles: list[Profile] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    deleted_at: datetime | None = None
