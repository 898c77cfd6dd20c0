"""The local Clerk behind a client of its Backend API, without a socket between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import httpx
from litestar import Litestar

from sigmasight.adapters.clerk.client import ClerkClient
from sigmasight.entrypoints.local.clerk.failure_injection import FailureInjector
from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.server import create_clerk
from sigmasight.entrypoints.local.clerk.signing import SECRET_KEY, LocalClerk, Secrets
from tests.support.builders import signing
from tests.support.builders.clerk_events import milliseconds
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock

URL: Final = "http://clerk.test"


@dataclass
class FakeClerk:
    """A local Clerk with a fixed clock; records the waits that its failures cause."""

    url: str = URL
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    failures: FailureInjector = field(default_factory=FailureInjector)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.instance = Instance(now=lambda: milliseconds(self.clock.now()))
        secrets = Secrets(signing.KEY.as_dict(private=True), signing.SECRET)
        self.clerk = LocalClerk(self.url, "http://api.test", secrets, self.instance)

    @cached_property
    def app(self) -> Litestar:
        return create_clerk(self.clerk, self.failures)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=self.url) as client:
            yield client

    @asynccontextmanager
    async def backend(self, key: str | None = SECRET_KEY) -> AsyncIterator[ClerkClient]:
        """Open the Backend API with the right key, with another, or with none."""
        async with self.client() as client:
            yield ClerkClient(client, f"{self.url}/v1", key, self.clock, sleep=self.sleep)
