"""The demo's data, made the way the product makes it: by webhooks, invite codes and use cases."""

from contextlib import suppress
from typing import Any

from dishka import AsyncContainer

from sigmasight.domain.access.invites import ValidateInvite
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.clerk_events.use_cases import ReceiveWebhook
from sigmasight.domain.identity.users import Callers, User
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction, UserId
from sigmasight.domain.maintenance.sample_portfolio import SamplePortfolios
from sigmasight.domain.portfolios.calculations.runs import CalculationRunningError, StartCalculation
from sigmasight.domain.portfolios.calculations.snapshots import ReadSnapshot, SnapshotNotFoundError
from sigmasight.domain.portfolios.portfolio import ReadPortfolios
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.local.clerk import payloads
from sigmasight.entrypoints.local.clerk.events import envelope, subscription_event
from sigmasight.entrypoints.local.clerk.signing import LocalClerk
from sigmasight.entrypoints.local.demo_users import DEMO_USERS, DemoUser, create_demo_users
from sigmasight.entrypoints.local.fundamentals import report
from sigmasight.entrypoints.local.prices import price
from sigmasight.entrypoints.worker import Worker
from sigmasight.settings import Settings


async def seed(settings: Settings, clerk: LocalClerk, invite_code: str) -> None:
    """Make the demo people, prices, fundamentals and figures; what is there is left as it is."""
    container = build_container(settings)
    try:
        for person in DEMO_USERS.values():
            account = create_demo_users(clerk.instance, person)
            created = envelope("user.created", payloads.user(account), account.created_at)
            async with container() as scope:
                receive = await scope.get(ReceiveWebhook)
                if await _tell(receive, clerk, person, created) is DeliveryOutcome.DUPLICATE:
                    continue
                if person.paid:
                    paid = subscription_event(clerk.instance, "subscription.created", account.id)
                    await _tell(receive, clerk, person, paid)
                user = await _row(await scope.get(Callers), person)
                if person.invited:
                    validate = await scope.get(ValidateInvite)
                    await validate(invite_code, by=user.id, client="sigmasight dev")
                if person.paid:
                    await _sample(scope, user.id)
        await price(container)
        await report(container)
        await _calculate(container)
    finally:
        await container.close()


async def _sample(scope: AsyncContainer, user: UserId) -> None:
    samples, now = await scope.get(SamplePortfolios), (await scope.get(Clock)).now()
    await (await scope.get(Transaction)).run(lambda: samples.create(user, at=now))


async def _calculate(container: AsyncContainer) -> None:
    """Calculate the portfolios of those who pay, if they never were."""
    async with container() as scope:
        for person in DEMO_USERS.values():
            user = await _row(await scope.get(Callers), person)
            owned = await (await scope.get(ReadPortfolios)).all(by=user.id, include_inactive=True)
            for portfolio in owned if person.paid else ():
                with suppress(CalculationRunningError):
                    try:
                        await (await scope.get(ReadSnapshot))(portfolio.id, by=user.id)
                    except SnapshotNotFoundError:
                        start = await scope.get(StartCalculation)
                        await start(portfolio.id, by=user.id, triggered_by="sigmasight dev")
    await Worker(container).turn()


async def _tell(
    receive: ReceiveWebhook, clerk: LocalClerk, person: DemoUser, event: dict[str, Any]
) -> DeliveryOutcome:
    headers, body = clerk.delivery(event, f"msg_demo_{person.name}_{event['type']}")
    return (await receive(headers, body)).outcome


async def _row(callers: Callers, person: DemoUser) -> User:
    user = await callers.find(ClerkUserId(person.clerk_user_id))
    if user is None:
        raise RuntimeError(f"The demo's {person.name} was not made.")
    return user
