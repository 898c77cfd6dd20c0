"""The state of a Clerk instance; as in Clerk, times are in milliseconds since 1970."""

from typing import Any, Final

import msgspec

INSTANCE_ID: Final = "ins_local"
MONTH: Final = 30 * 24 * 3600 * 1000
FREE_PLAN: Final = "free_user"
PAID_PLAN: Final = "pro"


class EmailAddress(msgspec.Struct):
    id: str
    text: str
    verified: bool = True


class Account(msgspec.Struct):
    id: str
    created_at: int
    updated_at: int
    addresses: list[EmailAddress] = []
    primary_address_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    external_id: str | None = None
    password_hasher: str | None = None
    banned: bool = False

    @property
    def primary_address(self) -> EmailAddress | None:
        return next((each for each in self.addresses if each.id == self.primary_address_id), None)

    def has(self, email: str) -> bool:
        return any(address.text.lower() == email.lower() for address in self.addresses)


class ClerkSession(msgspec.Struct):
    id: str
    account_id: str
    created_at: int
    updated_at: int
    status: str = "active"


class Item(msgspec.Struct):
    """A plan on the subscription of a user, or of an organization that a user administrates."""

    id: str
    account_id: str
    plan: str | None
    status: str
    created_at: int
    updated_at: int
    period_end: int | None = None
    canceled_at: int | None = None
    past_due_at: int | None = None
    ended_at: int | None = None
    organization_id: str = ""

    @property
    def is_over(self) -> bool:
        return self.status in {"ended", "expired", "abandoned"}

    @property
    def is_paid(self) -> bool:
        return self.plan != FREE_PLAN


class State(msgspec.Struct):
    accounts: dict[str, Account] = {}
    sessions: dict[str, ClerkSession] = {}
    items: dict[str, Item] = {}

    def items_of(self, account_id: str) -> list[Item]:
        """Return the items of a user's own subscription."""
        return [
            item
            for item in self.items.values()
            if item.account_id == account_id and not item.organization_id
        ]


def error_body(code: str, message: str, long_message: str | None = None) -> dict[str, Any]:
    """Return the body of an error of Clerk."""
    return {
        "errors": [{"code": code, "message": message, "long_message": long_message or message}],
        "clerk_trace_id": "0" * 32,
    }


class RefusedError(Exception):
    """An error of Clerk, with its status and body."""

    def __init__(
        self, status: int, code: str, message: str, long_message: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(code, message, long_message)


class NotFoundError(RefusedError):
    def __init__(self) -> None:
        super().__init__(404, "resource_not_found", "Resource not found")
