"""A large import in one request: every row is right, and memory is bounded."""

import asyncio
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.builders.csv_files import HEADER
from tests.support.servers.api_client import client_of
from tests.support.servers.api_servers import running

ANN = a_person("ann")
MEBIBYTE: Final = 2**20
FORM: Final = {"portfolio_name": "P", "account_type": "ira", "equity_balance": "1"}
KEPT: Final = """
SELECT count(*) AS positions, count(DISTINCT symbol) AS symbols, sum(quantity) AS quantity,
    count(*) FILTER (WHERE right(symbol, -1)::int = quantity - 1) AS right_quantities,
    bool_and(in_order) AS in_order
FROM (
    SELECT symbol, quantity, quantity > lag(quantity, 1, 0) OVER (ORDER BY created_at, id)
        AS in_order
    FROM positions
) AS listed
"""


def a_file(count: int) -> bytes:
    rows = [f"S{n},{n + 1},12.5,2024-01-{n % 28 + 1:02}" for n in range(count)]
    return "\n".join([HEADER, *rows]).encode()


async def peak_of(process: psutil.Process, done: asyncio.Event) -> int:
    """Return the most memory a process has had until something was done."""
    peak = 0
    while not done.is_set():
        peak = max(peak, process.memory_info().rss)
        await asyncio.sleep(0.01)
    return peak


@pytest.mark.parametrize(
    ("count", "memory"),
    [
        (20_000, 50 * MEBIBYTE),
        pytest.param(100_000, 100 * MEBIBYTE, marks=pytest.mark.long("100,000 rows")),
    ],
)
async def test_a_large_file_is_imported_in_one_request_and_in_bounded_memory(
    dsn: str, rows: Rows, tmp_path: Path, count: int, memory: int
) -> None:
    await rows.add_user(ANN)
    content = a_file(count)
    done = asyncio.Event()

    with running(1, dsn, tmp_path) as servers:
        process = psutil.Process(servers[0].process.pid)
        async with client_of(*servers) as api:
            way, token = "/onboarding/create-portfolio", ANN.token()
            small = await api.upload(way, token, {**FORM, "account_name": "a"}, csv_file=a_file(1))
            await rows.all("DELETE FROM positions")
            before = process.memory_info().rss
            peak = asyncio.create_task(peak_of(process, done))
            answer = await api.upload(way, token, {**FORM, "account_name": "b"}, csv_file=content)
            done.set()
            grown = await peak - before

    assert (small.status_code, answer.status_code) == (201, 201), answer.text
    assert answer.json()["positions_imported"] == count
    [kept] = await rows.all(KEPT)
    assert kept == {
        "positions": count,
        "symbols": count,
        "quantity": count * (count + 1) // 2,
        "right_quantities": count,
        "in_order": True,
    }
    assert grown < memory
