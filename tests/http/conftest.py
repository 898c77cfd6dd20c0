"""One application for all tests over HTTP, and each of them its own people."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

import tests.searching  # noqa: F401  profiles
from sigmasight.domain.access.tiers import Subscription, Tier
from tests.http.savings import Savings
from tests.http.world import PASSWORD, World
from tests.loop import *  # noqa: F403  a fixture
from tests.unit.examples import ANNS_ID, a_user, bob
from tests.unit.legacy.signing import SECRET_KEY


@pytest.fixture(scope="session")
def application() -> World:
    return World()


@pytest.fixture(scope="session")
def legacy_application() -> World:
    return World(legacy_auth_enabled=True, secret_key=SECRET_KEY)


@pytest.fixture(autouse=True)
def log() -> Iterator[list[EventDict]]:
    """What is logged meanwhile, instead of printing it."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def world(application: World) -> World:
    """The application with Ann in it, let in, on the free tier."""
    return application.with_users(a_user(invite_validated=True))


@pytest.fixture
def legacy(legacy_application: World) -> World:
    """The application that takes passwords, with Ann in it, who has one, and Bob, of Clerk."""
    world = legacy_application.with_users(a_user(clerk_user_id=None, invite_validated=True), bob())
    world.memory.passwords[ANNS_ID] = f"new:{PASSWORD}"
    return world


@pytest.fixture
def paid(world: World) -> World:
    """The application with Ann and Bob in it, both let in and paying."""
    about: dict[str, Any] = {"subscription": Subscription(Tier.PAID), "invite_validated": True}
    return world.with_users(a_user(**about), bob(**about))


@pytest.fixture
async def savings(paid: World) -> Savings:
    body = {"name": "Savings", "account_name": "Broker 1"}
    return Savings(paid, (await paid("POST", "/portfolios", json=body)).json()["id"])
