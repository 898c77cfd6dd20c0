"""The page, the people who can be chosen on it, and the account of the chosen one."""

import json
from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromQuery, URLEncodedBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.entrypoints.local.clerk.named_accounts import account_id
from sigmasight.entrypoints.local.console.fragments import Fragment, fragment
from sigmasight.entrypoints.local.console.visitor import (
    NAME,
    Exchange,
    Name,
    Services,
    Visitor,
    claims,
    visiting,
)
from sigmasight.entrypoints.local.demo_users import DEMO_USERS

NEWEST_PEOPLE = 20
PREFIX = account_id("")

Person = Annotated[str, msgspec.Meta(pattern=f"^({NAME})?$")]


class InviteForm(msgspec.Struct, frozen=True):
    code: str


@get("/")
async def show_page(services: NamedDependency[Services], person: FromQuery[str] = "") -> Fragment:
    """Show the page, for a person if one is chosen; whoever is new is created."""
    name = person.strip().lower()
    try:
        msgspec.convert(name, Person)
    except msgspec.ValidationError:
        raise ValidationException(
            f"{person!r} is not a name for a demo person: lower-case letters, digits and hyphens,"
            " a letter first, at most 31 in all."
        ) from None
    async with visiting(name, services) as visitor:
        if name:
            await visitor.token()
        people = await visitor.clerk(f"/v1/users?limit={NEWEST_PEOPLE}")
    names = [each["id"].removeprefix(PREFIX) for each in people.data if PREFIX in each["id"]]
    return fragment(
        "page.html",
        name=name,
        demo_users=DEMO_USERS.values(),
        others=[each for each in names if each not in DEMO_USERS],
        name_pattern=NAME,
        services=services,
    )


class AccountController(Controller):
    path = "/console/people/{name:str}"

    @get("/account")
    async def show_account(self, name: Name, visitor: NamedDependency[Visitor]) -> Fragment:
        return await _account(name, visitor)

    @post("/invite", status_code=HTTP_200_OK)
    async def enter_invite(
        self, name: Name, visitor: NamedDependency[Visitor], data: URLEncodedBody[InviteForm]
    ) -> Fragment:
        entered = await visitor.post("/onboarding/validate-invite", {"invite_code": data.code})
        return await _account(name, visitor, entered)


async def _account(name: str, visitor: Visitor, entered: Exchange | None = None) -> Fragment:
    token = await visitor.token()
    me, usage = await visitor.get("/auth/me"), await visitor.get("/usage")
    return fragment(
        "account.html",
        name=name,
        invite_code=visitor.services.invite_code,
        token=token,
        claims=json.dumps(claims(token), indent=2),
        token_curl=f"curl -s {visitor.token_url}",
        me=me,
        usage=usage,
        entered=entered,
    )


def entitlements(me: Exchange) -> dict[str, Any]:
    """Return what a person is entitled to, by what the API says."""
    if not me.ok:
        return {"Access": f"refused: {me.data['code']}"}
    data = me.data
    limits = data["limits"]
    return {
        "Access": "signed in",
        "Tier": data["tier"],
        "Tier expires": data["tier_expires_at"] or "no",
        "Portfolios": f"{data['portfolio_count']} of {_limit(limits['max_portfolios'])}",
        "AI messages": f"{limits['ai_messages_used']} of {_limit(limits['max_ai_messages'])}",
    }


def _limit(value: int | None) -> str:
    return "any number" if value is None else str(value)
