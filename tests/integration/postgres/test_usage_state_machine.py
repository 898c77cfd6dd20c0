"""The counter in Postgres and the one in memory, driven side by side through whatever happens."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar
from uuid import uuid4

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sigmasight.adapters.postgres.engine import create_pool
from sigmasight.adapters.postgres.usage import PostgresGrantLedger, PostgresMessageLedger
from sigmasight.domain.access.grants import Grant, GrantId
from sigmasight.domain.access.tiers import Limits, Subscription, Tier, TierLimits
from sigmasight.domain.access.usage import (
    IdempotencyKey,
    MessageCounter,
    MessageId,
    MessageLedger,
    period_start,
)
from sigmasight.domain.audit import AuditAction, AuditEntry
from sigmasight.domain.kernel import DomainError, UserId
from tests.support.builders.users import a_user
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.usage import InMemoryGrantLedger, InMemoryMessageLedger

T = TypeVar("T")

START: Final = datetime(2126, 1, 15, 12, tzinfo=UTC)
"""So far ahead that no server takes these messages for abandoned."""
LIMITS: Final[TierLimits] = {
    Tier.FREE: Limits(max_portfolios=2, max_ai_messages=2),
    Tier.PAID: Limits(max_portfolios=10, max_ai_messages=4),
}
UNLIMITED: Final[TierLimits] = {
    **LIMITS,
    Tier.PAID: Limits(max_portfolios=None, max_ai_messages=None),
}
STEPS = st.sampled_from(
    [timedelta(minutes=1), timedelta(hours=13), timedelta(days=17), timedelta(days=40)]
)
INSERT: Final = """
INSERT INTO users (id, email, ai_messages_used, ai_messages_reset_at) VALUES ($1, $2, $3, $4)
"""
SUBSCRIBE: Final = "UPDATE users SET tier = $2, tier_expires_at = $3 WHERE id = $1"
FORGET: Final = "DELETE FROM ai_message_reservations WHERE user_id = $1"
LEDGER_SUM: Final = """
SELECT coalesce(sum(amount), 0) FROM ai_message_ledger
WHERE user_id = $1 AND kind IN ('taken', 'given_back') AND period = $2
"""


def an_entry(at: datetime) -> AuditEntry:
    return AuditEntry(at=at, actor="a test", action=AuditAction.MESSAGES_GRANTED)


class Usage(RuleBasedStateMachine):
    """Both sides must answer the same to everything, and end up counting the same."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.now = START
        self.user = UserId(uuid4())
        self.taken: list[MessageId] = []
        self.granted: list[Grant] = []
        self.memory = InMemoryStore()
        self.limits = LIMITS
        user = a_user(
            id=self.user,
            email=f"{self.user}@example.com",
            clerk_user_id=None,
            messages=MessageCounter(0, START),
        )
        self.memory.users[self.user] = user
        self.fake: MessageLedger = InMemoryMessageLedger(self.memory)
        self.run(self._open(dsn))

    async def _open(self, dsn: str) -> None:
        self.pool: asyncpg.Pool = await create_pool(dsn)
        self.real: MessageLedger = PostgresMessageLedger(self.pool)
        user = self.memory.users[self.user]
        await self.pool.execute(
            INSERT, user.id, user.email, user.messages.used, user.messages.reset_at
        )

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    def teardown(self) -> None:
        self.run(self.pool.execute(FORGET, self.user))
        self.run(self.pool.close())
        self.runner.close()

    def both_grants(self, question: str, *arguments: Any) -> None:
        """Call both ledgers of grants, which agree on the result and on what there is then."""
        sides = InMemoryGrantLedger(self.memory), PostgresGrantLedger(self.pool)
        answers = [self.run(getattr(side, question)(*arguments)) for side in sides]
        assert answers[0] == answers[1]
        lists = [self.run(side.list(self.user)) for side in sides]
        assert lists[0] == lists[1]

    def both(self, question: str, *arguments: Any) -> Any:
        """Call both sides, and return the result or the error they agree on."""
        answers = [
            self.run(_answer(getattr(side, question)(*arguments)))
            for side in (self.fake, self.real)
        ]
        assert answers[0] == answers[1]
        return answers[0]

    @rule(key=st.none() | st.sampled_from(["a", "b"]), fingerprint=st.sampled_from(["x", "y"]))
    def take(self, key: str | None, fingerprint: str) -> None:
        message = MessageId(uuid4())
        named = IdempotencyKey(key, fingerprint) if key else None
        self.both("reserve", self.user, message, self.now, self.limits, named)
        self.taken.append(message)

    @rule(place=st.integers(0, 20))
    def release(self, place: int) -> None:
        if self.taken:
            self.both("release", self.user, self.taken[place % len(self.taken)], self.now)

    @rule(place=st.integers(0, 20))
    def charge(self, place: int) -> None:
        if self.taken:
            self.both("charge", self.user, self.taken[place % len(self.taken)])

    @rule()
    def release_expired(self) -> None:
        self.both("release_expired", self.now)

    @rule(count=st.integers(1, 3))
    def grant(self, count: int) -> None:
        grant = Grant(id=GrantId(uuid4()), count=count, reason="a test", at=self.now)
        self.granted.append(grant)
        self.both_grants("add", self.user, grant, an_entry(self.now))

    @rule(place=st.integers(0, 20))
    def grant_again(self, place: int) -> None:
        if self.granted:
            grant = self.granted[place % len(self.granted)]
            self.both_grants("add", self.user, grant, an_entry(self.now))

    @rule(place=st.integers(0, 20))
    def revoke_grant(self, place: int) -> None:
        if self.granted:
            grant = self.granted[place % len(self.granted)]
            self.both_grants("revoke", self.user, grant, an_entry(self.now))

    @rule(paid=st.booleans(), lasting=st.none() | STEPS)
    def change_tier(self, lasting: timedelta | None, *, paid: bool) -> None:
        tier = Tier.PAID if paid else Tier.FREE
        wait_until = None if lasting is None or not paid else self.now + lasting
        user = self.memory.users[self.user]
        self.memory.users[self.user] = replace(user, subscription=Subscription(tier, wait_until))
        self.run(self.pool.execute(SUBSCRIBE, self.user, tier.value, wait_until))

    @rule(unlimited=st.booleans())
    def change_limits(self, *, unlimited: bool) -> None:
        self.limits = UNLIMITED if unlimited else LIMITS

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(step=STEPS)
    def clock_steps_back(self, step: timedelta) -> None:
        self.now -= step

    @invariant()
    def both_count_the_same(self) -> None:
        counter = self.both("counter", self.user)
        assert counter.used >= 0

    @invariant()
    def the_ledger_adds_up_to_the_counter(self) -> None:
        counter: MessageCounter = self.run(self.real.counter(self.user))
        period: datetime = period_start(counter.reset_at)

        assert self.run(self.pool.fetchval(LEDGER_SUM, self.user, period)) == counter.used

    @invariant()
    def both_remember_the_same(self) -> None:
        self.both("history", self.user, START - timedelta(days=400))


async def _answer(question: Awaitable[T]) -> T | tuple[str, Any]:
    try:
        return await question
    except DomainError as refusal:
        return refusal.code, dict(refusal.details)


def test_the_counter_in_postgres_follows_the_rule(migrated: str) -> None:
    run_state_machine_as_test(
        partial(Usage, migrated),  # type: ignore[arg-type]
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
