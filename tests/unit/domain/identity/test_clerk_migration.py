"""Migrating password users to Clerk, once each."""

from typing import Any, Final
from uuid import UUID

import pytest

from sigmasight.domain.identity.clerk_migration import (
    PAGE,
    UNPROVED,
    AccountMigration,
    MigrateToClerk,
    MigrationStep,
)
from sigmasight.domain.identity.identity_provider import ProviderAccount
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.builders.clerk_events import user_created
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN, ANNS_ID, BOB, a_profile, a_user_from_before_clerk, bob
from tests.support.fakes.administration import FakeAccountDirectory, InMemoryUserDirectory
from tests.support.providers.identity_services import IdentityServices

HASH: Final = "$argon2id$v=19$"
ENROLLED: Final = ClerkUserId("user_enrolled_1")


def legacy(number: int, **changes: Any) -> User:
    who = {"id": UserId(UUID(int=number)), "email": f"{number}@example.com"}
    return a_user_from_before_clerk(**{**who, **changes})


def anns_entry(*, verified: bool = True, email: str = "ann@example.com") -> ProviderAccount:
    return ProviderAccount(ANN, a_profile(email=email, email_verified=verified))


async def migrate(
    identity: IdentityServices, register: FakeAccountDirectory, *, dry_run: bool = False
) -> list[AccountMigration]:
    people = InMemoryUserDirectory(identity.store)
    moving = MigrateToClerk(register, people, identity.link, identity.transaction)
    return [migration async for migration in moving(dry_run=dry_run)]


def steps(migrations: list[AccountMigration]) -> list[tuple[int, MigrationStep]]:
    return [(migration.user.id.int, migration.step) for migration in migrations]


class TestSomebodyClerkDoesNotKnow:
    async def test_gets_an_account_with_their_password_and_our_id_and_is_linked(self) -> None:
        identity, register = IdentityServices(a_user_from_before_clerk()), FakeAccountDirectory()
        identity.store.passwords[ANNS_ID] = HASH

        [migration] = await migrate(identity, register)

        assert migration == AccountMigration(
            a_user_from_before_clerk(), MigrationStep.CREATE, ENROLLED
        )
        [newcomer] = register.enrolled
        assert (newcomer.id, newcomer.hashed_password) == (ANNS_ID, HASH)
        assert (newcomer.email, newcomer.full_name) == ("ann@example.com", "Ann Before")
        assert identity.row(ENROLLED) == a_user_from_before_clerk(clerk_user_id=ENROLLED)

    async def test_without_a_password_gets_an_account_too(self) -> None:
        identity, register = IdentityServices(a_user_from_before_clerk()), FakeAccountDirectory()

        await migrate(identity, register)

        assert register.enrolled[0].hashed_password is None
        assert identity.has_row(ENROLLED)

    async def test_is_not_moved_a_second_time(self) -> None:
        identity, register = IdentityServices(legacy(1), legacy(2)), FakeAccountDirectory()
        await migrate(identity, register)
        before = identity.store.copy()

        assert await migrate(identity, register) == []
        assert len(register.enrolled) == 2
        assert identity.store == before

    async def test_whose_new_account_was_not_linked_is_linked_by_the_next_run(self) -> None:
        identity, register = IdentityServices(a_user_from_before_clerk()), FakeAccountDirectory()
        register.loses_answers = True
        broken_off = await migrate(identity, register)
        register.loses_answers = False

        finished = await migrate(identity, register)

        assert steps(broken_off) == [(1, MigrationStep.FAILED)]
        assert steps(finished) == [(1, MigrationStep.LINK)]
        assert len(register.enrolled) == 1
        assert identity.row(ENROLLED).id == ANNS_ID

    async def test_may_be_linked_by_a_webhook_before_we_do_it(self) -> None:
        identity, register = IdentityServices(a_user_from_before_clerk()), FakeAccountDirectory()
        register.loses_answers = True
        await migrate(identity, register)
        await identity.deliver(user_created(ENROLLED))
        register.loses_answers = False

        assert await migrate(identity, register) == []
        assert identity.row(ENROLLED).id == ANNS_ID


