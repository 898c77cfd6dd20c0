"""What HTTP adds to the container: the caller, and background tasks."""

from dishka import AsyncContainer, Provider, Scope, provide
from dishka.integrations.litestar import LitestarProvider
from litestar import Request
from structlog.contextvars import bind_contextvars

from sigmasight.domain.audit import act_as
from sigmasight.domain.identity.provisioning import IdentifyCaller
from sigmasight.domain.identity.sessions import AnySession, actor_of, impersonator_of
from sigmasight.domain.identity.users import Overview, User
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.http.authentication import Authentication, CredentialRules
from sigmasight.entrypoints.http.drain import Drain
from sigmasight.entrypoints.http.insight_tasks import InsightTasks
from sigmasight.entrypoints.http.open_streams import OpenStreams
from sigmasight.settings import Settings


class Caller(Provider):
    """Identifies the caller at most once per request."""

    scope = Scope.REQUEST

    authentication = provide(Authentication, scope=Scope.APP)

    @provide(scope=Scope.APP)
    def credential_rules(self, settings: Settings) -> CredentialRules:
        return CredentialRules(settings.session_cookies, settings.origins)

    @provide
    async def session(
        self,
        request: Request,  # type: ignore[type-arg]  # the bare type is the one that dishka provides
        authentication: Authentication,
    ) -> AnySession:
        session = await authentication.session(request)
        if impersonator := impersonator_of(session):
            bind_contextvars(impersonator=impersonator)
        act_as(actor_of(session))
        return session

    @provide
    async def user(self, session: AnySession, identify: IdentifyCaller) -> User:
        return await identify(session)

    @provide
    async def overview(self, session: AnySession, identify: IdentifyCaller) -> Overview:
        return await identify.overview(session)


class BackgroundTasks(Provider):
    """Tasks of this process that outlive the request that started them, and its end."""

    scope = Scope.APP

    drain = provide(Drain)
    streams = provide(OpenStreams)
    insights = provide(InsightTasks)


def build_http_container(settings: Settings, *overrides: Provider) -> AsyncContainer:
    return build_container(settings, Caller(), BackgroundTasks(), LitestarProvider(), *overrides)
