"""`sigmasight usage`: show AI messages, and report users near their limit."""

from collections.abc import Sequence
from typing import Any, Final

import rich_click as click
from dishka import AsyncContainer
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

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
from sigmasight.entrypoints.cli.shared import (
    as_json,
    console,
    print_json,
    print_message,
    print_record,
    print_table,
    row,
    run_async,
)

MONTHS: Final = 12
BAR: Final = 30


@click.group(name="usage")
def usage_group() -> None:
    """Show AI messages, and grant more."""


@usage_group.command("show")
@click.argument("user")
@as_json
def show_usage(user: str, *, as_json: bool) -> None:
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
    if as_json:
        print_json({**state, **lists})
        return
    print_record(state, title="Usage", as_json=False)
    print_table(lists["history"], title="By month", as_json=False)
    print_table(lists["grants"], title="Grants", as_json=False)


@usage_group.command("report")
@click.option("--from", "share", default=80, show_default=True, type=click.IntRange(0, 100))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@as_json
def report_usage(share: int, limit: int, *, as_json: bool) -> None:
    """Show users who have used at least that percentage of their limit this month, by tier."""

    async def find(scope: AsyncContainer) -> Sequence[UserUsage]:
        now, limits = (await scope.get(Clock)).now(), await scope.get(TierLimits)
        ledger: MessageLedger = await scope.get(MessageLedger)
        return await ledger.near_limit(now, limits, share / 100, limit)

    lines = run_async(find)
    if as_json:
        print_json(
            [{"id": line.user, **row(line, "email", "tier", "used", "limit")} for line in lines]
        )
    elif not lines:
        print_message(f"No user has used {share} % of their limit.")
    else:
        _show_bars(lines)


def _show_bars(lines: Sequence[UserUsage]) -> None:
    table = Table(
        "Tier", "User", "Used", "Limit", "", title="Near their limit", title_justify="left"
    )
    for line in sorted(lines, key=lambda line: line.tier):
        full = line.limit is not None and line.used >= line.limit
        bar = ProgressBar(
            total=line.limit or 1,
            completed=line.used,
            width=BAR,
            complete_style="red" if full else "yellow",
            finished_style="red",
        )
        table.add_row(line.tier.value, escape(line.email), str(line.used), str(line.limit), bar)
    console().print(table)


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
