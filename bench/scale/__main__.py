"""Run the deployment under load, disturb it part after part, and report what was lost."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from bench.scale.deployment import Deployment, deployed
from bench.scale.load import Load

SETTLES: Final = 12.0
"""Seconds from one disturbance to the next: time to start again and be found ready."""


async def drill(deployment: Deployment, console: Console) -> bool:
    """Return whether no acknowledged write was lost."""
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=0)
    address = f"{deployment.url}/api/v1"
    async with httpx.AsyncClient(base_url=address, timeout=30, limits=limits) as client:
        load = Load(client)
        await load.prepare()
        load.begin("undisturbed")
        running = asyncio.create_task(load.run())
        await asyncio.sleep(SETTLES)
        for name, disturb in deployment.disturbances():
            console.print(f"{name} …", style="dim")
            load.begin(name)
            await asyncio.to_thread(disturb)
            await asyncio.sleep(SETTLES)
        load.ends = True
        await running
    lost = await load.acknowledged.lost(deployment.current.dsn)
    report(load, console)
    total = sum(lost.values())
    console.print(
        f"{load.acknowledged.count:,} acknowledged writes, {total} lost"
        f" ({', '.join(f'{kind} {count}' for kind, count in lost.items())}).",
        style="red" if total else "green",
    )
    return not total


def report(load: Load, console: Console) -> None:
    table = Table(title="A deployment, part after part of which fails")
    table.add_column("what happens")
    for heading in ("answered", "refused", "failed", "longest gap"):
        table.add_column(heading, justify="right")
    table.add_column("why requests failed")
    for phase in load.phases:
        why = ", ".join(f"{count} of {what}" for what, count in phase.worst.most_common(2))
        counts = (f"{phase.outcomes[each]:,}" for each in ("answered", "refused", "failed"))
        table.add_row(phase.name, *counts, f"{phase.gap:.1f} s", why)
    console.print(table)


def main() -> int:
    console = Console()
    console.print("Starting 3 servers, 2 workers, HAProxy, PgBouncer and 2 Postgres …", style="dim")
    with TemporaryDirectory(dir="/tmp", prefix="sigmasight-scale-") as folder:
        Path(folder).chmod(0o755)
        with deployed(Path(folder)) as deployment:
            return 0 if asyncio.run(drill(deployment, console)) else 1


if __name__ == "__main__":
    sys.exit(main())
