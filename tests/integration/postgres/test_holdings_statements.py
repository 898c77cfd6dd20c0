"""What portfolios and positions cost in statements, however many there are."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.postgres.engine import PostgresTransaction
from sigmasight.adapters.postgres.equity_changes import PostgresEquityChanges
from sigmasight.adapters.postgres.identity import PostgresUsers
from sigmasight.adapters.postgres.portfolios import PostgresPortfolios
from sigmasight.adapters.postgres.positions import PostgresPositions
from sigmasight.adapters.postgres.tags import PostgresPositionTags, PostgresTags
from sigmasight.adapters.postgres.target_prices import PostgresTargetPrices
from sigmasight.domain.portfolios.equity_changes.model import ChangeType, EquityChangeFilter
from sigmasight.domain.portfolios.equity_changes.use_cases import (
    ReadEquityChanges,
    RecordEquityChange,
)
from sigmasight.domain.portfolios.portfolio import Portfolio, ReadPortfolios
from sigmasight.domain.portfolios.positions.use_cases import (
    DeletePositions,
    OpenPositions,
    ReadPositions,
)
from sigmasight.domain.portfolios.tags.assignments import AssignTags, ReadPositionTags
from sigmasight.domain.portfolios.tags.model import TagId
from sigmasight.domain.portfolios.tags.use_cases import CreateTags, ReadTags
from sigmasight.domain.portfolios.target_prices.use_cases import (
    ReadTargetPrices,
    SetTargetPrices,
    TargetPriceContext,
)
from sigmasight.domain.portfolios.target_prices.validation import TargetDraft
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_draft, a_portfolio, terms
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.fakes.kernel import FixedClock

CLOCK = FixedClock(NOON)


class StatementCounter:
    """Ann's portfolios and positions, and the statements that they take."""

    def __init__(self, session: AsyncSession, engine: AsyncEngine) -> None:
        self._session = session
        self._engine = engine
        transaction = PostgresTransaction(session)
        self._portfolios = PostgresPortfolios(session)
        positions = PostgresPositions(session)
        self.read = ReadPortfolios(self._portfolios, transaction)
        self.read_positions = ReadPositions(self._portfolios, positions, transaction)
        self.open = OpenPositions(self._portfolios, positions, CLOCK, transaction)
        self.delete_positions = DeletePositions(positions, CLOCK, transaction)
        tags, borne = PostgresTags(session), PostgresPositionTags(session)
        at = TargetPriceContext(self._portfolios, positions, PostgresTargetPrices(session))
        self.set_targets = SetTargetPrices(at, CLOCK, transaction)
        self.targets = ReadTargetPrices(at, transaction)
        changes = PostgresEquityChanges(session)
        self.record_change = RecordEquityChange(self._portfolios, changes, CLOCK, transaction)
        self.read_changes = ReadEquityChanges(self._portfolios, changes, CLOCK, transaction)
        self.create_tag = CreateTags(tags, CLOCK, transaction)
        self.read_tags = ReadTags(tags, transaction)
        self.tag = AssignTags(positions, tags, borne, CLOCK, transaction)
        self.position_tags = ReadPositionTags(self._portfolios, positions, tags, borne, transaction)

    async def portfolio(self, number: int, positions: int) -> Portfolio:
        portfolio = a_portfolio(terms=terms(account_name=f"Account {number}"))
        await self._portfolios.put(portfolio)
        await self._session.commit()
        drafts = [a_draft(symbol=f"S{each}") for each in range(positions)]
        await self.open.open_many(drafts, into=portfolio.id, by=ANNS_ID)
        self._session.expunge_all()
        return portfolio

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        sent: list[str] = []

        def record_statement(*about: object) -> None:
            sent.append(str(about[2]))

        event.listen(self._engine.sync_engine, "before_cursor_execute", record_statement)
        try:
            yield sent
        finally:
            event.remove(self._engine.sync_engine, "before_cursor_execute", record_statement)
            self._session.expunge_all()


@pytest.fixture
async def counter(session: AsyncSession, engine: AsyncEngine) -> AsyncIterator[StatementCounter]:
    await PostgresUsers(session).put(a_user())
    await session.commit()
    yield StatementCounter(session, engine)
    await session.rollback()


