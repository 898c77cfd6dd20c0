"""Accounts for names: whoever is named is somebody Clerk knows."""

from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import Account, EmailAddress


def account_id(name: str) -> str:
    return f"user_demo_{name}"


def email(name: str) -> str:
    return f"{name}@demo.example"


def admit(instance: Instance, name: str, at: int | None = None) -> Account:
    """Return the account of that name, made if there is none; `at` is when they signed up."""
    if known := instance.state.accounts.get(account_id(name)):
        return known
    at = instance.now() if at is None else at
    address = EmailAddress(f"idn_demo_{name}", email(name))
    return instance.put(
        Account(
            account_id(name),
            at,
            at,
            [address],
            address.id,
            first_name=name.title(),
            last_name="Demo",
        )
    )
