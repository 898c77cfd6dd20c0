"""One Clerk account linked by operators to two users at once, or while its first token comes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Final

import pytest
from dishka import AsyncContainer

from sigmasight.domain.identity.links import LinkRefusedError, LinkUser
from sigmasight.domain.identity.provisioning import ProvisionUser
from sigmasight.domain.identity.users import EmailConflictError, User
from sigmasight.domain.kernel import ClerkUserId, DomainError, UserId
from sigmasight.entrypoints.composition import build_container
from sigmasight.settings import Settings
from tests.integration.database_rows import Rows
from tests.support.builders import signing
from tests.support.builders.clerk_users import a_person
from tests.support.builders.users import a_session

ROUNDS: Final = 10
CROWD: Final = 4
ANN: Final = a_person("ann")
ACCOUNT: Final = ClerkUserId(ANN.id)


@pytest.fixture
async def containers(dsn: str) -> AsyncIterator[Sequence[AsyncContainer]]:
    """Two of everything, as two processes have it."""
    settings = Settings.load(
        database_url=dsn,
        clerk_issuer=signing.ISSUER,
        clerk_jwt_key=signing.pem(),
        clerk_webhook_secret=signing.SECRET,
    )
    async with AsyncExitStack() as stack:
        both = [build_container(settings) for _ in range(2)]
        for container in both:
            stack.push_async_callback(container.close)
        yield both


async def link(container: AsyncContainer, user: UserId) -> User | DomainError:
    async with container() as scope:
        try:
            return await (await scope.get(LinkUser))(user, ACCOUNT)
        except LinkRefusedError as refusal:
            return refusal


async def first_token(container: AsyncContainer, *, email: str) -> User | DomainError:
    async with container() as scope:
        try:
            return await (await scope.get(ProvisionUser))(
                a_session(clerk_user_id=ACCOUNT, email=email, email_verified=True)
            )
        except EmailConflictError as refusal:
            return refusal


async def owners(rows: Rows) -> list[UserId]:
    return [
        UserId(row["id"])
        for row in await rows.all("SELECT id FROM users WHERE clerk_user_id = $1", ANN.id)
    ]


async def free_all(rows: Rows) -> None:
    await rows.all("DELETE FROM users WHERE email LIKE 'ann%'")
    await rows.all("UPDATE users SET clerk_user_id = NULL")


def winners(outcomes: Sequence[User | DomainError]) -> set[UserId]:
    return {outcome.id for outcome in outcomes if isinstance(outcome, User)}


async def test_of_two_users_linked_to_one_account_at_once_exactly_one_is(
    containers: Sequence[AsyncContainer], rows: Rows
) -> None:
    users = [
        UserId(await rows.add_user_from_before_clerk(f"{name}@example.com"))
        for name in ("old", "older")
    ]
    for _ in range(ROUNDS):
        outcomes = await asyncio.gather(
            *(
                link(container, user)
                for _ in range(CROWD)
                for container, user in zip(containers, users, strict=True)
            )
        )

        assert len(winners(outcomes)) == 1
        assert sum(isinstance(outcome, LinkRefusedError) for outcome in outcomes) == CROWD
        assert set(await owners(rows)) == winners(outcomes)
        await free_all(rows)


async def test_a_link_and_a_first_token_at_once_leave_the_account_one_user(
    containers: Sequence[AsyncContainer], rows: Rows
) -> None:
    old = UserId(await rows.add_user_from_before_clerk("old@example.com"))
    operators, server = containers
    for _ in range(ROUNDS):
        outcomes = await asyncio.gather(
            *(first_token(server, email=ANN.email) for _ in range(CROWD)),
            *(link(operators, old) for _ in range(CROWD)),
        )

        assert len(winners(outcomes)) == 1
        assert await owners(rows) == list(winners(outcomes))
        await free_all(rows)


async def test_a_link_and_a_first_token_with_the_address_of_another_user_agree_on_one(
    containers: Sequence[AsyncContainer], rows: Rows
) -> None:
    """The token would link the user who has its address; the operator means another one."""
    old = UserId(await rows.add_user_from_before_clerk("old@example.com"))
    other = UserId(await rows.add_user_from_before_clerk("other@example.com"))
    operators, server = containers
    for _ in range(ROUNDS):
        outcomes = await asyncio.gather(
            *(first_token(server, email="other@example.com") for _ in range(CROWD)),
            *(link(operators, old) for _ in range(CROWD)),
        )

        assert winners(outcomes) < {old, other}
        assert await owners(rows) == list(winners(outcomes))
        assert await rows.count("FROM users") == 2
        await free_all(rows)
