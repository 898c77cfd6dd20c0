"""A local model server, and the adapter that uses it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sigmasight.adapters.language_model.openai import OpenAiLanguageModel
from sigmasight.adapters.language_model.reply import Pace
from tests.support.servers.model_server import ModelServer, model_server

HASTY = Pace(first_piece=0.1, analysis=0.1)
"""Where nothing comes at all; a server that does answer may take its time in every test."""
STALLED = Pace(between_pieces=0.3, afterthought=0.1)
"""Where nothing comes any more."""
KEY = "sk-secret-of-ours"


@dataclass
class Waits:
    """Records sleeps without sleeping."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def asking(server: ModelServer, waits: Waits, **changes: Any) -> OpenAiLanguageModel:
    about = {"key": KEY, "base_url": server.url, "model": "fake-ok", "sleep": waits, **changes}
    return OpenAiLanguageModel(**about)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def model(server: ModelServer, waits: Waits) -> AsyncIterator[OpenAiLanguageModel]:
    async with asking(server, waits) as model:
        yield model


@pytest.fixture
async def hasty(server: ModelServer, waits: Waits) -> AsyncIterator[OpenAiLanguageModel]:
    """The same, soon out of patience before the first piece."""
    async with asking(server, waits, pace=HASTY) as model:
        yield model


@pytest.fixture
async def stalled(server: ModelServer, waits: Waits) -> AsyncIterator[OpenAiLanguageModel]:
    """The same, soon out of patience after it."""
    async with asking(server, waits, pace=STALLED) as model:
        yield model


@pytest.fixture(autouse=True)
def log() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines
