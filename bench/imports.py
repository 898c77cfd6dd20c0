"""An import of a hundred thousand rows against `csv.reader` over the same bytes.

Meanwhile somebody asks whether the process lives, again and again: what that takes shows how
long the event loop was kept from others.
"""

import asyncio
import csv
import io
import time
from statistics import median, quantiles
from typing import Final

import httpx
from rich.console import Console

from bench.report import Rates, rounds, show, verdict
from bench.serving import CALLER, Stage
from sigmasight.domain.portfolios.csv_import.template import COLUMNS
from sigmasight.entrypoints.local.clerk import naming

TITLE: Final = "POST /onboarding/create-portfolio"
ROWS: Final = 100_000
FORM: Final = {
    "portfolio_name": "Bench",
    "account_name": "Bench",
    "account_type": "taxable",
    "equity_balance": "1000000",
}
TARGET: Final = 0.01
PAUSE: Final = 0.005
LONGEST: Final = 50.0
"""Milliseconds the event loop may be kept from others."""


def measure(stage: Stage, console: Console) -> None:
    content = a_file()
    token = stage.clerk.signed_in(naming.admit(stage.clerk.instance, CALLER).id)
    waits: list[float] = []

    def a_round() -> Rates:
        began = time.perf_counter()
        read = sum(1 for _ in csv.reader(io.StringIO(content.decode(), newline="")))
        bare = time.perf_counter() - began
        return read / bare, ROWS / asyncio.run(_import(stage.api, token, content, waits))

    ratio = show(console, TITLE, rounds(console, TITLE, a_round), "rows")
    console.print(f"Median ratio {verdict(ratio, TARGET, '.3f')}")
    console.print(
        f"GET /health/live meanwhile, {len(waits):,} times: median {median(waits):.1f} ms,"
        f" 99 % under {quantiles(waits, n=100)[-1]:.1f} ms, longest {max(waits):.1f} ms"
        f" (aim: at most {LONGEST:.0f} ms)"
    )


def a_file() -> bytes:
    rows = [f"S{n},{n + 1}.5,12.50,2024-01-{n % 28 + 1:02},PUBLIC,STOCK,,,,,," for n in range(ROWS)]
    return "\n".join([",".join(COLUMNS.values()), *rows]).encode()


async def _import(url: str, token: str, content: bytes, waits: list[float]) -> float:
    """Import a file, delete what it made, and return how long the import took, in seconds."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=120) as client:
        invite = {"invite_code": "BENCH"}
        (await client.post("/onboarding/validate-invite", json=invite)).raise_for_status()
        heart = asyncio.create_task(_beat(url, waits))
        began = time.perf_counter()
        answer = await client.post(
            "/onboarding/create-portfolio",
            data=FORM,
            files={"csv_file": ("positions.csv", content, "text/csv")},
        )
        took = time.perf_counter() - began
        heart.cancel()
        made = answer.raise_for_status().json()["portfolio_id"]
        (await client.delete(f"/portfolios/{made}")).raise_for_status()
        return took


async def _beat(url: str, waits: list[float]) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        while True:
            began = time.perf_counter()
            (await client.get("/health/live")).raise_for_status()
            waits.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(PAUSE)
