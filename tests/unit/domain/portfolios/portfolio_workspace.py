"""Ann and Bob, with all use cases of portfolios, positions and tags in memory."""

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Subscription, TierLimits
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.csv_import.use_cases import ImportPortfolio
from sigmasight.domain.portfolios.portfolio import (
    CreatePortfolio,
    DeletePortfolio,
    Portfolio,
    PortfolioId,
    ReadPortfolios,
    UpdatePortfolio,
)
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.positions.use_cases import (
    DeletePositions,
    OpenPositions,
    ReadPositions,
    UpdatePosition,
)
from sigmasight.domain.portfolios.positions.validation import PositionDraft
from sigmasight.domain.portfolios.tags.assignments import (
    AssignTags,
    FindDuplicates,
    ReadPositionTags,
)
from sigmasight.domain.portfolios.tags.use_cases import CreateTags, ReadTags, UpdateTag
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import terms
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.fakes.background import ImmediateBackgroundThread
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.prices import InMemoryExchangeRates
from tests.support.fakes.store import InMemoryStore
from tests.support.fakes.tags import InMemoryPositionTags, InMemoryTags


class PortfolioWorkspace:
    def __init__(
        self,
        subscription: Subscription | None = None,
        limits: TierLimits = DEFAULT_LIMITS,
        transaction: type[ImmediateTransaction] = ImmediateTransaction,
    ) -> None:
        ann = a_user(subscription=subscription or Subscription())
        self.store = InMemoryStore(users={ANNS_ID: ann, BOBS_ID: bob()})
        self.clock = FixedClock(NOON)
        held = transaction(self.store)
        portfolios = InMemoryPortfolios(self.store)
        self.create = CreatePortfolio(portfolios, limits, self.clock, held)
        self.read = ReadPortfolios(portfolios, held)
        self.update = UpdatePortfolio(
            portfolios, InMemoryExchangeRates(self.store), self.clock, held
        )
        self.delete = DeletePortfolio(portfolios, self.clock, held)
        positions = self.positions = InMemoryPositions(self.store)
        self.open = OpenPositions(portfolios, positions, self.clock, held)
        self.background = ImmediateBackgroundThread()
        self.import_csv = ImportPortfolio(
            portfolios, positions, limits, self.background, self.clock, held
        )
        self.read_positions = ReadPositions(portfolios, positions, held)
        self.update_position = UpdatePosition(positions, self.clock, held)
        self.delete_positions = DeletePositions(positions, self.clock, held)
        tags, borne = InMemoryTags(self.store), InMemoryPositionTags(self.store)
        self.create_tag = CreateTags(tags, self.clock, held)
        self.read_tags = ReadTags(tags, held)
        self.update_tag = UpdateTag(tags, self.clock, held)
        self.tag = AssignTags(positions, tags, borne, self.clock, held)
        self.position_tags = ReadPositionTags(portfolios, positions, tags, borne, held)
        self.duplicates = FindDuplicates(portfolios, positions, borne, held)

    async def create_portfolios(self, count: int, by: UserId = ANNS_ID) -> list[Portfolio]:
        """Create portfolios, a minute after one another."""
        created = []
        for number in range(count):
            created.append(await self.create(terms(account_name=f"Account {number}"), by=by))
            self.clock.advance(MINUTE)
        return created

    async def open_positions(self, *drafts: PositionDraft) -> list[Position]:
        """Put positions into a portfolio of Ann's, made for them, a minute before now."""
        [portfolio] = await self.create_portfolios(1)
        return list(await self.open.open_many(drafts, into=portfolio.id, by=ANNS_ID))

    async def positions_of(
        self, portfolio: PortfolioId, *, include_closed: bool = True
    ) -> list[Position]:
        page = await self.read_positions.page(
            portfolio, by=ANNS_ID, include_closed=include_closed, limit=100, offset=0
        )
        return list(page.items)

    async def portfolio_ids(self, owner: UserId = ANNS_ID) -> list[PortfolioId]:
        return [each.id for each in await self.read.all(by=owner, include_inactive=True)]
