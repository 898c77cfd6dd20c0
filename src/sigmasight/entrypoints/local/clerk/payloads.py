"""Clerk's JSON: of its Backend API, and of webhooks where they differ."""

from collections.abc import Iterable, Sequence
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
        "banned": account.banned,
        "locked": False,
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }


def deleted(account: Account) -> dict[str, Any]:
    payload = {"object": "user", "id": account.id, "deleted": True}
    return (
        payload if account.external_id is None else {**payload, "external_id": account.external_id}
    )


def session(record: ClerkSession) -> dict[str, Any]:
    return {
        "object": "session",
        "id": record.id,
        "client_id": f"client_{record.account_id.removeprefix('user_')}",
        "user_id": record.account_id,
        "status": record.status,
        "last_active_at": record.updated_at,
        "expire_at": record.created_at + MONTH,
        "abandon_at": record.created_at + 2 * MONTH,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def template() -> dict[str, Any]:
    """Return the JWT template that the web app asks for."""
    return {
        "object": "jwt_template",
        "id": "jtmp_local",
        "name": "sigmasight-session",
        "claims": {
            "aud": "sigmasight.io",
            "email": "{{user.primary_email_address}}",
            "email_verified": "{{user.email_verified}}",
        },
        "lifetime": 3600,
        "allowed_clock_skew": 5,
        "custom_signing_key": False,
        "signing_algorithm": "RS256",
    }


def subscription(account: Account, items: Sequence[Item]) -> dict[str, Any]:
    """Return a subscription in the Backend API's form."""
    return {
        **_subscription(account, items),
        "instance_id": INSTANCE_ID,
        "subscription_items": [item(each) for each in items],
    }


def item(record: Item) -> dict[str, Any]:
    """Return an item in the Backend API's form."""
    return {
        **_item(record),
        "instance_id": INSTANCE_ID,
        "plan": _plan(record.plan),
        "plan_period": "month",
        "payer_id": _payer_id(record.account_id),
        "payer": {
            "object": "commerce_payer",
            "id": _payer_id(record.account_id),
            "instance_id": INSTANCE_ID,
            "user_id": None if record.organization_id else record.account_id,
            "organization_id": record.organization_id or None,
        },
        "canceled_at": record.canceled_at,
        "past_due_at": record.past_due_at,
        "ended_at": record.ended_at,
    }


def plans(items: Iterable[Item]) -> Sequence[dict[str, Any]]:
    """Return the free plan, and those somebody has subscribed to, in the Backend API's form."""
    slugs = {FREE_PLAN} | {each.plan for each in items if each.plan}
    return [plan for slug in sorted(slugs) if (plan := _plan(slug))]


def webhook_subscription(account: Account, items: Sequence[Item]) -> dict[str, Any]:
    """Return a subscription in the webhooks' form, whose items have no payer."""
    return {
        **_subscription(account, items),
        "canceled_at": None,
        "ended_at": None,
        "latest_payment_id": None,
        "payment_source_id": None,
        "payer": _webhook_payer(account),
        "items": [{**_webhook_item_fields(each), "subscription_id": None} for each in items],
    }


def webhook_item(account: Account, record: Item) -> dict[str, Any]:
    """Return an item in the form of a webhook about an item."""
    return {
        **_webhook_item_fields(record),
        "subscription_id": _subscription_id(account.id),
        "payer": _webhook_payer(account),
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


def _item(record: Item) -> dict[str, Any]:
    return {
        "object": "commerce_subscription_item",
        "id": record.id,
        "status": record.status,
        "plan_id": record.plan and _plan_id(record.plan),
        "is_free_trial": False,
        "period_start": record.created_at,
        "period_end": record.period_end,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _webhook_item_fields(record: Item) -> dict[str, Any]:
    plan = record.plan and {
        "id": _plan_id(record.plan),
        "slug": record.plan,
        "name": _plan_name(record.plan),
        "is_recurring": True,
        "amount": _amount(record.plan),
        "currency": "USD",
    }
    return {**_item(record), "interval": "month", "plan": plan or None}


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


def _webhook_payer(account: Account) -> dict[str, Any]:
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
