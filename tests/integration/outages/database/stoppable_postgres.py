"""A Postgres for one test, which can be stopped, frozen and restarted."""

import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from sigmasight.adapters.postgres.embedded import embedded_postgres
from tests.integration.polling import until
from tests.support.servers.os_user import OS_USER

FOLLOWS: Final = "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"


class OwnPostgres:
    def __init__(self, dsn: str, data: Path, command: list[str]) -> None:
        self.dsn = dsn
        self.data = data
        self._command = command

    @property
    def running(self) -> bool:
        return (self.data / "postmaster.pid").exists()

    def crash(self) -> None:
        """End it at once: no goodbye to its clients, no checkpoint."""
        postmaster = self._postmaster()
        postmaster.send_signal(signal.SIGQUIT)
        postmaster.wait(30)

    def start(self) -> None:
        """Start it again as it was first started, and wait until it takes connections."""
        _, *options = self._command
        log = str(self.data / "log")
        self._run("pg_ctl", "-w", "-l", log, "-o", shlex.join(without_data(options)), "start")

    @contextmanager
    def standby(self) -> Iterator["OwnPostgres"]:
        """Run a copy that follows this one, in a folder beside it."""
        data = self.data.with_name("standby")
        data.mkdir(mode=0o700)
        if OS_USER:
            shutil.chown(data, OS_USER, OS_USER)
        source = ("-h", str(self.data), "-U", "postgres")
        self._run("pg_basebackup", "-R", "-c", "fast", *source, data=data)
        (data / ".s.PGSQL.5432.lock").unlink()
        dsn = self.dsn.replace(str(self.data), str(data))
        standby = OwnPostgres(
            dsn, data, [self._command[0], "-D", str(data), "-h", "", "-k", str(data)]
        )
        standby.start()
        try:
            yield standby
        finally:
            standby.crash()

    def promote(self) -> None:
        """Make a standby the primary."""
        self._run("pg_ctl", "-w", "promote")

    def _run(self, tool: str, *arguments: str, data: Path | None = None) -> None:
        """Run one of Postgres's tools on its data, or on those in another folder."""
        data = data or self.data
        subprocess.run(  # noqa: S603
            [str(Path(self._command[0]).with_name(tool)), "-D", str(data), *arguments],
            cwd=data,
            user=OS_USER,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    @contextmanager
    def crashed(self) -> Iterator[None]:
        self.crash()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes without ending them: connections stand, nothing answers."""
        postmaster = self._postmaster()
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                process.resume()

    def _postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))


async def require_standby(primary: OwnPostgres) -> None:
    """Have every commit wait for the standby from now on, and return once it follows."""
    connection = await asyncpg.connect(primary.dsn)
    await connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
    await connection.execute("SELECT pg_reload_conf()")
    await until(lambda: connection.fetchval(FOLLOWS), "a synchronous standby")
    await connection.close()


def without_data(options: list[str]) -> list[str]:
    """Leave out the data folder, which pg_ctl adds by itself."""
    at = options.index("-D")
    return options[:at] + options[at + 2 :]


@contextmanager
def own_postgres(directory: Path) -> Iterator[OwnPostgres]:
    data = directory / "postgres"
    with embedded_postgres(data) as dsn:
        command = shlex.split((data / "postmaster.opts").read_text())
        postgres = OwnPostgres(dsn, data, command)
        yield postgres
        if postgres.running:
            postgres.crash()