async def test_a_list_of_ten_portfolios_is_one_statement_as_is_a_list_of_one(
    counter: StatementCounter,
) -> None:
    await counter.portfolio(0, positions=3)
    with counter.statements() as of_one:
        one = await counter.read.all(by=ANNS_ID, include_inactive=True)
    for number in range(1, 10):
        await counter.portfolio(number, positions=number)

    with counter.statements() as of_ten:
        ten = await counter.read.all(by=ANNS_ID, include_inactive=True)

    assert [each.holdings.count for each in one] == [3]
    assert sorted(each.holdings.count for each in ten) == [1, 2, 3, 3, 4, 5, 6, 7, 8, 9]
    assert (len(of_one), len(of_ten)) == (1, 1)


async def test_a_page_of_positions_costs_the_same_however_long(counter: StatementCounter) -> None:
    short, long = await counter.portfolio(0, positions=1), await counter.portfolio(1, positions=100)
    costs = []

    for portfolio in (short, long):
        with counter.statements() as sent:
            await counter.read_positions.page(
                portfolio.id, by=ANNS_ID, include_closed=True, limit=100, offset=0
            )
        costs.append(len(sent))

    assert costs == [3, 3]


async def test_opening_and_deleting_a_thousand_costs_as_much_as_one(
    counter: StatementCounter,
) -> None:
    portfolio = await counter.portfolio(0, positions=0)
    costs = []

    for count in (1, 1000):
        with counter.statements() as opening:
            opened = await counter.open.open_many(
                [a_draft()] * count, into=portfolio.id, by=ANNS_ID
            )
        with counter.statements() as deleting:
            await counter.delete_positions([each.id for each in opened], by=ANNS_ID)
        costs.append((len(opening), len(deleting)))

    assert costs == [(1, 2), (1, 2)]  # COPY goes past the engine


async def test_lists_of_tags_and_tagged_positions_cost_the_same_however_long(
    counter: StatementCounter,
) -> None:
    portfolio = await counter.portfolio(0, positions=30)
    held = await counter.read_positions.page(
        portfolio.id, by=ANNS_ID, include_closed=True, limit=99, offset=0
    )
    first, *others = (position.id for position in held.items)

    async def costs(tags: list[TagId]) -> list[int]:
        with counter.statements() as listing:
            await counter.read_tags.all(by=ANNS_ID)
        with counter.statements() as putting:
            await counter.tag.assign(first, tags, by=ANNS_ID, replace_existing=False)
        with counter.statements() as looking:
            await counter.position_tags.for_position(first, by=ANNS_ID)
        with counter.statements() as finding:
            await counter.position_tags.tagged_positions(
                tags[0], portfolio.id, by=ANNS_ID, limit=99, offset=0
            )
        return [len(listing), len(putting), len(looking), len(finding)]

    made = [(await counter.create_tag.create(str(number), by=ANNS_ID)).id for number in range(30)]
    few = await costs(made[:1])
    for position in others:
        await counter.tag.assign(position, made, by=ANNS_ID, replace_existing=False)

    assert await costs(made) == few == [1, 5, 2, 4]


async def test_target_prices_cost_the_same_however_many(counter: StatementCounter) -> None:
    portfolio = await counter.portfolio(0, positions=100)
    costs = []

    for first, end in ((0, 1), (1, 100)):
        drafts = [
            TargetDraft(symbol=f"S{each}", target_price_eoy=Decimal(15))
            for each in range(first, end)
        ]
        with counter.statements() as setting:
            await counter.set_targets.many(drafts, into=portfolio.id, by=ANNS_ID)
        with counter.statements() as listing:
            await counter.targets.all(portfolio.id, by=ANNS_ID)
        costs.append((len(setting), len(listing)))

    assert costs == [(3, 2), (3, 2)]  # the driver locks the owner and fetches positions


async def test_equity_changes_cost_the_same_however_many(counter: StatementCounter) -> None:
    portfolio = await counter.portfolio(0, positions=0)
    costs = []

    for count in (1, 30):
        for _ in range(count):
            with counter.statements() as recording:
                await counter.record_change.create(
                    portfolio.id,
                    ChangeType.CONTRIBUTION,
                    Decimal(1),
                    NOON.date(),
                    None,
                    by=ANNS_ID,
                )
        with counter.statements() as listing:
            await counter.read_changes.page(
                portfolio.id, EquityChangeFilter(), by=ANNS_ID, limit=99, offset=0
            )
        with counter.statements() as summing:
            await counter.read_changes.summary(portfolio.id, by=ANNS_ID)
        costs.append((len(recording), len(listing), len(summing)))

    assert costs == [(3, 3, 4), (4, 3, 4)]  # where there are none, they are only counted
