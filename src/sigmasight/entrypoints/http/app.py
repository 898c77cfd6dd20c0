"""The Litestar application."""

from typing import Final

from dishka import AsyncContainer
from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from sigmasight.entrypoints.http.api_keys import ApiKeyController
from sigmasight.entrypoints.http.audit import AuditController
from sigmasight.entrypoints.http.auth import IdentityController
from sigmasight.entrypoints.http.calculations import CalculationController
from sigmasight.entrypoints.http.chat import ChatController
from sigmasight.entrypoints.http.conversations import ConversationController
from sigmasight.entrypoints.http.decimals import TYPE_ENCODERS
from sigmasight.entrypoints.http.dependency_injection import scoped
from sigmasight.entrypoints.http.drain import close_connections
from sigmasight.entrypoints.http.equity_changes import EquityChangeController
from sigmasight.entrypoints.http.errors import EXCEPTION_HANDLERS
from sigmasight.entrypoints.http.fundamentals import FundamentalsController
from sigmasight.entrypoints.http.guards import API_KEYS, guarded
from sigmasight.entrypoints.http.health import HealthController
from sigmasight.entrypoints.http.insights import InsightController
from sigmasight.entrypoints.http.lifespan import lifespan, running_worker
from sigmasight.entrypoints.http.maintenance import MaintenanceController
from sigmasight.entrypoints.http.memories import MemoryController
from sigmasight.entrypoints.http.methods import answer_every_method
from sigmasight.entrypoints.http.onboarding import OnboardingController
from sigmasight.entrypoints.http.openapi import OPENAPI, asset
from sigmasight.entrypoints.http.openapi_document import StructPlugin
from sigmasight.entrypoints.http.password_login import (
    PasswordLoginController,
    PasswordOnboardingController,
)
from sigmasight.entrypoints.http.portfolio_import import (
    ImportController,
    PortfolioUpdateController,
)
from sigmasight.entrypoints.http.portfolio_risk import PortfolioRiskController
from sigmasight.entrypoints.http.portfolios import PortfolioController
from sigmasight.entrypoints.http.position_tags import PositionTagController
from sigmasight.entrypoints.http.positions import PositionController
from sigmasight.entrypoints.http.rate_limits import RateLimits
from sigmasight.entrypoints.http.request_logging import REQUEST_ID_HEADER, log_requests
from sigmasight.entrypoints.http.requests import TYPE_DECODERS, ExactRequest
from sigmasight.entrypoints.http.security_headers import SecurityHeaders
from sigmasight.entrypoints.http.tags import TagController
from sigmasight.entrypoints.http.target_prices import TargetPriceController
from sigmasight.entrypoints.http.tracing import Tracing
from sigmasight.entrypoints.http.usage import UsageController
from sigmasight.entrypoints.http.web_app.aggregate_risk import AggregateRiskController
from sigmasight.entrypoints.http.web_app.aggregates import AggregateController
from sigmasight.entrypoints.http.web_app.chat import (
    ChatMemoryController,
    FeedbackController,
)
from sigmasight.entrypoints.http.web_app.equity_search import EquitySearchController
from sigmasight.entrypoints.http.web_app.factors import FactorController
from sigmasight.entrypoints.http.web_app.market_data import MarketDataController
from sigmasight.entrypoints.http.web_app.onboarding import OnboardingStatusController
from sigmasight.entrypoints.http.web_app.portfolios import WebAppPortfolioController
from sigmasight.entrypoints.http.web_app.positions import WebAppPositionController
from sigmasight.entrypoints.http.web_app.risk import RiskController
from sigmasight.entrypoints.http.web_app.sector_tags import SectorTagController
from sigmasight.entrypoints.http.webhooks import receive_clerk_webhook
from sigmasight.entrypoints.supervision import supervised
from sigmasight.settings import Settings

MAX_BODY: Final = 1024 * 1024

FEATURES: Final[list[ControllerRouterHandler]] = [
    UsageController,
    PortfolioController,
    ConversationController,
    ChatController,
    MemoryController,
    CalculationController,
    PortfolioRiskController,
    PositionController,
    ImportController,
    PortfolioUpdateController,
    TagController,
    PositionTagController,
    TargetPriceController,
    EquityChangeController,
    FundamentalsController,
    InsightController,
    OnboardingStatusController,
    WebAppPortfolioController,
    WebAppPositionController,
    RiskController,
    FactorController,
    AggregateController,
    AggregateRiskController,
    MarketDataController,
    SectorTagController,
    EquitySearchController,
    ChatMemoryController,
    FeedbackController,
]
"""What API keys may do as well as sessions."""
FOR_SESSIONS: Final[list[ControllerRouterHandler]] = [
    IdentityController,
    ApiKeyController,
    OnboardingController,
    MaintenanceController,
    AuditController,
    receive_clerk_webhook,
    HealthController,
]
"""What concerns identity, access and operators, or is open to everybody."""


def create_app(
    container: AsyncContainer, settings: Settings, tracing: Tracing | None = None
) -> Litestar:
    tracing = tracing or Tracing()
    app = Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=_features(settings)),
            Router("/", route_handlers=[HealthController], include_in_schema=False),
            asset,
        ],
        guards=[guarded],
        middleware=[RateLimits(settings.rate_limits)] if settings.rate_limits else [],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=ExactRequest,
        type_decoders=TYPE_DECODERS,
        type_encoders=TYPE_ENCODERS,
        request_max_body_size=MAX_BODY,
        cors_config=_cors(settings),
        openapi_config=OPENAPI,
        plugins=[StructPlugin(), *tracing.plugins],
        before_send=tracing.before_send,
        on_shutdown=tracing.on_shutdown,
        logging_config=None,
        lifespan=[
            supervised,
            lifespan(container),
            *([running_worker(container)] if settings.worker_enabled else []),
        ],
    )
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    handled = answer_every_method(app.asgi_handler, routes)
    app.asgi_handler = log_requests(
        close_connections(scoped(handled, container), container),
        SecurityHeaders(settings.hsts_seconds),
    )
    return app


def _features(settings: Settings) -> list[ControllerRouterHandler]:
    features = Router("/", route_handlers=FEATURES, opt=dict(API_KEYS))
    if not settings.legacy_auth_enabled:
        return [features, *FOR_SESSIONS]
    return [features, *FOR_SESSIONS, PasswordLoginController, PasswordOnboardingController]


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors_allowed_origins:
        return None
    return CORSConfig(
        allow_origins=settings.cors_allowed_origins,
        allow_credentials=True,
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", REQUEST_ID_HEADER],
        expose_headers=[
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "Content-Disposition",
            REQUEST_ID_HEADER,
        ],
    )
