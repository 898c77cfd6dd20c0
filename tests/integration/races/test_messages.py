"""AI messages reserved concurrently by three processes: never more or fewer than the limit."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import pytest

from tests.integration.database_rows import Rows
from tests.integration.races.message_reserver import NOON
from tests.support.builders.clerk_users import a_person

ROOT: Final = Path(__file__).parents[3]
PROCESSES: Final = 3


def take_at_once(dsn: str, user: UUID, count: int) -> tuple[int, int]:
    """Have three processes take messages, and return how many were taken and refused."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(  # noqa: S603
                    [
                        sys.executable,
                        "-m",
                        "tests.integration.races.message_reserver",
                        dsn,
                        str(user),
                        share,
                    ],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for share in shares(count)
        ]
        for process in processes:
            assert read_line(process.stdout) == "ready"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [read_line(process.stdout).split() for process in processes]
    taken, refused = (sum(int(answer[place]) for answer in answers) for place in (0, 1))
    return taken, refused


def shares(count: int) -> list[str]:
    return [str(count // PROCESSES + (place < count % PROCESSES)) for place in range(PROCESSES)]


def read_line(output: IO[str] | None) -> str:
    assert output
    return output.readline().strip()


@pytest.mark.parametrize(
    ("tier", "used", "asked", "left"), [("free", 99, 1_000, 1), ("paid", 0, 5_000, 1_000)]
)
async def test_of_many_concurrent_reservations_exactly_the_remaining_succeed(  # noqa: PLR0913
    dsn: str, rows: Rows, *, tier: str, used: int, asked: int, left: int
) -> None:
    user = await rows.add_user(
        a_person("ann"), tier=tier, ai_messages_used=used, ai_messages_reset_at=NOON
    )

    taken, refused = take_at_once(dsn, user, asked)

    [counter] = await rows.all("SELECT ai_messages_used FROM users")
    [ledger] = await rows.all("SELECT sum(amount) AS sum, count(*) AS count FROM ai_message_ledger")
    assert (taken, refused) == (left, asked - left)
    assert counter["ai_messages_used"] == used + left
    assert ledger["sum"] == ledger["count"] == left
