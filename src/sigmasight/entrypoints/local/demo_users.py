"""The demo's users."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigmasight.entrypoints.local.clerk import named_accounts
from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import Account

SIGNED_UP_AT: Final = 1_767_225_600_000
"""1 January 2026, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class DemoUser:
    name: str
    invited: bool = False
    paid: bool = False

    @property
    def clerk_user_id(self) -> str:
        return named_accounts.account_id(self.name)


ADA: Final = DemoUser("ada")
BEN: Final = DemoUser("ben", invited=True)
CLEO: Final = DemoUser("cleo", invited=True, paid=True)
DEMO_USERS: Final[Mapping[str, DemoUser]] = {user.name: user for user in (ADA, BEN, CLEO)}


def create_account(instance: Instance, user: DemoUser) -> Account:
    """Return a demo user's account, created if there is none."""
    is_new = user.clerk_user_id not in instance.state.accounts
    account = named_accounts.ensure_account(instance, user.name, at=SIGNED_UP_AT)
    if is_new and user.paid:
        instance.paid_item(account.id)
    return account
