"""Every port twice: as the unit tests fake it, and as Postgres keeps it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.jobs import PgqueuerJobQueue, PgqueuerJobs
from sigmasight.adapters.postgres.access import PostgresInviteAttempts
from sigmasight.adapters.postgres.billing import PostgresSubscriptions
from sigmasight.adapters.postgres.calculations import PostgresCalculationRuns, PostgresSnapshots
from sigmasight.adapters.postgres.callers import PostgresCallers
from sigmasight.adapters.postgres.clerk_events import PostgresInbox
from sigmasight.adapters.postgres.engine import PostgresTransaction
from sigmasight.adapters.postgres.equity_changes import PostgresEquityChanges
from sigmasight.adapters.postgres.fundamentals import PostgresFundamentals
from sigmasight.adapters.postgres.identity import (
    PostgresClerkAccounts,
    PostgresUserDirectory,
    PostgresUsers,
)
from sigmasight.adapters.postgres.maintenance import PostgresAllPortfolios, PostgresMaintenanceRuns
from sigmasight.adapters.postgres.password_login import (
    PostgresLoginAttempts,
    PostgresPasswordAccounts,
)
from sigmasight.adapters.postgres.portfolios import PostgresPortfolios
from sigmasight.adapters.postgres.positions import PostgresPositions
from sigmasight.adapters.postgres.prices import PostgresPrices
from sigmasight.adapters.postgres.tags import PostgresPositionTags, PostgresTags
from sigmasight.adapters.postgres.target_prices import PostgresTargetPrices
from sigmasight.domain.access.invites import InviteAttempts
from sigmasight.domain.billing import Subscriptions
from sigmasight.domain.clerk_events.inbox import Inbox
from sigmasight.domain.identity.administration import UserDirectory
from sigmasight.domain.identity.password_login import LoginAttempts, PasswordAccounts
from sigmasight.domain.identity.users import Callers, ClerkAccounts, Users
from sigmasight.domain.jobs import JobQueue, Jobs
from sigmasight.domain.kernel import Transaction
from sigmasight.domain.maintenance.model import AllPortfolios, MaintenanceRuns
from sigmasight.domain.portfolios.calculations.runs import CalculationRuns
from sigmasight.domain.portfolios.calculations.snapshots import Snapshots
from sigmasight.domain.portfolios.equity_changes.model import EquityChanges
from sigmasight.domain.portfolios.portfolio import Portfolios
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import Tags
from sigmasight.domain.portfolios.target_prices.model import TargetPrices
from sigmasight.domain.research.fundamentals import Fundamentals
from tests.database import *  # noqa: F403  fixtures
from tests.unit.fakes import ImmediateTransaction, Memory
from tests.unit.fakes_of_access import InMemoryInviteAttempts
from tests.unit.fakes_of_calculations import (
    InMemoryCalculationRuns,
    InMemoryQueue,
    InMemorySnapshots,
)
from tests.unit.fakes_of_clerk_events import InMemoryInbox, InMemorySubscriptions
from tests.unit.fakes_of_equity import InMemoryEquityChanges
from tests.unit.fakes_of_fixes import InMemoryAllPortfolios, InMemoryMaintenanceRuns
from tests.unit.fakes_of_identity import (
    InMemoryCallers,
    InMemoryClerkAccounts,
    InMemoryLoginAttempts,
    InMemoryPasswordAccounts,
    InMemoryUsers,
)
from tests.unit.fakes_of_operating import InMemoryUserDirectory
from tests.unit.fakes_of_portfolios import (
    InMemoryPortfolios,
    InMemoryPositions,
    InMemoryPrices,
    InMemoryTargetPrices,
)
from tests.unit.fakes_of_research import InMemoryFundamentals
from tests.unit.fakes_of_tags import InMemoryPositionTags, InMemoryTags


@dataclass(frozen=True)
class Ports:
    """Everything that is kept, in one place."""

    users: Users
    accounts: ClerkAccounts
    subscriptions: Subscriptions
    inbox: Inbox
    attempts: InviteAttempts
    portfolios: Portfolios
    positions: Positions
    prices: Prices
    tags: Tags
    position_tags: PositionTags
    target_prices: TargetPrices
    equity_changes: EquityChanges
    fundamentals: Fundamentals
    runs: CalculationRuns
    snapshots: Snapshots
    queue: JobQueue
    jobs: Jobs
    fixes: MaintenanceRuns
    all_portfolios: AllPortfolios
    callers: Callers
    legacy_accounts: PasswordAccounts
    login_attempts: LoginAttempts
    people: UserDirectory
    transaction: Transaction
    settle: Callable[[], Awaitable[None]]
    """Keeps what was written, where others see it."""


async def _nothing_to_settle() -> None:
    """A memory is seen by everybody at once."""


def _in_memory() -> Ports:
    memory = Memory()
    return Ports(
        InMemoryUsers(memory),
        InMemoryClerkAccounts(memory),
        InMemorySubscriptions(memory),
        InMemoryInbox(memory),
        InMemoryInviteAttempts(memory),
        InMemoryPortfolios(memory),
        InMemoryPositions(memory),
        InMemoryPrices(memory),
        InMemoryTags(memory),
        InMemoryPositionTags(memory),
        InMemoryTargetPrices(memory),
        InMemoryEquityChanges(memory),
        InMemoryFundamentals(memory),
        InMemoryCalculationRuns(memory),
        InMemorySnapshots(memory),
        InMemoryQueue(memory),
        InMemoryQueue(memory),
        InMemoryMaintenanceRuns(memory),
        InMemoryAllPortfolios(memory),
        InMemoryCallers(memory),
        InMemoryPasswordAccounts(memory),
        InMemoryLoginAttempts(memory),
        InMemoryUserDirectory(memory),
        ImmediateTransaction(memory),
        _nothing_to_settle,
    )


@pytest.fixture(params=["fake", "postgres"])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "fake":
        return _in_memory()
    session: AsyncSession = request.getfixturevalue("session")

    async def settle() -> None:
        await session.commit()
        session.expunge_all()

    return Ports(
        PostgresUsers(session),
        PostgresClerkAccounts(session),
        PostgresSubscriptions(session),
        PostgresInbox(session),
        PostgresInviteAttempts(session),
        PostgresPortfolios(session),
        PostgresPositions(session),
        PostgresPrices(session),
        PostgresTags(session),
        PostgresPositionTags(session),
        PostgresTargetPrices(session),
        PostgresEquityChanges(session),
        PostgresFundamentals(session),
        PostgresCalculationRuns(session),
        PostgresSnapshots(session),
        PgqueuerJobQueue(session),
        PgqueuerJobs(request.getfixturevalue("pool"), timedelta(0)),
        PostgresMaintenanceRuns(session),
        PostgresAllPortfolios(session),
        PostgresCallers(request.getfixturevalue("pool")),
        PostgresPasswordAccounts(session),
        PostgresLoginAttempts(session),
        PostgresUserDirectory(session),
        PostgresTransaction(session),
        settle,
    )
