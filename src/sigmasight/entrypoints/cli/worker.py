"""`sigmasight worker`: run background jobs on the settings' database."""

import asyncio
import signal

import rich_click as click

from sigmasight.entrypoints.composition import build_container, database
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.entrypoints.worker import Worker
from sigmasight.settings import Settings


@click.command(name="worker")
def worker_command() -> None:
    """Run background jobs; any number of workers may run, on any number of machines."""
    settings = Settings.load()
    configure_logging(settings)
    with database(settings) as address:
        asyncio.run(_run(Settings.load(database_url=address)))


async def _run(settings: Settings) -> None:
    container = build_container(settings)
    worker = Worker(container)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, worker.stop)
    try:
        await worker.run()
    finally:
        await container.close()
