"""The one place that knows both the ports and their adapters."""

from dishka import STRICT_VALIDATION, AsyncContainer, Provider, make_async_container

from sigmasight.adapters.postgres.embedded import database
from sigmasight.adapters.postgres.schema import migration_config, translate_migration_errors
from sigmasight.entrypoints.composition.adapters import (
    Assistant,
    Clerk,
    Legacy,
    System,
)
from sigmasight.entrypoints.composition.postgres import Postgres
from sigmasight.entrypoints.composition.use_cases import Rules, UseCases
from sigmasight.settings import Settings

__all__ = ["build_container", "database", "migration_config", "translate_migration_errors"]


def build_container(settings: Settings, *providers: Provider) -> AsyncContainer:
    """Wire every use case to its adapters; `providers` add to these or override them."""
    return make_async_container(
        Rules(),
        UseCases(),
        System(),
        Clerk(),
        Assistant(),
        Postgres(),
        *([Legacy()] if settings.legacy_auth_enabled else []),
        *providers,
        context={Settings: settings},
        validation_settings=STRICT_VALIDATION,
    )