class TestSomebodyClerkKnows:
    async def test_by_their_verified_primary_address_is_linked(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(email="Ann@Example.com"))
        register = FakeAccountDirectory(anns_entry())

        assert steps(await migrate(identity, register)) == [(1, MigrationStep.LINK)]
        assert identity.row(ANN).full_name == "Ann Example"
        assert register.enrolled == []

    async def test_by_an_unverified_address_is_left_alone_with_a_reason(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())

        [migration] = await migrate(identity, FakeAccountDirectory(anns_entry(verified=False)))

        assert migration.step is MigrationStep.FAILED
        assert migration.problem == (
            "This is not the verified primary address of the account user_ann."
        )
        assert identity.store.users == {ANNS_ID: a_user_from_before_clerk()}

    async def test_by_an_address_that_is_not_the_primary_one_is_left_alone(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        register = FakeAccountDirectory(anns_entry(email="ann@example.org"))
        register.others[ANN] = "ann@example.com"

        assert steps(await migrate(identity, register)) == [(1, MigrationStep.FAILED)]
        assert register.enrolled == []

    async def test_by_our_id_is_linked_even_where_their_address_is_not_verified(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        entry = ProviderAccount(ANN, a_profile(email_verified=False), external_id=str(ANNS_ID))

        assert steps(await migrate(identity, FakeAccountDirectory(entry))) == [
            (1, MigrationStep.LINK)
        ]

    @pytest.mark.parametrize("dry_run", [False, True])
    async def test_as_another_users_account_is_left_alone(self, *, dry_run: bool) -> None:
        identity = IdentityServices(a_user_from_before_clerk(), bob(clerk_user_id=ANN))

        [migration] = await migrate(identity, FakeAccountDirectory(anns_entry()), dry_run=dry_run)

        assert migration.step is MigrationStep.FAILED
        assert migration.problem
        assert "belongs to user" in migration.problem


class TestARun:
    async def test_skips_an_address_that_was_never_proved(self) -> None:
        stranger = legacy(1, address_proved=False)
        identity, register = IdentityServices(stranger), FakeAccountDirectory()

        moved = await migrate(identity, register)

        assert moved == [AccountMigration(stranger, MigrationStep.SKIPPED, problem=UNPROVED)]
        assert register.enrolled == []

    async def test_continues_after_a_refused_one(self) -> None:
        identity, register = IdentityServices(*map(legacy, (1, 2, 3))), FakeAccountDirectory()
        register.unwelcome = {"2@example.com"}

        moved = await migrate(identity, register)

        assert steps(moved) == [
            (1, MigrationStep.CREATE),
            (2, MigrationStep.FAILED),
            (3, MigrationStep.CREATE),
        ]
        assert moved[1].problem == "Clerk wants nobody called 2@example.com."
        assert identity.store.users[legacy(2).id] == legacy(2)
        assert steps(await migrate(identity, register)) == [(2, MigrationStep.FAILED)]

    async def test_reads_more_than_one_page(self) -> None:
        people = [legacy(number) for number in range(1, PAGE + 3)]
        identity, register = IdentityServices(*people), FakeAccountDirectory()

        moved = await migrate(identity, register)

        assert [migration.user for migration in moved] == people
        assert len({user.clerk_user_id for user in identity.store.users.values()}) == PAGE + 2

    async def test_leaves_out_the_linked_the_deleted_and_the_inactive(self) -> None:
        identity = IdentityServices(bob(), legacy(3, is_active=False), legacy(4, deleted_at=NOON))

        assert await migrate(identity, FakeAccountDirectory()) == []
        assert identity.row(BOB) == bob()

    async def test_as_a_dry_run_changes_nothing_and_reports_what_it_would_do(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(), legacy(2), legacy(3))
        unverified = ProviderAccount(BOB, a_profile(email="3@example.com", email_verified=False))
        register = FakeAccountDirectory(anns_entry(), unverified)
        before = identity.store.copy()

        reported = await migrate(identity, register, dry_run=True)

        assert [(each.step, each.account) for each in reported] == [
            (MigrationStep.LINK, ANN),
            (MigrationStep.CREATE, None),
            (MigrationStep.FAILED, None),
        ]
        assert register.enrolled == []
        assert identity.store == before
        assert steps(await migrate(identity, register)) == steps(reported)


class TestAClerkThatDoesNotAnswer:
    async def test_for_three_in_a_row_ends_the_run(self) -> None:
        identity, register = IdentityServices(*map(legacy, (1, 2, 3, 4))), FakeAccountDirectory()
        register.silent_about = {f"{number}@example.com" for number in (2, 3, 4)}

        with pytest.raises(IdentityProviderUnavailableError):
            await migrate(identity, register)

        assert identity.store.users[legacy(1).id].clerk_user_id == ENROLLED

    async def test_now_and_then_fails_those_alone(self) -> None:
        identity, register = IdentityServices(*map(legacy, (1, 2, 3, 4, 5))), FakeAccountDirectory()
        register.silent_about = {f"{number}@example.com" for number in (1, 2, 4, 5)}

        moved = await migrate(identity, register)

        assert [number for number, step in steps(moved) if step is MigrationStep.CREATE] == [3]

    async def test_for_three_in_a_row_means_without_an_answer_between_them(self) -> None:
        identity = IdentityServices(*map(legacy, (1, 2, 3, 4, 5, 6)))
        register = FakeAccountDirectory()
        register.unwelcome = {f"{number}@example.com" for number in (1, 2, 3)}
        register.silent_about = {f"{number}@example.com" for number in (4, 5)}

        moved = await migrate(identity, register)

        assert [step for _, step in steps(moved)] == [
            *[MigrationStep.FAILED] * 5,
            MigrationStep.CREATE,
        ]

    async def test_because_we_have_no_key_ends_the_run_at_once(self) -> None:
        identity, register = IdentityServices(a_user_from_before_clerk()), FakeAccountDirectory()
        register.is_open = False

        with pytest.raises(IdentityProviderClosedError):
            await migrate(identity, register)
