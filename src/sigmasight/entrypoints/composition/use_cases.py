"""Rules from the settings, use cases, and who is calling."""

from dishka import (
    AsyncContainer,
    Provider,
    Scope,
    from_context,
    provide,
    provide_all,
)
from litestar import Request

from sigmasight.domain.access.entitlements import Entitlements
from sigmasight.domain.access.invites import (
    InviteCodes,
    ValidateInvite,
)
from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import GiveBackAbandoned, GrantMessages, ReadUsageHistory
from sigmasight.domain.assistant.answering import Answer, Ask, FollowAnswer
from sigmasight.domain.assistant.conversations import BeginConversation, KeepConversations
from sigmasight.domain.assistant.exchanges import ReadExchanges
from sigmasight.domain.assistant.generating import FollowInsight, GenerateInsight
from sigmasight.domain.assistant.insights import MarkInsight, RateInsight, ReadInsights
from sigmasight.domain.assistant.memories import Forget, ReadMemories, Remember
from sigmasight.domain.billing import Plans
from sigmasight.domain.clerk_events.events import Learn
from sigmasight.domain.clerk_events.receiving import (
    LookUpWebhooks,
    PruneWebhooks,
    ReceiveWebhook,
    ReplayWebhook,
)
from sigmasight.domain.fixes.carrying_out import CarryOutFix
from sigmasight.domain.fixes.ordering import LookUpFixes, OrderFix
from sigmasight.domain.fixes.samples import Samples
from sigmasight.domain.identity.migrating import MigrateToClerk
from sigmasight.domain.identity.operating import DeactivateUser, LinkUser, LookUpPeople
from sigmasight.domain.identity.own_session import Logout, Refresh
from sigmasight.domain.identity.provisioning import FirstSight, Identify, Provision, Settlement
from sigmasight.domain.identity.sessions import AnySession, Session
from sigmasight.domain.identity.users import (
    Operators,
    Overview,
    User,
)
from sigmasight.domain.jobs import MOST_TRIES, MostTries
from sigmasight.domain.portfolios.calculating import Calculate
from sigmasight.domain.portfolios.creating import CreatePortfolio
from sigmasight.domain.portfolios.csv_import.importing import ImportPortfolio
from sigmasight.domain.portfolios.equity_changes.keeping import ReadEquityChanges, TellEquityChange
from sigmasight.domain.portfolios.portfolio import (
    DeletePortfolio,
    ReadPortfolios,
    UpdatePortfolio,
)
from sigmasight.domain.portfolios.positions.changing import DeletePositions, UpdatePosition
from sigmasight.domain.portfolios.positions.opening import OpenPositions
from sigmasight.domain.portfolios.positions.reading import ReadPositions
from sigmasight.domain.portfolios.prices import ImportPrices, LookUpPrices
from sigmasight.domain.portfolios.runs import ReadCalculation, StartCalculation
from sigmasight.domain.portfolios.snapshots import ReadSnapshot
from sigmasight.domain.portfolios.tags.bearing import FindDuplicates, ReadPositionTags, TagPosition
from sigmasight.domain.portfolios.tags.keeping import CreateTags, ReadTags, UpdateTag
from sigmasight.domain.portfolios.targets.importing import ImportTargetPrices
from sigmasight.domain.portfolios.targets.keeping import (
    ReadTargetPrices,
    SetTargetPrices,
    TargetDesk,
    UpdateTargetPrices,
)
from sigmasight.domain.reconciliation.reconciling import Reconcile
from sigmasight.domain.reconciliation.repair import Repair
from sigmasight.domain.research.fundamentals import ImportFundamentals, ReadFundamentals
from sigmasight.entrypoints.http.answers import Answers
from sigmasight.entrypoints.http.authentication import Authentication, CredentialRules
from sigmasight.entrypoints.http.generating import Generating
from sigmasight.settings import Settings


class Rules(Provider):
    """What the settings decide."""

    scope = Scope.APP

    settings = from_context(Settings)

    @provide
    def invite_codes(self, settings: Settings) -> InviteCodes:
        codes = [code.get_secret_value() for code in settings.beta_invite_code]
        return InviteCodes(codes, settings.invite_code_enabled)

    @provide
    def limits(self, settings: Settings) -> TierLimits:
        return settings.limits

    entitlements = provide(Entitlements)

    @provide
    def most_tries(self) -> MostTries:
        return MOST_TRIES

    @provide
    def plans(self, settings: Settings) -> Plans:
        return Plans(frozenset(settings.clerk_paid_plans), settings.grace)

    @provide
    def operators(self, settings: Settings) -> Operators:
        return Operators(frozenset(settings.admin_clerk_user_ids))

    @provide
    def credential_rules(self, settings: Settings) -> CredentialRules:
        return CredentialRules(settings.session_cookies, settings.origins)


class UseCases(Provider):
    scope = Scope.REQUEST

    identity = provide_all(Provision, Settlement)
    identify = provide(Identify, scope=Scope.APP)
    own_session = provide_all(Logout, Refresh)
    access = provide(ValidateInvite)
    usage = provide_all(ReadUsageHistory, GrantMessages, GiveBackAbandoned, scope=Scope.APP)
    webhooks = provide_all(Learn, ReceiveWebhook, LookUpWebhooks, ReplayWebhook, PruneWebhooks)
    operating = provide_all(
        LookUpPeople, LinkUser, DeactivateUser, MigrateToClerk, Repair, Reconcile
    )
    conversations = provide_all(BeginConversation, Remember, ReadMemories, ReadInsights)
    assistant = provide_all(
        Ask,
        Answer,
        FollowAnswer,
        KeepConversations,
        ReadExchanges,
        GenerateInsight,
        FollowInsight,
        MarkInsight,
        RateInsight,
        Forget,
        scope=Scope.APP,
    )
    portfolios = provide_all(CreatePortfolio, ReadPortfolios, UpdatePortfolio, DeletePortfolio)
    imports = provide(ImportPortfolio)
    positions = provide_all(OpenPositions, ReadPositions, UpdatePosition, DeletePositions)
    tags = provide_all(CreateTags, ReadTags, UpdateTag)
    position_tags = provide_all(TagPosition, ReadPositionTags, FindDuplicates)
    target_prices = provide_all(
        TargetDesk, SetTargetPrices, ReadTargetPrices, UpdateTargetPrices, ImportTargetPrices
    )
    equity_changes = provide_all(TellEquityChange, ReadEquityChanges)
    fundamentals = provide_all(ImportFundamentals, ReadFundamentals)
    prices = provide_all(ImportPrices, LookUpPrices)
    calculations = provide_all(StartCalculation, ReadCalculation, ReadSnapshot, Calculate)
    fixes = provide_all(OrderFix, LookUpFixes, CarryOutFix, Samples)


class Caller(Provider):
    """Who a request comes from, found out once a request."""

    scope = Scope.REQUEST

    authentication = provide(Authentication, scope=Scope.APP)
    answers = provide(Answers, scope=Scope.APP)
    generating = provide(Generating, scope=Scope.APP)

    @provide(scope=Scope.APP)
    def first_sight(self, container: AsyncContainer) -> FirstSight:
        async def provision(session: Session) -> User:
            async with container() as scope:
                return await (await scope.get(Provision))(session)

        return provision

    @provide
    async def session(
        self,
        request: Request,  # type: ignore[type-arg]
        authentication: Authentication,
    ) -> AnySession:
        return await authentication.session(request)

    @provide
    async def user(self, session: AnySession, identify: Identify) -> User:
        return await identify(session)

    @provide
    async def overview(self, session: AnySession, identify: Identify) -> Overview:
        return await identify.overview(session)
