"""A local model server, and the adapter that uses it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sigmasight.adapters.language_model.openai import Bounds, OpenAiLanguageModel
from tests.support.servers.model_server import ModelServer, model_server

HASTY = Bounds(first_piece=0.1, analysis=0.1)
"""Where nothing comes at all; a server that does answer may take its time in every test."""
STALLED = Bounds(between_pieces=0.3, token_usage=0.1)
"""Where nothing comes any more."""
KEY = "sk-secret-of-ours"


@dataclass
class Waits:
    """Records sleeps without sleeping."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def asking(server: ModelServer, **changes: Any) -> OpenAiLanguageModel:
    about = {"key": KEY, "base_url": server.url, "model": "fake-ok", **changes}
    return OpenAiLanguageModel(**about)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Replace the sleep of the SDK between two tries."""
    waits = Waits()
    monkeypatch.setattr(anyio, "sleep", waits)
    return waits


@pytest.fixture
async def model(server: ModelServer) -> AsyncIterator[OpenAiLanguageModel]:
    async with asking(server) as model:
        yield model


@pytest.fixture
async def hasty(server: ModelServer) -> AsyncIterator[OpenAiLanguageModel]:
    """The same, with a short time-out before the first piece."""
    async with asking(server, bounds=HASTY) as model:
        yield model


@pytest.fixture
async def stalled(server: ModelServer) -> AsyncIterator[OpenAiLanguageModel]:
    """The same, with a short time-out after it."""
    async with asking(server, bounds=STALLED) as model:
        yield model


@pytest.fixture(autouse=True)
def log() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines
