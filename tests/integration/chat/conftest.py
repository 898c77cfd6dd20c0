"""Servers the assistant answers from."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.servers.api_servers import Server, running
from tests.support.servers.model_server import ModelServer, model_server


@pytest.fixture(scope="module")
def three_servers(
    two_servers: Sequence[Server], migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sequence[Server]]:
    """Three servers, all of them with the offline analyst."""
    with running(1, migrated, tmp_path_factory.mktemp("third")) as [third]:
        yield *two_servers, third


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with model_server() as model:
        yield model


@pytest.fixture
def server(dsn: str, model: ModelServer, tmp_path: Path) -> Iterator[Server]:
    """A server whose assistant uses the model server."""
    patient = {"OPENAI_BASE_URL": model.url, "OPENAI_TIMEOUT_SECONDS": "120"}
    with running(1, dsn, tmp_path, **patient) as [server]:
        yield server


@pytest.fixture
def impatient_server(dsn: str, model: ModelServer, tmp_path: Path) -> Iterator[Server]:
    """The same, but not patient with it."""
    hasty = {"OPENAI_BASE_URL": model.url, "OPENAI_TIMEOUT_SECONDS": "2"}
    with running(1, dsn, tmp_path, **hasty) as [server]:
        yield server
