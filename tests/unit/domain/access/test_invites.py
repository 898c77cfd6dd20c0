from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.access.attempts import MAX_BY_ACCOUNT, MAX_BY_NETWORK, WINDOW
from sigmasight.domain.access.invites import (
    InvalidInviteCodeError,
    InviteCodes,
    Invited,
    InviteOutcome,
    InviteRequiredError,
    TooManyInviteAttemptsError,
    ValidateInvite,
)
from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.kernel import UserId
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.access import InMemoryAttempts, InMemoryInviteAttempts, RecordingAudit
from tests.support.fakes.audit import InMemoryAuditTrail
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction, RacingTransaction
from tests.support.fakes.store import InMemoryStore

CODES = InviteCodes(["Welcome-2026", "second"], enabled=True)
CLIENT = "192.0.2.7"


class InviteWorkspace:
    """Ann and Bob without access, and the use case that validates invite codes."""

    def __init__(
        self,
        codes: InviteCodes = CODES,
        transaction: type[ImmediateTransaction] = ImmediateTransaction,
    ) -> None:
        self.store = InMemoryStore(users={ANNS_ID: a_user(), BOBS_ID: bob()})
        self.audit = RecordingAudit()
        self.clock = FixedClock(NOON)
        attempts = InMemoryInviteAttempts(self.store)
        self.validate = ValidateInvite(
            codes,
            attempts,
            InMemoryAttempts(self.store),
            self.audit,
            Audit(InMemoryAuditTrail(self.store), self.clock),
            self.clock,
            transaction(self.store),
        )

    async def submit(self, code: str, by: UserId = ANNS_ID) -> InviteOutcome:
        return await self.validate(code, by=by, client=CLIENT)

    async def submit_wrong_codes(self, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(InvalidInviteCodeError):
                await self.submit("wrong")

    @property
    def ann_is_validated(self) -> bool:
        return self.store.users[ANNS_ID].invite_validated


class TestCodes:
    @pytest.mark.parametrize(
        "code",
        [
            *("Welcome-2026", "  welcome-2026\n", "WELCOME-2026", "Second"),
            *("\u200bwelcome-2026\ufeff", "wel\u200bcome\u2060-2026", "\u202asecond\u202c"),
        ],
    )
    def test_compare_after_trimming_and_case_insensitively(self, code: str) -> None:
        assert CODES.accepts(code)

    @pytest.mark.parametrize(
        "code", ["", " ", "welcome", "Welcome-2026x", "welcome 2026", "sécond"]
    )
    def test_that_are_not_ours_admit_nobody(self, code: str) -> None:
        assert not CODES.accepts(code)

    @given(st.text())
    def test_without_configured_codes_none_is_accepted_while_codes_are_required(
        self, code: str
    ) -> None:
        assert not InviteCodes([], enabled=True).accepts(code)

    def test_are_required_until_a_user_is_validated(self) -> None:
        CODES.require(validated=True)
        with pytest.raises(InviteRequiredError) as refusal:
            CODES.require(validated=False)

        assert str(refusal.value) == "Enter an invite code in your settings to use SigmaSight."

    def test_disabled_let_every_user_through_the_guard(self) -> None:
        InviteCodes([], enabled=False).require(validated=False)


class TestValidate:
    async def test_a_correct_code_validates_the_user(self) -> None:
        workspace = InviteWorkspace()

        outcome = await workspace.submit("welcome-2026")

        assert outcome is InviteOutcome.VALIDATED
        assert workspace.ann_is_validated
        assert workspace.audit.refusals == []
        assert workspace.store.invites[ANNS_ID] == Invited(
            ANNS_ID, "ann@example.com", "Welcome-2026", NOON
        )
        [entry] = workspace.store.audit.values()
        assert (entry.action, entry.subject) == (AuditAction.INVITE_ACCEPTED, str(ANNS_ID))

    async def test_a_wrong_code_is_refused_and_audited_without_the_code(self) -> None:
        workspace = InviteWorkspace()

        with pytest.raises(InvalidInviteCodeError) as refusal:
            await workspace.submit("  welcome-2025 ")

        assert str(refusal.value) == "This invite code is not valid."
        assert not workspace.ann_is_validated
        assert workspace.audit.refusals == [(ANNS_ID, CLIENT, "welc")]

    @pytest.mark.parametrize("code", ["second", "wrong", ""])
    async def test_already_validated_whatever_the_code(self, code: str) -> None:
        workspace = InviteWorkspace()
        await workspace.submit("welcome-2026")

        outcome = await workspace.submit(code)

        assert outcome is InviteOutcome.ALREADY_VALIDATED
        assert workspace.audit.refusals == []

    async def test_disabled_codes_validate_on_request(self) -> None:
        workspace = InviteWorkspace(InviteCodes([], enabled=False))

        outcome = await workspace.submit("anything")

        assert outcome is InviteOutcome.VALIDATED
        assert workspace.ann_is_validated


class TestFailures:
    async def test_the_tenth_is_still_a_wrong_code_and_the_next_is_one_too_many(self) -> None:
        workspace = InviteWorkspace()
        await workspace.submit_wrong_codes(MAX_BY_ACCOUNT)

        with pytest.raises(TooManyInviteAttemptsError):
            await workspace.submit("wrong")

        assert len(workspace.audit.refusals) == MAX_BY_ACCOUNT

    async def test_too_many_block_a_correct_code_as_well(self) -> None:
        workspace = InviteWorkspace()
        await workspace.submit_wrong_codes(MAX_BY_ACCOUNT)

        with pytest.raises(TooManyInviteAttemptsError):
            await workspace.submit("welcome-2026")

        assert not workspace.ann_is_validated

    async def test_too_many_report_when_the_window_ends(self) -> None:
        workspace = InviteWorkspace()
        await workspace.submit_wrong_codes()
        workspace.clock.advance(MINUTE)
        await workspace.submit_wrong_codes(MAX_BY_ACCOUNT - 1)
        workspace.clock.advance(MINUTE)

        with pytest.raises(TooManyInviteAttemptsError) as refusal:
            await workspace.submit("welcome-2026")
        workspace.clock.advance(timedelta(seconds=refusal.value.retry_after))
        outcome = await workspace.submit("welcome-2026")

        assert refusal.value.retry_after == (WINDOW - 2 * MINUTE).total_seconds()
        assert str(refusal.value) == (
            "Too many wrong invite codes. Wait a few minutes, then try again."
        )
        assert outcome is InviteOutcome.VALIDATED

    async def test_an_instant_before_the_window_has_passed_is_too_soon(self) -> None:
        workspace = InviteWorkspace()
        await workspace.submit_wrong_codes(MAX_BY_ACCOUNT)
        workspace.clock.advance(WINDOW - datetime.resolution)

        with pytest.raises(TooManyInviteAttemptsError):
            await workspace.submit("welcome-2026")

    async def test_being_refused_for_too_many_does_not_prolong_the_wait(self) -> None:
        workspace = InviteWorkspace()
        await workspace.submit_wrong_codes(MAX_BY_ACCOUNT)
        workspace.clock.advance(WINDOW / 2)
        with pytest.raises(TooManyInviteAttemptsError):
            await workspace.submit("wrong")

        workspace.clock.advance(WINDOW / 2)

        assert await workspace.submit("welcome-2026") is InviteOutcome.VALIDATED

    async def test_of_one_user_do_not_block_another(self) -> None:
        workspace = InviteWorkspace()
        await workspace.submit_wrong_codes(MAX_BY_ACCOUNT)

        assert await workspace.submit("welcome-2026", by=BOBS_ID) is InviteOutcome.VALIDATED

    async def test_older_than_the_window_do_not_count(self) -> None:
        workspace = InviteWorkspace()
        await workspace.submit_wrong_codes(MAX_BY_ACCOUNT - 1)
        workspace.clock.advance(WINDOW + MINUTE)

        await workspace.submit_wrong_codes()

        assert workspace.store.failures[ANNS_ID] == (NOON + WINDOW + MINUTE,)

    async def test_that_lost_a_race_are_counted_and_audited_once(self) -> None:
        workspace = InviteWorkspace(transaction=RacingTransaction)

        await workspace.submit_wrong_codes()

        assert workspace.store.failures[ANNS_ID] == (NOON,)
        assert len(workspace.audit.refusals) == 1


async def test_fresh_accounts_from_one_client_share_its_attempts() -> None:
    workspace = InviteWorkspace()
    for number in range(MAX_BY_NETWORK):
        guest = a_user(id=UserId(UUID(int=100 + number)))
        workspace.store.users[guest.id] = guest
        with pytest.raises(InvalidInviteCodeError):
            await workspace.submit("wrong", by=guest.id)

    with pytest.raises(TooManyInviteAttemptsError):
        await workspace.submit("second", by=BOBS_ID)

    assert await workspace.validate("second", by=BOBS_ID, client="198.51.100.7") is (
        InviteOutcome.VALIDATED
    )


async def test_right_codes_use_up_no_attempts_of_a_client() -> None:
    workspace = InviteWorkspace()

    for number in range(2 * MAX_BY_NETWORK):
        guest = a_user(id=UserId(UUID(int=100 + number)))
        workspace.store.users[guest.id] = guest
        assert await workspace.submit("second", by=guest.id) is InviteOutcome.VALIDATED
