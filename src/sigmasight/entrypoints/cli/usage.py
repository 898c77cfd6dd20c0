"""`sigmasight usage`: show AI messages, and report users near their limit."""

from collections.abc import Sequence
from typing import Any, Final

import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.access.entitlements import Entitlements
from sigmasight.domain.access.grants import GrantLedger
from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import (
    MessageLedger,
    ReadUsageHistory,
    UserUsage,
)
from sigmasight.domain.identity.administration import FindUsers
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock
from sigmasight.entrypoints.cli.output import Output, Share, prints
from sigmasight.entrypoints.cli.parameters import limit_option, user_argument
from sigmasight.entrypoints.cli.shared import row, run_async

MONTHS: Final = 12
FULL: Final = 100


@click.group(name="usage")
def usage_group() -> None:
    """Show AI messages, and grant more."""


@usage_group.command("show")
@user_argument
@prints
def show_usage(user: str, *, output: Output) -> None:
    """Show USER's usage this month and in the last year."""

    async def find(scope: AsyncContainer) -> tuple[dict[str, Any], dict[str, Any]]:
        found = await (await scope.get(FindUsers)).one(user)
        entitled = (await scope.get(Entitlements)).current(found.subscription, found.messages)
        periods = await (await scope.get(ReadUsageHistory))(
            found.id,
            found.messages,
            limit=entitled.messages_allowed,
            since=found.created_at,
            months=MONTHS,
        )
        history = [
            {"month": f"{period.start:%Y-%m}", "used": period.used, "limit": period.limit}
            for period in periods
        ]
        ledger: GrantLedger = await scope.get(GrantLedger)
        grants = [
            row(each, "id", "count", "reason", "at", "revoked")
            for each in await ledger.list(found.id)
        ]
        state = await usage_of(scope, found)
        return state, {"history": history, "grants": grants}

    state, lists = run_async(find)
    output.record(state, title="Usage", **lists)


@usage_group.command("report")
@click.option(
    "--from",
    "share",
    default=80,
    show_default=True,
    type=click.IntRange(0, FULL),
    help="The percentage of their limit that they have used at least.",
)
@limit_option(20)
@prints
def report_usage(share: int, limit: int, *, output: Output) -> None:
    """Show users who have used at least that percentage of their limit this month, by tier."""

    async def find(scope: AsyncContainer) -> Sequence[UserUsage]:
        now, limits = (await scope.get(Clock)).now(), await scope.get(TierLimits)
        ledger: MessageLedger = await scope.get(MessageLedger)
        return await ledger.near_limit(now, limits, share / FULL, limit)

    lines = sorted(run_async(find), key=lambda line: line.tier)
    output.table(
        map(_row, lines),
        title="Near their limit",
        hidden={"id"},
        empty=f"No user has used {share} % of their limit.",
    )


def _row(line: UserUsage) -> dict[str, Any]:
    percent = line.used * FULL // line.limit if line.limit else FULL
    return {
        "id": line.user,
        **row(line, "email", "tier", "used", "limit"),
        "share": Share(percent),
    }


async def usage_of(scope: AsyncContainer, user: User) -> dict[str, Any]:
    """Return a user's usage this month as a row."""
    now = (await scope.get(Clock)).now()
    entitled = (await scope.get(Entitlements)).current(user.subscription, user.messages)
    return {
        "id": user.id,
        "email": user.email,
        "tier": entitled.tier.value,
        "used": entitled.messages_used,
        "limit": entitled.messages_allowed,
        "granted": user.messages.at(now).granted,
        "remaining": entitled.messages_remaining,
        "resets_at": entitled.period_end,
    }
