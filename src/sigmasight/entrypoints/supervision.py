"""Worker processes end with those that started them, however these end."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import Final

import structlog
from litestar import Litestar

COMMAND_PID: Final = "SIGMASIGHT_COMMAND_PID"
"""The variable in which `sigmasight run` names itself to the processes of its workers."""

logger = structlog.stdlib.get_logger()


@asynccontextmanager
async def supervised(_: Litestar) -> AsyncGenerator[None]:
    """End this process gracefully once the command, or the parent that it started, is gone.

    On Linux alone: elsewhere, nothing watches.
    """
    command, parent = os.environ.get(COMMAND_PID), os.getppid()
    if command is None or not hasattr(os, "pidfd_open"):
        yield
        return
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        for pid in {int(command), parent}:
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                _end(parent)
                break
            stack.callback(os.close, descriptor)
            loop.add_reader(descriptor, _end_once, loop, descriptor, parent)
            stack.callback(loop.remove_reader, descriptor)
        yield


def _end_once(loop: asyncio.AbstractEventLoop, descriptor: int, parent: int) -> None:
    loop.remove_reader(descriptor)
    _end(parent)


def _end(parent: int) -> None:
    """End the parent, too, so that it starts no other worker."""
    logger.warning("supervisor gone", remedy="Start `sigmasight run` again.")
    if os.getppid() == parent:
        with suppress(ProcessLookupError):
            os.kill(parent, signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
