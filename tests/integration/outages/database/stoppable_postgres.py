"""A Postgres for one test, which can be stopped, frozen and restarted."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from sigmasight.adapters.postgres.embedded import embedded_postgres

OS_USER: Final = "pgserver"
"""Whom the embedded Postgres runs as where we are root."""


class OwnPostgres:
    def __init__(self, dsn: str, data: Path) -> None:
        self.dsn = dsn
        self._data = data
        self._command = shlex.split((data / "postmaster.opts").read_text())

    @property
    def running(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    def crash(self) -> None:
        """End it at once: no goodbye to its clients, no checkpoint."""
        postmaster = self._postmaster()
        postmaster.send_signal(signal.SIGQUIT)
        postmaster.wait(30)

    def start(self) -> None:
        """Start it again as it was first started, and wait until it takes connections."""
        binary, *options = self._command
        subprocess.run(  # noqa: S603
            [
                *(str(Path(binary).with_name("pg_ctl")), "-w", "-D", str(self._data)),
                *("-l", str(self._data / "log"), "-o", shlex.join(without_data(options)), "start"),
            ],
            cwd=self._data,
            user=OS_USER if os.geteuid() == 0 else None,
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
        return psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))


def without_data(options: list[str]) -> list[str]:
    """Leave out the data folder, which pg_ctl adds by itself."""
    at = options.index("-D")
    return options[:at] + options[at + 2 :]


@contextmanager
def own_postgres(directory: Path) -> Iterator[OwnPostgres]:
    data = directory / "postgres"
    with embedded_postgres(data) as dsn:
        postgres = OwnPostgres(dsn, data)
        yield postgres
        if postgres.running:
            postgres.crash()
