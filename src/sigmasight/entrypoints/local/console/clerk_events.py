"""Clerk's events of a person: the local Clerk fires them, and what they change is shown."""

from typing import Any, Final, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.entrypoints.local.clerk.deliveries import DeliveryMode
from sigmasight.entrypoints.local.clerk.state import FREE_PLAN
from sigmasight.entrypoints.local.console.fragments import Fragment, fragment
from sigmasight.entrypoints.local.console.people import entitlements
from sigmasight.entrypoints.local.console.visitor import Exchange, Name, Visitor

REFUSED: Final = "refused"
OVER: Final = frozenset({"ended", "expired", "abandoned"})

Action = Literal["upgrade", "cancel", "past_due", "paid", "end", "ban", "unban", "delete"]


class Effect(msgspec.Struct, frozen=True):
    """An action's event, and when it makes sense."""

    label: str
    event: str
    needs_plan: bool = False
    banned: bool | None = None

    def is_possible(self, plan: dict[str, Any] | None, *, is_banned: bool) -> bool:
        """Return whether an account with that paid plan, or none, can have the effect now."""
        if self.banned is not None:
            return self.banned is not is_banned
        return plan is not None if self.needs_plan else True


EFFECTS: Final[dict[Action, Effect]] = {
    "upgrade": Effect("Upgrade", "subscription.created"),
    "cancel": Effect(
        "Cancel at the end of the period", "subscriptionItem.canceled", needs_plan=True
    ),
    "past_due": Effect("Payment fails", "subscription.pastDue", needs_plan=True),
    "paid": Effect("Payment succeeds", "subscription.active", needs_plan=True),
    "end": Effect("End now", "subscriptionItem.ended", needs_plan=True),
    "ban": Effect("Ban", "user.updated", banned=True),
    "unban": Effect("Lift the ban", "user.updated", banned=False),
    "delete": Effect("Delete", "user.deleted"),
}


class EventForm(msgspec.Struct, frozen=True):
    action: Action
    delivery: DeliveryMode = "once"


class ClerkController(Controller):
    path = "/console/people/{name:str}/clerk"

    @get("/")
    async def show_clerk(self, name: Name, visitor: NamedDependency[Visitor]) -> Fragment:
        return fragment("clerk.html", **await _state(name, visitor), fired=None)

    @post("/", status_code=HTTP_200_OK)
    async def fire(
        self, name: Name, visitor: NamedDependency[Visitor], data: URLEncodedBody[EventForm]
    ) -> Fragment:
        """Fire an event, and compare what the person is entitled to before and after."""
        effect = EFFECTS[data.action]
        parameters: dict[str, str] = {"delivery": data.delivery}
        if effect.banned is not None:
            parameters["banned"] = str(effect.banned).lower()
        before = entitlements(await visitor.get("/auth/me"))
        fired = await visitor.fire(effect.event, parameters)
        after = entitlements(await visitor.get("/auth/me"))
        return fragment(
            "clerk.html",
            changed=True,
            **await _state(name, visitor, data.delivery),
            fired=fired,
            effect=effect,
            changes=[
                (fact, before.get(fact, REFUSED), after.get(fact, REFUSED))
                for fact in {**before, **after}
            ],
        )


async def _state(name: str, visitor: Visitor, delivery: DeliveryMode = "once") -> dict[str, Any]:
    account, subscription = await visitor.account(), await visitor.subscription()
    plan = _plan(subscription)
    return {
        "name": name,
        "account": account,
        "subscription": subscription,
        "plan": plan,
        "is_banned": account.ok and account.data["banned"],
        "effects": EFFECTS,
        "delivery": delivery,
    }


def _plan(subscription: Exchange) -> dict[str, Any] | None:
    """Return the item of the paid plan that a person has, if any."""
    if not subscription.ok:
        return None
    for item in subscription.data["subscription_items"]:
        if item["status"] not in OVER and item["plan"]["slug"] != FREE_PLAN:
            found: dict[str, Any] = item
            return found
    return None
