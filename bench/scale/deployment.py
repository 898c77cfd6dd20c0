"""Three servers behind HAProxy, two workers, PgBouncer, and a primary with a standby."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from sigmasight.adapters.postgres.schema import upgrade
from tests.integration.outages.database.stoppable_postgres import (
    OwnPostgres,
    own_postgres,
    require_standby,
)
from tests.support.servers.api_servers import UVICORN, Server, free_port, settings_of
from tests.support.servers.debian import find_program
from tests.support.servers.os_user import OS_USER
from tests.support.servers.pooler import write_configuration

ROOT: Final = Path(__file__).parents[2]
SERVERS: Final = 3
WORKERS: Final = 2
DRAIN_SECONDS: Final = 3
POOL_SIZE: Final = 20
LOGIN_RETRY: Final = 1
"""In seconds, so that a failover is noticed at once."""
BALANCER: Final = ROOT / "deploy" / "haproxy" / "haproxy.cfg"


@dataclass
class Program:
    """A process that is started again after it has ended."""

    command: Sequence[str]
    settings: dict[str, str]
    log: Path
    user: str | None = None
    process: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                env={"PATH": f"{os.environ['PATH']}:/usr/sbin", **self.settings},
                cwd=self.log.parent,
                stdout=output,
                stderr=output,
                user=self.user,
            )

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.wait(60)

    def restart(self, number: signal.Signals = signal.SIGKILL) -> None:
        self.end(number)
        self.start()


@dataclass
class Deployment:
    """What runs, where its clients go, and what can happen to it."""

    folder: Path
    primary: OwnPostgres
    standby: OwnPostgres
    url: str
    servers: Sequence[Program]
    workers: Sequence[Program]
    pooler: Program
    pooler_port: int

    @property
    def current(self) -> OwnPostgres:
        """The Postgres that is written to."""
        return self.primary if self.primary.running else self.standby

    def fail_over(self) -> None:
        """Lose the primary, promote the standby, and send the pooler there."""
        self.primary.crash()
        self.standby.promote()
        _write_pooler(self.folder, self.pooler_port, self.standby)
        self.pooler.process.send_signal(signal.SIGHUP)

    def disturbances(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield what happens, one after the other."""
        for number, server in enumerate(self.servers, 1):
            yield f"kill -9 server {number}", server.restart
        for number, server in enumerate(self.servers, 1):
            yield f"roll server {number}", partial(server.restart, signal.SIGTERM)
        for number, worker in enumerate(self.workers, 1):
            yield f"kill -9 worker {number}", worker.restart
        yield "kill -9 PgBouncer", self.pooler.restart
        yield "lose the primary, promote the standby", self.fail_over


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """Run all of it; everything ends with the block."""
    with ExitStack() as stack:
        primary = stack.enter_context(own_postgres(folder))
        upgrade(primary.dsn)
        standby = stack.enter_context(primary.standby())
        asyncio.run(require_standby(primary))
        pooler_port = free_port()
        pooler = Program(
            [find_program("pgbouncer"), "-q", str(_write_pooler(folder, pooler_port, primary))],
            {},
            folder / "pgbouncer.log",
            OS_USER,
        )
        address = f"postgresql://postgres@127.0.0.1:{pooler_port}/postgres"
        settings = {
            **settings_of(address),
            "DATABASE_PREPARED_STATEMENTS": "false",
            "DRAIN_SECONDS": str(DRAIN_SECONDS),
            "INVITE_CODE_ENABLED": "false",
            "TIER_LIMITS": '{"free": {"max_portfolios": null, "max_ai_messages": null}}',
            "PYTHONPATH": str(ROOT / "src"),
        }
        _start(stack, pooler)
        ports = [free_port() for _ in range(SERVERS)]
        servers = [_server(folder, settings, port) for port in ports]
        workers = [_worker(folder, settings, number) for number in range(WORKERS)]
        balancer_port = free_port()
        balancer = Program(
            [find_program("haproxy"), "-f", str(_write_balancer(folder, balancer_port, ports))],
            {},
            folder / "haproxy.log",
        )
        _start(stack, *servers, *workers, balancer)
        for port, program in zip(ports, servers, strict=True):
            probe = Server(port, folder, {})
            probe.process = program.process
            probe.await_answer()
        url = f"http://127.0.0.1:{balancer_port}"
        yield Deployment(folder, primary, standby, url, servers, workers, pooler, pooler_port)


def _start(stack: ExitStack, *programs: Program) -> None:
    for program in programs:
        program.start()
        stack.callback(program.end)


def _server(folder: Path, settings: dict[str, str], port: int) -> Program:
    command = [sys.executable, "-m", "uvicorn", *UVICORN, "--port", str(port)]
    return Program(command, settings, folder / f"server-{port}.log")


def _worker(folder: Path, settings: dict[str, str], number: int) -> Program:
    run = "from sigmasight.entrypoints.cli.main import main; main()"
    return Program([sys.executable, "-c", run, "worker"], settings, folder / f"worker-{number}.log")


def _write_pooler(folder: Path, port: int, postgres: OwnPostgres) -> Path:
    file = folder / "pgbouncer.ini"
    server = f"host={postgres.data} port=5432 user=postgres"
    write_configuration(file, server, port, pool_size=POOL_SIZE, login_retry=LOGIN_RETRY)
    return file


def _write_balancer(folder: Path, port: int, servers: Sequence[int]) -> Path:
    """Write the configuration of `deploy`, for these servers."""
    deployed = BALANCER.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    lines = [line for line in deployed.splitlines() if not line.startswith("    server ")]
    lines += [f"    server s{each} 127.0.0.1:{each}" for each in servers]
    file = folder / "haproxy.cfg"
    file.write_text("\n".join([*lines, ""]))
    return file
