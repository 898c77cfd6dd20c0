"""Tables and repositories in Postgres: one module a feature, on one metadata."""

from pathlib import Path
from typing import Final

from advanced_alchemy.base import DefaultBase

from sigmasight.adapters.postgres import (
    access,
    api_keys,
    assistant,
    attempts,
    audit,
    billing,
    calculations,
    clerk_events,
    company_profiles,
    equity_changes,
    factor_results,
    fundamentals,
    identity,
    maintenance,
    password_login,
    portfolios,
    positions,
    prices,
    server_settings,
    sessions,
    tags,
    target_prices,
    usage,
)

__all__ = [
    "MIGRATIONS",
    "access",
    "api_keys",
    "assistant",
    "attempts",
    "audit",
    "billing",
    "calculations",
    "clerk_events",
    "company_profiles",
    "equity_changes",
    "factor_results",
    "fundamentals",
    "identity",
    "maintenance",
    "metadata",
    "password_login",
    "portfolios",
    "positions",
    "prices",
    "server_settings",
    "sessions",
    "tags",
    "target_prices",
    "usage",
]

MIGRATIONS: Final = Path(__file__).with_name("migrations")

metadata = DefaultBase.metadata
