"""Accounts identified by a short name, created when first used."""

from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.state import Account, EmailAddress


def account_id(name: str) -> str:
    return f"user_demo_{name}"


def email(name: str) -> str:
    return f"{name}@demo.example"


def ensure_account(instance: Instance, name: str, at: int | None = None) -> Account:
    """Return the account with that name, created `at` that time if there is none."""
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
