"""How Clerk words what it knows: in its Backend API, and in webhooks where that differs."""

from collections.abc import Sequence
from typing import Any, Final

from sigmasight.entrypoints.local.clerk.state import (
    FREE_PLAN,
    INSTANCE_ID,
    MONTH,
    Account,
    ClerkSession,
    Item,
)

CENTS: Final = 2900


def user(account: Account) -> dict[str, Any]:
    return {
        "object": "user",
        "id": account.id,
        "external_id": account.external_id,
        "first_name": account.first_name,
        "last_name": account.last_name,
        "primary_email_address_id": account.primary_address_id,
        "email_addresses": [
            {
                "object": "email_address",
                "id": address.id,
                "email_address": address.text,
                "linked_to": [],
                "verification": {
                    "status": "verified" if address.verified else "unverified",
                    "strategy": "email_code",
                },
            }
            for address in account.addresses
        ],
        "phone_numbers": [],
        "password_enabled": account.password_hasher is not None,
        "banned": False,
        "locked": False,
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }


def deleted(account: Account) -> dict[str, Any]:
    told = {"object": "user", "id": account.id, "deleted": True}
    return told if account.external_id is None else {**told, "external_id": account.external_id}


def session(known: ClerkSession) -> dict[str, Any]:
    return {
        "object": "session",
        "id": known.id,
        "client_id": f"client_{known.account_id.removeprefix('user_')}",
        "user_id": known.account_id,
        "status": known.status,
        "last_active_at": known.updated_at,
        "expire_at": known.created_at + MONTH,
        "abandon_at": known.created_at + 2 * MONTH,
        "created_at": known.created_at,
        "updated_at": known.updated_at,
    }


def subscription(account: Account, items: Sequence[Item]) -> dict[str, Any]:
    """Return somebody's subscription as the Backend API has it."""
    return {
        **_subscription(account, items),
        "instance_id": INSTANCE_ID,
        "subscription_items": [item(each) for each in items],
    }


def item(known: Item) -> dict[str, Any]:
    """Return an item as the Backend API has it."""
    return {
        **_item(known),
        "instance_id": INSTANCE_ID,
        "plan": _plan(known.plan),
        "plan_period": "month",
        "payer_id": _payer_id(known.account_id),
        "payer": {
            "object": "commerce_payer",
            "id": _payer_id(known.account_id),
            "instance_id": INSTANCE_ID,
            "user_id": None if known.organization_id else known.account_id,
            "organization_id": known.organization_id or None,
        },
        "canceled_at": known.canceled_at,
        "past_due_at": known.past_due_at,
        "ended_at": known.ended_at,
    }


def told_subscription(account: Account, items: Sequence[Item]) -> dict[str, Any]:
    """Return somebody's subscription as webhooks have it: its items name no payer."""
    return {
        **_subscription(account, items),
        "canceled_at": None,
        "ended_at": None,
        "latest_payment_id": None,
        "payment_source_id": None,
        "payer": _told_payer(account),
        "items": [{**_told_item(each), "subscription_id": None} for each in items],
    }


def told_item(account: Account, known: Item) -> dict[str, Any]:
    """Return an item as webhooks have it when they tell of nothing else."""
    return {
        **_told_item(known),
        "subscription_id": _subscription_id(account.id),
        "payer": _told_payer(account),
    }


def _subscription(account: Account, items: Sequence[Item]) -> dict[str, Any]:
    due = [each.past_due_at for each in items if each.past_due_at is not None]
    return {
        "object": "commerce_subscription",
        "id": _subscription_id(account.id),
        "status": "past_due" if due else "active",
        "payer_id": _payer_id(account.id),
        "active_at": account.created_at,
        "past_due_at": min(due, default=None),
        "created_at": account.created_at,
        "updated_at": max((each.updated_at for each in items), default=account.created_at),
    }


def _item(known: Item) -> dict[str, Any]:
    return {
        "object": "commerce_subscription_item",
        "id": known.id,
        "status": known.status,
        "plan_id": known.plan and _plan_id(known.plan),
        "is_free_trial": False,
        "period_start": known.created_at,
        "period_end": known.period_end,
        "created_at": known.created_at,
        "updated_at": known.updated_at,
    }


def _told_item(known: Item) -> dict[str, Any]:
    plan = known.plan and {
        "id": _plan_id(known.plan),
        "slug": known.plan,
        "name": _plan_name(known.plan),
        "is_recurring": True,
        "amount": _amount(known.plan),
        "currency": "USD",
    }
    return {**_item(known), "interval": "month", "plan": plan or None}


def _plan(slug: str | None) -> dict[str, Any] | None:
    if slug is None:
        return None
    fee = {
        "amount": _amount(slug),
        "amount_formatted": f"{_amount(slug) / 100:.2f}",
        "currency": "USD",
        "currency_symbol": "$",
    }
    return {
        "object": "commerce_plan",
        "id": _plan_id(slug),
        "name": _plan_name(slug),
        "slug": slug,
        "fee": fee,
        "annual_monthly_fee": None,
        "annual_fee": None,
        "description": None,
        "product_id": "cprod_local",
        "is_default": slug == FREE_PLAN,
        "is_recurring": True,
        "publicly_visible": True,
        "has_base_fee": slug != FREE_PLAN,
        "for_payer_type": "user",
        "avatar_url": None,
        "features": [],
        "free_trial_enabled": False,
        "free_trial_days": None,
    }


def _told_payer(account: Account) -> dict[str, Any]:
    address = account.primary_address
    return {
        "object": "commerce_payer",
        "id": _payer_id(account.id),
        "user_id": account.id,
        "first_name": account.first_name or "",
        "last_name": account.last_name or "",
        "email": address.text if address else "",
        "organization_id": "",
        "organization_name": "",
        "image_url": "",
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }


def _amount(slug: str) -> int:
    return 0 if slug == FREE_PLAN else CENTS


def _plan_id(slug: str) -> str:
    return f"cplan_{slug}"


def _plan_name(slug: str) -> str:
    return slug.replace("_", " ").title()


def _payer_id(account_id: str) -> str:
    return f"cpayer_{account_id.removeprefix('user_')}"


def _subscription_id(account_id: str) -> str:
    return f"csub_{account_id.removeprefix('user_')}"
