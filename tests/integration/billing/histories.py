"""What happened to a user, in order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
END: Final = BEGINNING + timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One plan of a user's subscription, from an instant until the next item with its id."""

    id: str
    at: datetime
    status: str
    plan: str | None
    period_end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A user's profile at Clerk from an instant on."""

    at: datetime
    email: str
    first_name: str | None
    last_name: str | None

    @property
    def name(self) -> str | None:
        return " ".join(filter(None, [self.first_name, self.last_name])) or None


@dataclass
class History:
    """A user's month; without profiles it is a payer that only billing events mention."""

    user_id: str
    profiles: list[Profile] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    deleted_at: datetime | None = None
