"""The demo's data, made the way the product makes it: by webhooks, invite codes and use cases."""

from contextlib import suppress
from typing import Any

from dishka import AsyncContainer

from sigmasight.domain.access.invites import ValidateInvite
from sigmasight.domain.clerk_events.deliveries import Outcome
from sigmasight.domain.clerk_events.receiving import ReceiveWebhook
from sigmasight.domain.fixes.samples import Samples
from sigmasight.domain.identity.users import Callers, User
from sigmasight.domain.kernel import ClerkUserId, Clock, Transaction, UserId
from sigmasight.domain.portfolios.portfolio import ReadPortfolios
from sigmasight.domain.portfolios.runs import CalculationRunningError, StartCalculation
from sigmasight.domain.portfolios.snapshots import ReadSnapshot, SnapshotNotFoundError
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.local.clerk import shapes
from sigmasight.entrypoints.local.clerk.events import envelope, subscription_event
from sigmasight.entrypoints.local.clerk.signing import LocalClerk
from sigmasight.entrypoints.local.fundamentals import report
from sigmasight.entrypoints.local.people import PEOPLE, Person, move_in
from sigmasight.entrypoints.local.prices import price
from sigmasight.entrypoints.worker import Worker
from sigmasight.settings import Settings


async def seed(settings: Settings, clerk: LocalClerk, invite_code: str) -> None:
    """Make the demo people, prices, fundamentals and figures; what is there is left as it is."""
    container = build_container(settings)
    try:
        for person in PEOPLE.values():
            account = move_in(clerk.instance, person)
            created = envelope("user.created", shapes.user(account), account.created_at)
            async with container() as scope:
                receive = await scope.get(ReceiveWebhook)
                if await _tell(receive, clerk, person, created) is Outcome.DUPLICATE:
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
    samples, now = await scope.get(Samples), (await scope.get(Clock)).now()
    await (await scope.get(Transaction)).run(lambda: samples.give(user, at=now))


async def _calculate(container: AsyncContainer) -> None:
    """Calculate the portfolios of those who pay, if they never were."""
    async with container() as scope:
        for person in PEOPLE.values():
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
    receive: ReceiveWebhook, clerk: LocalClerk, person: Person, event: dict[str, Any]
) -> Outcome:
    headers, body = clerk.delivery(event, f"msg_demo_{person.name}_{event['type']}")
    return (await receive(headers, body)).outcome


async def _row(callers: Callers, person: Person) -> User:
    user = await callers.find(ClerkUserId(person.clerk_user_id))
    if user is None:
        raise RuntimeError(f"The demo's {person.name} was not made.")
    return user
