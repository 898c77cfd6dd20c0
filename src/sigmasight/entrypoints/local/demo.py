"""The demo's data, created by the product's own webhooks and use cases."""

from contextlib import suppress
from typing import Any

from dishka import AsyncContainer

from sigmasight.domain.access.invites import ValidateInvite
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.clerk_events.use_cases import ReceiveWebhook
from sigmasight.domain.identity.callers import Callers
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction, UserId
from sigmasight.domain.maintenance.sample_portfolio import SamplePortfolios
from sigmasight.domain.portfolios.calculations.runs import CalculationRunningError, StartCalculation
from sigmasight.domain.portfolios.calculations.snapshots import ReadSnapshot, SnapshotNotFoundError
from sigmasight.domain.portfolios.portfolio import ReadPortfolios
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.local.clerk import payloads
from sigmasight.entrypoints.local.clerk.events import envelope, subscription_event
from sigmasight.entrypoints.local.clerk.signing import LocalClerk
from sigmasight.entrypoints.local.demo_users import DEMO_USERS, DemoUser, create_account
from sigmasight.entrypoints.local.fundamentals import import_fundamentals
from sigmasight.entrypoints.local.prices import import_prices
from sigmasight.entrypoints.local.profiles import import_profiles
from sigmasight.entrypoints.worker import Worker
from sigmasight.settings import Settings


async def seed(settings: Settings, clerk: LocalClerk, invite_code: str) -> None:
    """Create the demo users, market data and calculations that do not exist yet."""
    container = build_container(settings)
    try:
        for demo_user in DEMO_USERS.values():
            account = create_account(clerk.instance, demo_user)
            created = envelope("user.created", payloads.user(account), account.created_at)
            async with container() as scope:
                receive = await scope.get(ReceiveWebhook)
                if await _deliver(receive, clerk, demo_user, created) is DeliveryOutcome.DUPLICATE:
                    continue
                if demo_user.paid:
                    paid = subscription_event(clerk.instance, "subscription.created", account.id)
                    await _deliver(receive, clerk, demo_user, paid)
                user = await _user(await scope.get(Callers), demo_user)
                if demo_user.invited:
                    validate = await scope.get(ValidateInvite)
                    await validate(invite_code, by=user.id, client="sigmasight dev")
                if demo_user.paid:
                    await _create_sample_portfolio(scope, user.id)
        await import_prices(container)
        await import_fundamentals(container)
        await import_profiles(container)
        await _calculate(container)
    finally:
        await container.close()


async def _create_sample_portfolio(scope: AsyncContainer, user: UserId) -> None:
    samples, now = await scope.get(SamplePortfolios), (await scope.get(Clock)).now()
    await (await scope.get(Transaction)).run(lambda: samples.create(user, at=now))


async def _calculate(container: AsyncContainer) -> None:
    """Calculate the portfolios of paying users that were never calculated."""
    async with container() as scope:
        for demo_user in DEMO_USERS.values():
            user = await _user(await scope.get(Callers), demo_user)
            owned = await (await scope.get(ReadPortfolios)).all(by=user.id, include_inactive=True)
            for portfolio in owned if demo_user.paid else ():
                with suppress(CalculationRunningError):
                    try:
                        await (await scope.get(ReadSnapshot))(portfolio.id, by=user.id)
                    except SnapshotNotFoundError:
                        start = await scope.get(StartCalculation)
                        await start(portfolio.id, by=user.id, triggered_by="sigmasight dev")
    await Worker(container).turn()


async def _deliver(
    receive: ReceiveWebhook, clerk: LocalClerk, demo_user: DemoUser, event: dict[str, Any]
) -> DeliveryOutcome:
    headers, body = clerk.delivery(event, f"msg_demo_{demo_user.name}_{event['type']}")
    return (await receive(headers, body)).outcome


async def _user(callers: Callers, demo_user: DemoUser) -> User:
    user = await callers.find(ClerkUserId(demo_user.clerk_user_id))
    if user is None:
        raise RuntimeError(f"The demo user {demo_user.name} was not created.")
    return user
