"""Dependency injection: the only place that knows both the ports and their adapters."""

from dishka import STRICT_VALIDATION, AsyncContainer, Provider, make_async_container

from sigmasight.adapters.postgres.backup import BackupError, Restore, back_up, prepare_restore
from sigmasight.adapters.postgres.distribution import distribution_of
from sigmasight.adapters.postgres.embedded import database, existing_database
from sigmasight.adapters.postgres.schema import (
    drop_queue,
    migration_config,
    translate_migration_errors,
)
from sigmasight.adapters.stress_scenarios import StressScenarios
from sigmasight.domain.portfolios.analytics.stress import Scenarios
from sigmasight.entrypoints.composition.adapters import Assistant, Clerk, PasswordLogin, System
from sigmasight.entrypoints.composition.postgres import Postgres
from sigmasight.entrypoints.composition.use_cases import Rules, UseCases
from sigmasight.setting_errors import SettingsError
from sigmasight.settings import Settings

__all__ = [
    "BackupError",
    "Restore",
    "back_up",
    "build_container",
    "database",
    "distribution_of",
    "drop_queue",
    "existing_database",
    "migration_config",
    "prepare_restore",
    "translate_migration_errors",
]


def build_container(settings: Settings, *providers: Provider) -> AsyncContainer:
    """Build the container of all use cases and adapters; `providers` add to or override these.

    Raise SettingsError if the file of scenarios is not valid.
    """
    return make_async_container(
        Rules(),
        UseCases(),
        System(),
        Clerk(),
        Assistant(),
        Postgres(),
        *([PasswordLogin()] if settings.legacy_auth_enabled else []),
        *providers,
        context={Settings: settings, Scenarios: _scenarios(settings)},
        validation_settings=STRICT_VALIDATION,
    )


def _scenarios(settings: Settings) -> StressScenarios:
    try:
        return StressScenarios(settings.stress_scenarios_file)
    except ValueError as error:
        raise SettingsError([f"STRESS_SCENARIOS_FILE is not valid: {error}."]) from error
