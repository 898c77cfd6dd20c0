"""One in-memory application for all tests over HTTP, reset for each of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sigmasight.domain.access.tiers import Subscription, Tier
from tests.support.builders.password_tokens import SECRET_KEY
from tests.support.builders.users import ANNS_ID, a_user, bob
from tests.support.event_loop import *  # noqa: F403  a fixture
from tests.support.providers.application import PASSWORD, InMemoryApplication
from tests.unit.http.portfolio_client import PortfolioClient


@pytest.fixture(scope="session")
def application() -> InMemoryApplication:
    return InMemoryApplication()


@pytest.fixture(scope="session")
def password_application() -> InMemoryApplication:
    return InMemoryApplication(legacy_auth_enabled=True, secret_key=SECRET_KEY)


@pytest.fixture(autouse=True)
def log() -> Iterator[list[EventDict]]:
    """The log records of the test, which are not printed."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def api(application: InMemoryApplication) -> InMemoryApplication:
    """The application with Ann, who has a valid invite and the free tier."""
    return application.with_users(a_user(invite_validated=True))


@pytest.fixture
def password_api(password_application: InMemoryApplication) -> InMemoryApplication:
    """The application with password login, Ann, who has a password, and Bob, of Clerk."""
    api = password_application.with_users(a_user(clerk_user_id=None, invite_validated=True), bob())
    api.store.passwords[ANNS_ID] = f"new:{PASSWORD}"
    return api


@pytest.fixture
def paid_api(api: InMemoryApplication) -> InMemoryApplication:
    """The application with Ann and Bob, both with a valid invite and the paid tier."""
    about: dict[str, Any] = {"subscription": Subscription(Tier.PAID), "invite_validated": True}
    return api.with_users(a_user(**about), bob(**about))


@pytest.fixture
async def portfolio_client(paid_api: InMemoryApplication) -> PortfolioClient:
    body = {"name": "Savings", "account_name": "Broker 1"}
    return PortfolioClient(
        paid_api, (await paid_api("POST", "/portfolios", json=body)).json()["id"]
    )
