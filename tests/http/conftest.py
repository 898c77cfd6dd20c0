"""One application for all tests over HTTP, and each of them its own people."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sigmasight.domain.access.tiers import Subscription, Tier
from tests.http.world import World
from tests.loop import *  # noqa: F403  a fixture
from tests.unit.examples import a_user, bob


@pytest.fixture(scope="session")
def application() -> World:
    return World()


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
def paid(world: World) -> World:
    """The application with Ann and Bob in it, both let in and paying."""
    about: dict[str, Any] = {"subscription": Subscription(Tier.PAID), "invite_validated": True}
    return world.with_users(a_user(**about), bob(**about))
