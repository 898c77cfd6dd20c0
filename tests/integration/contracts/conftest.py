"""Every port with both implementations: in memory and in Postgres."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.jobs import PgqueuerJobQueue, PgqueuerJobs
from sigmasight.adapters.postgres.access import PostgresInviteAttempts
from sigmasight.adapters.postgres.api_keys import PostgresApiKeys
from sigmasight.adapters.postgres.attempts import PostgresAttempts
from sigmasight.adapters.postgres.audit import PostgresAuditTrail
from sigmasight.adapters.postgres.billing import PostgresItemPayers, PostgresSubscriptions
from sigmasight.adapters.postgres.calculations import PostgresCalculationRuns, PostgresSnapshots
from sigmasight.adapters.postgres.callers import PostgresCallers
from sigmasight.adapters.postgres.clerk_events import PostgresInbox
from sigmasight.adapters.postgres.company_profiles import (
    PostgresBenchmarks,
    PostgresCompanyProfiles,
)
from sigmasight.adapters.postgres.engine import PostgresTransaction
from sigmasight.adapters.postgres.equities import PostgresEquities
from sigmasight.adapters.postgres.equity_changes import PostgresEquityChanges
from sigmasight.adapters.postgres.factor_results import PostgresFactorResults
from sigmasight.adapters.postgres.fundamentals import PostgresFundamentals
from sigmasight.adapters.postgres.identity import (
    PostgresClerkAccounts,
    PostgresUsers,
)
from sigmasight.adapters.postgres.jobs import PostgresJobRecords
from sigmasight.adapters.postgres.maintenance import PostgresAllPortfolios, PostgresMaintenanceRuns
from sigmasight.adapters.postgres.overviews import PostgresOverviews
from sigmasight.adapters.postgres.password_login import (
    PostgresKnownNetworks,
    PostgresPasswordAccounts,
)
from sigmasight.adapters.postgres.portfolios import PostgresPortfolios
from sigmasight.adapters.postgres.position_details import PostgresPositionDetails
from sigmasight.adapters.postgres.positions import PostgresPositions
from sigmasight.adapters.postgres.prices import (
    PostgresExchangeRates,
    PostgresPrices,
    PostgresSplits,
)
from sigmasight.adapters.postgres.retention import PostgresExpiredRecords
from sigmasight.adapters.postgres.server_settings import PostgresRecordedSettings
from sigmasight.adapters.postgres.sessions import PostgresEndedSessions
from sigmasight.adapters.postgres.tags import PostgresPositionTags, PostgresTags
from sigmasight.adapters.postgres.target_prices import PostgresTargetPrices
from sigmasight.adapters.postgres.user_directory import PostgresUserDirectory
from sigmasight.domain.access.attempts import Attempts
from sigmasight.domain.access.invites import InviteAttempts
from sigmasight.domain.access.recorded_settings import RecordedSettings
from sigmasight.domain.audit import AuditTrail
from sigmasight.domain.billing import Subscriptions
from sigmasight.domain.clerk_events.inbox import Inbox
from sigmasight.domain.clerk_events.payers import ItemPayers
from sigmasight.domain.identity.administration import UserDirectory
from sigmasight.domain.identity.api_keys import ApiKeys
from sigmasight.domain.identity.callers import Callers
from sigmasight.domain.identity.password_login import KnownNetworks, PasswordAccounts
from sigmasight.domain.identity.sign_out import EndedSessions
from sigmasight.domain.identity.users import ClerkAccounts, Users
from sigmasight.domain.jobs import JobQueue, Jobs
from sigmasight.domain.kernel import Transaction
from sigmasight.domain.maintenance.jobs import JobRecords
from sigmasight.domain.maintenance.model import AllPortfolios, MaintenanceRuns
from sigmasight.domain.maintenance.retention import ExpiredRecords
from sigmasight.domain.portfolios.benchmarks import Benchmarks
from sigmasight.domain.portfolios.calculations.factor_results import FactorResults
from sigmasight.domain.portfolios.calculations.runs import CalculationRuns
from sigmasight.domain.portfolios.calculations.snapshots import Snapshots
from sigmasight.domain.portfolios.equity_changes.model import EquityChanges
from sigmasight.domain.portfolios.overview import Overviews
from sigmasight.domain.portfolios.portfolio import ExchangeRates, Portfolio, Portfolios
from sigmasight.domain.portfolios.positions.details import PositionDetailsReader
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.profiles import CompanyProfiles
from sigmasight.domain.portfolios.splits import Splits
from sigmasight.domain.portfolios.tags.assignments import PositionTags
from sigmasight.domain.portfolios.tags.model import Tags
from sigmasight.domain.portfolios.target_prices.model import TargetPrices
from sigmasight.domain.research.equity_search import Equities
from sigmasight.domain.research.fundamentals import Fundamentals
from tests.integration.conftest import WORKER
from tests.support.builders.users import a_user, bob
from tests.support.fakes.administration import InMemoryUserDirectory
from tests.support.fakes.identity import InMemoryCallers
from tests.support.fakes.kernel import ImmediateTransaction
from tests.support.fakes.store import InMemoryStore
from tests.support.providers.in_memory import IN_MEMORY, PASSWORD_LOGIN
from tests.support.servers.postgres import create_database


@pytest.fixture(scope="session")
def migrated(postgres: str, template: str) -> str:
    """A database that no server process cleans up in the background."""
    return create_database(postgres, f"contracts_{WORKER}", template=template)


@dataclass(frozen=True)
class Ports:
    """All ports over one store or one session."""

    users: Users
    accounts: ClerkAccounts
    subscriptions: Subscriptions
    item_payers: ItemPayers
    api_keys: ApiKeys
    ended_sessions: EndedSessions
    recorded_settings: RecordedSettings
    audit_trail: AuditTrail
    job_records: JobRecords
    inbox: Inbox
    attempts: InviteAttempts
    portfolios: Portfolios
    positions: Positions
    prices: Prices
    exchange_rates: ExchangeRates
    splits: Splits
    profiles: CompanyProfiles
    benchmarks: Benchmarks
    tags: Tags
    position_tags: PositionTags
    overviews: Overviews
    position_details: PositionDetailsReader
    target_prices: TargetPrices
    equity_changes: EquityChanges
    fundamentals: Fundamentals
    equities: Equities
    runs: CalculationRuns
    snapshots: Snapshots
    factor_results: FactorResults
    queue: JobQueue
    jobs: Jobs
    fixes: MaintenanceRuns
    all_portfolios: AllPortfolios
    expired_records: ExpiredRecords
    callers: Callers
    legacy_accounts: PasswordAccounts
    known_networks: KnownNetworks
    attempts_by_key: Attempts
    people: UserDirectory
    transaction: Transaction
    commit: Callable[[], Awaitable[None]]
    """Makes what was written visible to other connections."""

    async def seed(self, *portfolios: Portfolio) -> "Ports":
        """Store Ann and Bob, and these portfolios."""
        for user in (a_user(), bob()):
            await self.users.put(user)
        await self.commit()
        for portfolio in portfolios:
            await self.portfolios.put(portfolio)
        await self.commit()
        return self


async def _nothing_to_commit() -> None:
    """Do nothing: what is in memory is visible at once."""


def _in_memory() -> Ports:
    store = InMemoryStore()
    classes = {
        **IN_MEMORY,
        **PASSWORD_LOGIN,
        Callers: InMemoryCallers,
        Transaction: ImmediateTransaction,
        UserDirectory: InMemoryUserDirectory,
    }
    ports = {
        each.name: classes[each.type](store) for each in fields(Ports) if each.name != "commit"
    }
    return Ports(**ports, commit=_nothing_to_commit)


@pytest.fixture(params=["fake", "postgres"])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "fake":
        return _in_memory()
    session: AsyncSession = request.getfixturevalue("session")

    async def commit() -> None:
        await session.commit()
        session.expunge_all()

    return Ports(
        PostgresUsers(session),
        PostgresClerkAccounts(session),
        PostgresSubscriptions(session),
        PostgresItemPayers(session),
        PostgresApiKeys(session),
        PostgresEndedSessions(session),
        PostgresRecordedSettings(session),
        PostgresAuditTrail(session),
        PostgresJobRecords(session),
        PostgresInbox(session),
        PostgresInviteAttempts(session),
        PostgresPortfolios(session),
        PostgresPositions(session),
        PostgresPrices(session),
        PostgresExchangeRates(session),
        PostgresSplits(session),
        PostgresCompanyProfiles(session),
        PostgresBenchmarks(session),
        PostgresTags(session),
        PostgresPositionTags(session),
        PostgresOverviews(request.getfixturevalue("pool")),
        PostgresPositionDetails(request.getfixturevalue("pool")),
        PostgresTargetPrices(session),
        PostgresEquityChanges(session),
        PostgresFundamentals(session),
        PostgresEquities(request.getfixturevalue("pool")),
        PostgresCalculationRuns(session),
        PostgresSnapshots(session),
        PostgresFactorResults(session),
        PgqueuerJobQueue(session),
        PgqueuerJobs(request.getfixturevalue("pool"), timedelta(0)),
        PostgresMaintenanceRuns(session),
        PostgresAllPortfolios(session),
        PostgresExpiredRecords(session),
        PostgresCallers(request.getfixturevalue("pool")),
        PostgresPasswordAccounts(session),
        PostgresKnownNetworks(session),
        PostgresAttempts(session),
        PostgresUserDirectory(session),
        PostgresTransaction(session),
        commit,
    )
