"""Measure `GET /auth/me` against its floor: `make bench`.

Two server processes, one Postgres, the same loop and parser; `wrk` loads them in turn.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from sigmasight.adapters.postgres.embedded import embedded_postgres
from sigmasight.adapters.postgres.migrating import upgrade
from sigmasight.entrypoints.local.clerk import naming
from sigmasight.entrypoints.local.clerk.signing import LocalClerk, Secrets

ROUNDS: Final = 5
SECONDS: Final = 4
CONNECTIONS: Final = 16
TARGET: Final = 0.60
WHO: Final = "bench"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: str, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Run an application in a process of its own and yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", *app.split(), "--port", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(  # noqa: S603
            [*command, "--loop", "uvloop", "--http", "httptools", "--no-access-log"],
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, server, log)
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
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


def load(url: str, token: str) -> float:
    """Return how many requests a second the server answered."""
    wrk = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}s",
        "-H",
        f"Authorization: Bearer {token}",
    ]
    report = subprocess.run(  # noqa: S603
        [*wrk, url], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in report:
        sys.exit(f"{url} refused requests:\n{report}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", report)
    if not found:
        sys.exit(f"wrk said nothing of use:\n{report}")
    return float(found[1])


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk, which is not here. Install it: apt-get install wrk")
    console = Console()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir="/tmp")))
        database = stack.enter_context(embedded_postgres(folder / "postgres"))
        upgrade(database)
        clerk = LocalClerk("http://127.0.0.1", "", Secrets.generate())
        environment = {
            "DATABASE_URL": database,
            "BENCH_CALLER": naming.account_id(WHO),
            "CLERK_ISSUER": clerk.url,
            "CLERK_JWT_KEY": clerk.key.as_pem(private=False).decode(),
            "CLERK_WEBHOOK_SECRET": clerk.secrets.webhook_secret,
            "BETA_INVITE_CODE": "BENCH",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
        }
        api = stack.enter_context(
            serving(
                "--factory sigmasight.entrypoints.server:create_server",
                environment,
                folder / "api.log",
            )
        )
        floor = stack.enter_context(serving("bench.floor:app", environment, folder / "floor.log"))
        token = clerk.signed_in(naming.admit(clerk.instance, WHO).id)
        httpx.get(
            f"{api}/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}
        ).raise_for_status()
        rates = [
            (load(f"{floor}/auth/me", token), load(f"{api}/api/v1/auth/me", token))
            for _ in track(range(ROUNDS), "GET /auth/me …", console=console, transient=True)
        ]
    show(console, rates)


def show(console: Console, rates: list[tuple[float, float]]) -> None:
    table = Table("Round", "Floor", "Ours", "Ratio", title="GET /auth/me, requests a second")
    for number, (bare, ours) in enumerate(rates, 1):
        table.add_row(str(number), f"{bare:,.0f}", f"{ours:,.0f}", f"{ours / bare:.2f}")
    ratio = median(ours / bare for bare, ours in rates)
    colour = "green" if ratio >= TARGET else "red"
    console.print(table)
    console.print(f"Median ratio [{colour}]{ratio:.2f}[/] (aim: at least {TARGET:.2f})")


if __name__ == "__main__":
    main()
