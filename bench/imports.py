"""An import of a hundred thousand rows against `csv.reader`, Decimal, date and one COPY of them.

Meanwhile small requests show how long the event loop is kept from others; the same to an idle
server show how much of that is the machine's.
"""

import asyncio
import csv
import gc
import io
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median, quantiles
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
from rich.console import Console

from bench.report import Rates, rounds, show, verdict
from bench.serving import CALLER, Stage
from sigmasight.domain.portfolios.csv_import.template import COLUMNS
from sigmasight.entrypoints.local.clerk import named_accounts

TITLE: Final = "POST /onboarding/create-portfolio"
ROWS: Final = 100_000
FORM: Final = {
    "portfolio_name": "Bench",
    "account_name": "Bench",
    "account_type": "taxable",
    "equity_balance": "1000000",
}
TARGET: Final = 0.35
OWNED: Final = """
INSERT INTO users (id, email) VALUES ($1, 'bare@bench') ON CONFLICT DO NOTHING
"""
INTO: Final = """
INSERT INTO portfolios (user_id, id, name, account_name) VALUES ($1, $2, 'x', $3)
"""
FIELDS: Final = (
    *("user_id", "id", "portfolio_id", "symbol", "quantity", "entry_price", "entry_date"),
    *("position_type", "investment_class", "investment_subtype"),
)
PAUSE: Final = 0.005


@dataclass(slots=True)
class Waits:
    """What small requests took, in milliseconds: of the server that imports, and of an idle one."""

    ours: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)


def measure(stage: Stage, console: Console) -> None:
    content = a_file()
    token = stage.clerk.signed_in(named_accounts.ensure_account(stage.clerk.instance, CALLER).id)
    invite(stage, token)
    waits = Waits()

    def a_round() -> Rates:
        bare = asyncio.run(_bare(stage.database, content))
        return ROWS / bare, ROWS / _import(stage, token, content, waits)

    ratio = show(console, TITLE, rounds(console, TITLE, a_round), "rows")
    console.print(f"Median ratio {verdict(ratio, TARGET, '.2f')}")
    for name, took in (("Meanwhile", waits.ours), ("An idle server beside it", waits.idle)):
        console.print(
            f"{name}, {len(took):,} small requests: median {median(took):.1f} ms,"
            f" 99 % under {quantiles(took, n=100)[-1]:.1f} ms, longest {max(took):.1f} ms"
        )


def invite(stage: Stage, token: str) -> None:
    httpx.post(
        f"{stage.api}/api/v1/onboarding/validate-invite",
        headers={"Authorization": f"Bearer {token}"},
        json={"invite_code": "BENCH"},
    ).raise_for_status()


def a_file() -> bytes:
    rows = [f"S{n},{n + 1}.5,12.50,2024-01-{n % 28 + 1:02},PUBLIC,STOCK,,,,,," for n in range(ROWS)]
    return "\n".join([",".join(COLUMNS.values()), *rows]).encode()


async def _bare(database: str, content: bytes) -> float:
    """Return how long reading the cells and one COPY of them takes, in seconds."""
    connection = await asyncpg.connect(database)
    owner, portfolio = UUID(int=4712), uuid4()
    try:
        await connection.execute(OWNED, owner)
        await connection.execute(INTO, owner, portfolio, str(portfolio))
        began = time.perf_counter()
        reader = csv.reader(io.StringIO(content.decode(), newline=""))
        next(reader)
        records = [
            (
                owner,
                uuid4(),
                portfolio,
                symbol,
                Decimal(quantity),
                Decimal(price),
                date.fromisoformat(day),
                "LONG",
                kind,
                subtype,
            )
            for symbol, quantity, price, day, kind, subtype, *_ in reader
        ]
        await connection.copy_records_to_table("positions", records=records, columns=FIELDS)
        return time.perf_counter() - began
    finally:
        await connection.execute("DELETE FROM portfolios WHERE user_id = $1", owner)
        await connection.close()


def _import(stage: Stage, token: str, content: bytes, waits: Waits) -> float:
    """Import a file, delete what it made, and return how long the import took, in seconds."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{stage.api}/api/v1", headers=headers, timeout=120) as client:
        with beating(stage.api, waits.ours), beating(stage.floor, waits.idle):
            began = time.perf_counter()
            answer = client.post(
                "/onboarding/create-portfolio",
                data=FORM,
                files={"csv_file": ("positions.csv", content, "text/csv")},
            )
            took = time.perf_counter() - began
        made = answer.raise_for_status().json()["portfolio_id"]
        client.delete(f"/portfolios/{made}").raise_for_status()
        return took


@contextmanager
def beating(url: str, waits: list[float]) -> Iterator[None]:
    """Ask a server for something small again and again, in a process that does nothing else."""
    over = multiprocessing.Event()
    told: multiprocessing.SimpleQueue[list[float]] = multiprocessing.SimpleQueue()
    heart = multiprocessing.Process(target=_beat, args=(url, over, told))
    heart.start()
    try:
        yield
    finally:
        over.set()
        waits += told.get()
        heart.join()


def _beat(url: str, over: Any, told: Any) -> None:
    gc.freeze()  # what was forked along would be walked for 200 ms
    waits: list[float] = []
    with httpx.Client(base_url=url) as client:
        client.get("/health/live")
        while not over.is_set():
            began = time.perf_counter()
            client.get("/health/live")
            waits.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE)
    told.put(waits)
