"""`sigmasight run`: Litestar's own command, on the settings' database."""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, Final, cast

import psutil
from litestar.cli._utils import LitestarEnv
from litestar.cli.commands.core import run_command
from uvicorn.config import HTTP_PROTOCOLS

from sigmasight.entrypoints.composition import database
from sigmasight.entrypoints.supervision import COMMAND_PID
from sigmasight.settings import Settings

__all__ = ["run_command", "serve"]

SERVER: Final = "sigmasight.entrypoints.server:create_server"
PROTOCOL: Final = "sigmasight.entrypoints.http.protocol:BoundedProtocol"


def serve() -> LitestarEnv:
    """Return the application that the settings describe."""
    return LitestarEnv.from_env(SERVER)


_litestar_run = cast("Callable[..., None]", run_command.callback)


@wraps(_litestar_run)
def _run(*arguments: Any, wc: int, **options: Any) -> None:
    signal.signal(signal.SIGTERM, _stop_workers)
    with (
        database(Settings.load_for_serving()) as address,
        TemporaryDirectory(prefix="sigmasight-metrics-") as metrics,
    ):
        os.environ["DATABASE_URL"] = address
        if wc > 1:  # several processes combine their metrics in a folder
            os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", metrics)
            os.environ[COMMAND_PID] = str(os.getpid())
        os.environ["UVICORN_HTTP"] = PROTOCOL  # for uvicorn's own command, which starts workers
        HTTP_PROTOCOLS["auto"] = PROTOCOL
        _litestar_run(*arguments, wc=wc, **options)


def _stop_workers(number: int, _frame: FrameType | None) -> None:
    """Stop the worker processes before their parent."""
    workers = psutil.Process().children()
    for worker in workers:
        worker.send_signal(number)
    psutil.wait_procs(workers)
    sys.exit(128 + number)


run_command.callback = _run
run_command.help = """Serve the API.

Settings come from the environment and `.env`; README.md lists them.
"""
for option in run_command.params:
    if option.name == "wc":  # Litestar's name; --workers is the usual one
        option.opts.append("--workers")
