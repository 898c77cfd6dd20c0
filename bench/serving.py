"""What is measured: our server and its floor, each a process, on one Postgres."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from sigmasight.adapters.postgres.embedded import embedded_postgres
from sigmasight.adapters.postgres.schema import upgrade
from sigmasight.entrypoints.local.clerk import named_accounts
from sigmasight.entrypoints.local.clerk.signing import LocalClerk, Secrets
from tests.support.servers.api_servers import free_port

CALLER: Final = "bench"


@dataclass(frozen=True)
class Stage:
    """Where the servers listen, what they keep, and who signs what they are sent."""

    api: str
    floor: str
    model: str
    database: str
    clerk: LocalClerk


@contextmanager
def stage() -> Iterator[Stage]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir="/tmp")))
        database = stack.enter_context(embedded_postgres(folder / "postgres"))
        upgrade(database)
        clerk = LocalClerk("http://127.0.0.1", "", Secrets.generate())
        model = stack.enter_context(_model(folder / "model.log"))
        environment = {
            "DATABASE_URL": database,
            "BENCH_CALLER": named_accounts.account_id(CALLER),
            "CLERK_ISSUER": clerk.url,
            "CLERK_JWT_KEY": clerk.key.as_pem(private=False).decode(),
            "CLERK_WEBHOOK_SECRET": clerk.secrets.webhook_secret,
            "INVITE_CODE_ENABLED": "false",
            "TIER_LIMITS": '{"free": {"max_ai_messages": null}}',
            "OPENAI_BASE_URL": model,
            "WORKER_ENABLED": "false",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
        }
        apps = {"api": "--factory sigmasight.entrypoints.server:create_server"}
        apps["floor"] = "bench.floor:app"
        urls = {
            name: stack.enter_context(_serving(app, environment, folder / f"{name}.log"))
            for name, app in apps.items()
        }
        yield Stage(urls["api"], urls["floor"], model, database, clerk)


@contextmanager
def _serving(app: str, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Run an application in a process of its own and yield its address."""
    uvicorn = ["uvicorn", *app.split(), "--loop", "uvloop", "--http", "httptools"]
    port = free_port()
    with _running([*uvicorn, "--no-access-log", "--port", str(port)], port, environment, log):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _model(log: Path) -> Iterator[str]:
    """Run a language model's server that answers at once, and yield its address."""
    port = free_port()
    with _running(["tests.support.servers.model_server", str(port)], port, {}, log):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def _running(
    module: Sequence[str], port: int, environment: Mapping[str, str], log: Path
) -> Iterator[None]:
    with log.open("w") as output:
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *module],
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}", server, log)
            yield
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            break
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"A server did not start:\n{log.read_text()}")
