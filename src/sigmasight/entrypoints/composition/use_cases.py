"""The use cases, and the domain rules that depend on settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dishka import AsyncContainer, Provider, Scope, from_context, provide, provide_all

from sigmasight.domain.access.entitlements import Entitlements
from sigmasight.domain.access.grants import GrantMessages
from sigmasight.domain.access.invites import InviteCodes, ManageInvites, ValidateInvite
from sigmasight.domain.access.recorded_settings import (
    CompareSettings,
    EntitlementSettings,
    RecordSettings,
)
from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import (
    ReadUsageHistory,
    ReleaseExpiredReservations,
)
from sigmasight.domain.assistant.chat import FollowReply, StartExchange, StreamReply
from sigmasight.domain.assistant.conversations import ManageConversations, StartConversation
from sigmasight.domain.assistant.exchanges import ReadExchanges
from sigmasight.domain.assistant.feedback import GiveFeedback
from sigmasight.domain.assistant.insight_generation import FollowInsight, GenerateInsight
from sigmasight.domain.assistant.insights import MarkInsight, RateInsight, ReadInsights
from sigmasight.domain.assistant.language_model import ToolCall
from sigmasight.domain.assistant.memories import AddMemory, DeleteMemory, ReadMemories
from sigmasight.domain.assistant.tools import ReadWithTool, Toolboxes, UserToolbox
from sigmasight.domain.audit import Audit, ReadAuditTrail, RecordOperation
from sigmasight.domain.billing import FindUnlistedPlans, Plans
from sigmasight.domain.clerk_events.payers import WaitingDeliveries
from sigmasight.domain.clerk_events.use_cases import (
    ApplyFacts,
    DismissWebhook,
    FindWebhooks,
    PruneWebhooks,
    ReceiveWebhook,
    ReplayWebhook,
)
from sigmasight.domain.identity.activation import ChangeActivity
from sigmasight.domain.identity.administration import FindUsers
from sigmasight.domain.identity.api_key_management import (
    CreateApiKey,
    ManageApiKeys,
    StoreKeyUses,
)
from sigmasight.domain.identity.api_keys import RecentKeyUses
from sigmasight.domain.identity.clerk_migration import MigrateToClerk
from sigmasight.domain.identity.links import LinkUser, UnlinkUser
from sigmasight.domain.identity.provisioning import (
    IdentifyCaller,
    Provisioner,
    ProvisionUser,
    SyncUser,
)
from sigmasight.domain.identity.sessions import RefreshToken, Session
from sigmasight.domain.identity.sign_out import EndSession, LogOut, MaxTokenAge
from sigmasight.domain.identity.users import Operators, User
from sigmasight.domain.jobs import MAX_ATTEMPTS, MaxAttempts
from sigmasight.domain.kernel import UserId
from sigmasight.domain.maintenance.jobs import ManageJobs
from sigmasight.domain.maintenance.retention import ApplyRetention, RetentionPeriods
from sigmasight.domain.maintenance.sample_portfolio import SamplePortfolios
from sigmasight.domain.maintenance.use_cases import (
    ReadMaintenanceRuns,
    RunMaintenance,
    StartMaintenance,
)
from sigmasight.domain.portfolios.analytics.books import Books
from sigmasight.domain.portfolios.analytics.options import RiskFreeRate
from sigmasight.domain.portfolios.analytics.stress import FundDuration
from sigmasight.domain.portfolios.analytics.use_cases import ComputeAnalytics, ReadPerformance
from sigmasight.domain.portfolios.benchmarks import ImportBenchmarks
from sigmasight.domain.portfolios.calculations.calculate import Calculate
from sigmasight.domain.portfolios.calculations.risk import ReadRisk
from sigmasight.domain.portfolios.calculations.runs import ReadCalculation, StartCalculation
from sigmasight.domain.portfolios.calculations.settlement import Settlement
from sigmasight.domain.portfolios.calculations.snapshots import ReadSnapshot
from sigmasight.domain.portfolios.calculations.use_cases import (
    ReadFactors,
    ReadSnapshotSummary,
    RunStressTest,
)
from sigmasight.domain.portfolios.csv_import.update import UpdateFromFile
from sigmasight.domain.portfolios.csv_import.use_cases import ImportPortfolio, PreviewImport
from sigmasight.domain.portfolios.equity_changes.use_cases import (
    ReadEquityChanges,
    RecordEquityChange,
)
from sigmasight.domain.portfolios.market_data import DataSource, ReadMarketData
from sigmasight.domain.portfolios.overview import ReadOverview
from sigmasight.domain.portfolios.portfolio import (
    CreatePortfolio,
    DeletePortfolio,
    ReadPortfolios,
    UpdatePortfolio,
)
from sigmasight.domain.portfolios.positions.details import ReadPositionDetails
from sigmasight.domain.portfolios.positions.use_cases import (
    DeletePositions,
    OpenPositions,
    ReadPositions,
    UpdatePosition,
)
from sigmasight.domain.portfolios.prices import FindPrices, ImportPrices
from sigmasight.domain.portfolios.profiles import ImportProfiles
from sigmasight.domain.portfolios.splits import ImportSplits
from sigmasight.domain.portfolios.tags.assignments import (
    AssignTags,
    FindDuplicates,
    ReadPositionTags,
)
from sigmasight.domain.portfolios.tags.sector_tags import RestoreSectorTags
from sigmasight.domain.portfolios.tags.use_cases import CreateTags, ReadTags, UpdateTag
from sigmasight.domain.portfolios.target_prices.csv_import import ImportTargetPrices
from sigmasight.domain.portfolios.target_prices.use_cases import (
    ReadTargetPrices,
    SetTargetPrices,
    TargetPriceContext,
    UpdateTargetPrices,
)
from sigmasight.domain.reconciliation.use_cases import Reconcile, Repair
from sigmasight.domain.research.fundamentals import ImportFundamentals, ReadFundamentals
from sigmasight.settings import Settings


class Rules(Provider):
    """Domain rules that depend on settings."""

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
    def max_attempts(self) -> MaxAttempts:
        return MAX_ATTEMPTS

    @provide
    def data_source(self) -> DataSource:
        return DataSource("imported prices")

    @provide
    def risk_free_rate(self, settings: Settings) -> RiskFreeRate:
        return RiskFreeRate(settings.risk_free_rate)

    @provide
    def fund_duration(self, settings: Settings) -> FundDuration:
        return FundDuration(settings.bond_fund_duration)

    @provide
    def plans(self, settings: Settings) -> Plans:
        return Plans(frozenset(settings.clerk_paid_plans), settings.grace)

    @provide
    def entitlement_settings(self, settings: Settings) -> EntitlementSettings:
        return EntitlementSettings(settings.entitlements)

    @provide
    def max_token_age(self, settings: Settings) -> MaxTokenAge:
        return MaxTokenAge(timedelta(seconds=settings.clerk_max_token_age))

    @provide
    def retention_periods(self, settings: Settings) -> RetentionPeriods:
        return RetentionPeriods(
            snapshots=timedelta(days=settings.snapshot_retention_days),
            runs=timedelta(days=settings.run_retention_days),
            webhooks=timedelta(days=settings.webhook_retention_days),
            audit=timedelta(days=settings.audit_retention_days),
        )

    @provide
    def operators(self, settings: Settings) -> Operators:
        return Operators(frozenset(settings.admin_clerk_user_ids))


@dataclass(frozen=True)
class ScopedToolboxes(Toolboxes):
    """Each use of a tool has a scope of its own: answers outlive the request that asked."""

    container: AsyncContainer

    def for_user(self, user: UserId) -> UserToolbox:
        return UserToolbox(user, self._read)

    async def _read(self, user: UserId, call: ToolCall) -> Mapping[str, Any]:
        async with self.container() as scope:
            return await (await scope.get(ReadWithTool))(user, call)


class UseCases(Provider):
    scope = Scope.REQUEST

    identity = provide_all(ProvisionUser, SyncUser)
    identify = provide(IdentifyCaller, scope=Scope.APP)
    key_uses = provide(RecentKeyUses, scope=Scope.APP)
    api_keys = provide_all(CreateApiKey, ManageApiKeys, StoreKeyUses)
    sessions = provide_all(LogOut, RefreshToken, EndSession)
    audit = provide_all(Audit, RecordOperation, ReadAuditTrail)
    access = provide_all(ValidateInvite, ManageInvites)
    usage = provide_all(ReadUsageHistory, ReleaseExpiredReservations, scope=Scope.APP)
    grants = provide(GrantMessages)
    effective_settings = provide_all(RecordSettings, CompareSettings)
    plans = provide(FindUnlistedPlans)
    webhooks = provide_all(
        WaitingDeliveries,
        ApplyFacts,
        ReceiveWebhook,
        FindWebhooks,
        ReplayWebhook,
        DismissWebhook,
        PruneWebhooks,
    )
    administration = provide_all(
        FindUsers, LinkUser, UnlinkUser, ChangeActivity, MigrateToClerk, Repair, Reconcile
    )
    conversations = provide_all(StartConversation, AddMemory, ReadMemories, ReadInsights)
    assistant = provide_all(
        StartExchange,
        StreamReply,
        FollowReply,
        ManageConversations,
        ReadExchanges,
        GenerateInsight,
        FollowInsight,
        MarkInsight,
        RateInsight,
        DeleteMemory,
        GiveFeedback,
        scope=Scope.APP,
    )
    portfolios = provide_all(CreatePortfolio, ReadPortfolios, UpdatePortfolio, DeletePortfolio)
    live = provide_all(ReadOverview, ReadPositionDetails, scope=Scope.APP)
    imports = provide_all(ImportPortfolio, PreviewImport, UpdateFromFile)
    positions = provide_all(OpenPositions, ReadPositions, UpdatePosition, DeletePositions)
    tags = provide_all(CreateTags, ReadTags, UpdateTag)
    position_tags = provide_all(AssignTags, ReadPositionTags, FindDuplicates, RestoreSectorTags)
    target_prices = provide_all(
        TargetPriceContext,
        SetTargetPrices,
        ReadTargetPrices,
        UpdateTargetPrices,
        ImportTargetPrices,
    )
    equity_changes = provide_all(RecordEquityChange, ReadEquityChanges)
    fundamentals = provide_all(ImportFundamentals, ReadFundamentals)
    prices = provide_all(ImportPrices, FindPrices)
    reference_data = provide_all(ImportProfiles, ImportBenchmarks, ImportSplits, ReadMarketData)
    analytics = provide_all(Books, ComputeAnalytics, ReadFactors, ReadSnapshotSummary)
    risk = provide_all(ReadRisk, ReadPerformance)
    stress = provide(RunStressTest, scope=Scope.APP)
    calculations = provide_all(
        StartCalculation, ReadCalculation, ReadSnapshot, Calculate, Settlement
    )
    maintenance = provide_all(
        StartMaintenance,
        ReadMaintenanceRuns,
        RunMaintenance,
        SamplePortfolios,
        ManageJobs,
        ApplyRetention,
    )

    tools = provide(ReadWithTool)

    @provide(scope=Scope.APP)
    def toolboxes(self, container: AsyncContainer) -> Toolboxes:
        return ScopedToolboxes(container)

    @provide(scope=Scope.APP)
    def provisioner(self, container: AsyncContainer) -> Provisioner:
        async def provision(session: Session) -> User:
            async with container() as scope:
                return await (await scope.get(ProvisionUser))(session)

        return provision
