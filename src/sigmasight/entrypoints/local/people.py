"""The people of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigmasight.entrypoints.local.clerk import naming
from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import Account

FOUNDED: Final = 1_767_225_600_000
"""1 January 2026 in milliseconds: when the demo people signed up."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    invited: bool = False
    paid: bool = False

    @property
    def clerk_user_id(self) -> str:
        return naming.account_id(self.name)


ADA: Final = Person("ada")
BEN: Final = Person("ben", invited=True)
CLEO: Final = Person("cleo", invited=True, paid=True)
PEOPLE: Final[Mapping[str, Person]] = {person.name: person for person in (ADA, BEN, CLEO)}


def move_in(instance: Instance, person: Person) -> Account:
    """Return a person's account at Clerk, made if they have none."""
    is_new = person.clerk_user_id not in instance.state.accounts
    account = naming.admit(instance, person.name, at=FOUNDED)
    if is_new and person.paid:
        instance.paid_item(account.id)
    return account
