"""`sigmasight dev`: Postgres, migrations, demo data, a local Clerk and the API, in one process."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any, Final

import psutil
import rich_click as click
from dishka import Provider, Scope, provide
from filelock import FileLock, Timeout
from rich.console import Console
from rich.table import Table

from sigmasight.adapters.postgres.embedded import HOME, embedded_postgres
from sigmasight.adapters.postgres.schema import upgrade
from sigmasight.domain.portfolios.market_data import DataSource
from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.http.providers import build_http_container
from sigmasight.entrypoints.local import fundamentals, prices, profiles
from sigmasight.entrypoints.local.clerk.server import create_clerk
from sigmasight.entrypoints.local.clerk.signing import ORIGINS, LocalClerk
from sigmasight.entrypoints.local.clerk.storage import load
from sigmasight.entrypoints.local.console.app import with_console
from sigmasight.entrypoints.local.console.visitor import Services
from sigmasight.entrypoints.local.demo import seed
from sigmasight.entrypoints.local.demo_users import BEN, DEMO_USERS
from sigmasight.entrypoints.local.embedded_server import HOST, EmbeddedServer, serve_in_thread
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.settings import Settings

INVITE_CODE: Final = "SIGMA-DEV"
TWELVE_HOURS: Final = 12 * 3600
PORT: Final = click.IntRange(1, 65_535)


class SyntheticData(Provider):
    scope = Scope.APP

    @provide(override=True)
    def data_source(self) -> DataSource:
        return DataSource("synthetic, made up by sigmasight dev")


@click.command(name="dev")
@click.option("--port", default=8000, show_default=True, type=PORT, help="The API's port.")
@click.option(
    "--clerk-port", default=8001, show_default=True, type=PORT, help="The local Clerk's port."
)
def dev_command(port: int, clerk_port: int) -> None:
    """Run everything on this machine: no account, no Docker, no network."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit_on_signal)
    console = Console()
    HOME.mkdir(exist_ok=True)
    with _exclusive_lock(), console.status("Checking ports …") as status:
        _require_free(port, "--port")
        _require_free(clerk_port, "--clerk-port")
        status.update("Starting Postgres …")
        with embedded_postgres(HOME / "postgres") as address:
            status.update("Migrating the database …")
            upgrade(address)
            secrets, instance = load(HOME / "clerk.json")
            clerk = LocalClerk(
                f"http://{HOST}:{clerk_port}", f"http://{HOST}:{port}", secrets, instance
            )
            settings = _settings(address, clerk)
            configure_logging(settings.model_copy(update={"log_level": "WARNING"}))
            status.update("Creating the demo users …")
            asyncio.run(seed(settings, clerk, INVITE_CODE))
            configure_logging(settings)
            status.stop()
            with serve_in_thread(create_clerk(clerk), clerk_port):
                _serve_api(settings, port, clerk, on_started=partial(_show, console, clerk))
    console.print("Stopped. The data is in .sigmasight; `make clean` removes it.")


def _settings(address: str, clerk: LocalClerk) -> Settings:
    """Return the environment's settings, with all external services replaced by local ones."""
    local = dict[str, Any](
        database_url=address,
        clerk_domain=None,
        clerk_issuer=clerk.url,
        clerk_jwks_url=f"{clerk.url}/.well-known/jwks.json",
        clerk_jwt_key=None,
        clerk_api_url=f"{clerk.url}/v1",
        clerk_secret_key=clerk.secret_key,
        next_public_clerk_publishable_key=clerk.publishable_key,
        clerk_webhook_secret=[clerk.secrets.webhook_secret],
        beta_invite_code=[INVITE_CODE],
    )
    own = Settings.load(**local)
    return Settings.load_for_serving(
        clerk_authorized_parties=[*ORIGINS, *own.clerk_authorized_parties],
        cors_allowed_origins=[*ORIGINS, *own.cors_allowed_origins],
        **local,
    )


@contextmanager
def _exclusive_lock() -> Iterator[None]:
    lock = FileLock(HOME / "dev.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise click.ClickException(
            "Another `sigmasight dev` is running in this folder. Stop it with Ctrl-C, or use it."
        ) from None
    with lock:
        yield


def _require_free(port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise click.ClickException(
                f"Port {port} is not free{_process_on(port)}."
                f" Stop what uses it, or choose another: sigmasight dev {option} {port + 100}"
            ) from None


def _process_on(port: int) -> str:
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return f": {psutil.Process(connection.pid).name()} (pid {connection.pid}) uses it"
    return ""


def _serve_api(
    settings: Settings, port: int, clerk: LocalClerk, on_started: Callable[[], None]
) -> None:
    container = build_http_container(settings, SyntheticData())
    services = Services(clerk.api_url, clerk.url, clerk.secret_key, INVITE_CODE)
    app = with_console(create_app(container, settings), services)
    server = EmbeddedServer(app, port, on_started)
    with suppress(KeyboardInterrupt):  # Ctrl-C is the way to stop the server
        server.run()
    if not server.started:
        raise click.ClickException("The API did not start; see the log above.")


def _show(console: Console, clerk: LocalClerk) -> None:
    places = Table("What", "Where", title="SigmaSight is running", title_justify="left")
    places.add_row("Console", f"{clerk.api_url}/")
    places.add_row("API", f"{clerk.api_url}/api/v1")
    places.add_row("Its description", f"{clerk.api_url}/schema")
    places.add_row("Health, metrics", f"{clerk.api_url}/health, …/metrics")
    places.add_row("Clerk's keys", f"{clerk.url}/.well-known/jwks.json")
    places.add_row("A session token", f"{clerk.url}/tokens/NAME")
    places.add_row("A webhook", f"POST {clerk.url}/webhooks/NAME/EVENT")
    places.add_row("Prices", f"synthetic: {', '.join(prices.SYNTHETIC)}")
    places.add_row("Profiles", f"synthetic: {', '.join(profiles.COMPANIES)}")
    places.add_row("Fundamentals", f"synthetic: {', '.join(fundamentals.SYNTHETIC)}")
    users = Table(
        "NAME", "Tier", "Invite validated", title="Demo users, as created", title_justify="left"
    )
    for user in DEMO_USERS.values():
        invited = "yes" if user.invited else f"no; the code is {INVITE_CODE}"
        users.add_row(user.name, "paid" if user.paid else "free", invited)
    users.add_row("any other", "free", "no; created with their first token")
    console.print(places, users)
    console.print("Try it (this token is valid for twelve hours; Clerk's for one minute):\n")
    token = clerk.signed_in(BEN.clerk_user_id, TWELVE_HOURS)
    call = f"curl -s {clerk.api_url}/api/v1/auth/me -H 'Authorization: Bearer {token}'"
    print(call, flush=True)  # noqa: T201  unwrapped, so that it can be pasted
    console.print("\nCtrl-C stops everything.\n")


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    """Exit with cleanup on a signal that would end the process at once."""
    sys.exit(128 + number)
