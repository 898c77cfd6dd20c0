"""Dependency injection: the only place that knows both the ports and their adapters."""

from dishka import STRICT_VALIDATION, AsyncContainer, Provider, make_async_container

from sigmasight.adapters.postgres.embedded import database
from sigmasight.adapters.postgres.schema import migration_config, translate_migration_errors
from sigmasight.entrypoints.composition.adapters import Assistant, Clerk, PasswordLogin, System
from sigmasight.entrypoints.composition.postgres import Postgres
from sigmasight.entrypoints.composition.use_cases import Rules, UseCases
from sigmasight.settings import Settings

__all__ = ["build_container", "database", "migration_config", "translate_migration_errors"]


def build_container(settings: Settings, *providers: Provider) -> AsyncContainer:
    """Build the container of all use cases and adapters; `providers` add to or override these."""
    return make_async_container(
        Rules(),
        UseCases(),
        System(),
        Clerk(),
        Assistant(),
        Postgres(),
        *([PasswordLogin()] if settings.legacy_auth_enabled else []),
        *providers,
        context={Settings: settings},
        validation_settings=STRICT_VALIDATION,
    )
