"""The people of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigmasight.entrypoints.local.clerk import named_accounts
from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import Account

FOUNDED: Final = 1_767_225_600_000
"""1 January 2026 in milliseconds: when the demo people signed up."""


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
DEMO_USERS: Final[Mapping[str, DemoUser]] = {person.name: person for person in (ADA, BEN, CLEO)}


def create_demo_users(instance: Instance, person: DemoUser) -> Account:
    """Return a person's account at Clerk, made if they have none."""
    is_new = person.clerk_user_id not in instance.state.accounts
    account = named_accounts.ensure_account(instance, person.name, at=FOUNDED)
    if is_new and person.paid:
        instance.paid_item(account.id)
    return account
