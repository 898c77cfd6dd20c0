"""An operator at a terminal: the real command, and what it answers."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from sigmasight.entrypoints.local.clerk.signing import SECRET_KEY
from tests.support.fakes.clerk import FakeClerk

ROOT: Final = Path(__file__).parents[3]
FRAME: Final = re.compile("[─│╭╮╰╯]")


@dataclass(frozen=True)
class Answer:
    """What a command said, and the code it ended with."""

    code: int
    text: str
    complaint: str
    """Standard error, as one line without the frame around it."""

    @property
    def rows(self) -> Any:
        """What it said in JSON, and nothing else."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Terminal:
    """A process that runs the command without loading it each time."""

    orders: IO[str]
    codes: IO[str]

    def run(self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Answer:
        output, errors = folder / "stdout", folder / "stderr"
        order = {
            "arguments": arguments,
            "environment": environment,
            "folder": str(folder),
            "output": str(output),
            "errors": str(errors),
        }
        self.orders.write(f"{json.dumps(order)}\n")
        self.orders.flush()
        code, complaint = int(self.codes.readline()), errors.read_text()
        assert "Traceback" not in complaint, complaint
        return Answer(code, output.read_text(), " ".join(FRAME.sub(" ", complaint).split()))


@contextmanager
def terminal() -> Iterator[Terminal]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.cli.command_server"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Terminal(process.stdin, process.stdout)


@dataclass(frozen=True)
class Desk:
    """Where commands are typed: a folder without settings of its own, and a database."""

    terminal: Terminal
    folder: Path
    dsn: str

    async def run(self, *arguments: str, **settings: str) -> Answer:
        environment = {"PATH": os.environ["PATH"], "DATABASE_URL": self.dsn, **settings}
        return await asyncio.to_thread(self.terminal.run, arguments, self.folder, environment)

    async def both(self, *arguments: str, **settings: str) -> tuple[Answer, Answer]:
        """Run a command as people do, then as programs do."""
        plain = await self.run(*arguments, **settings)
        return plain, await self.run(*arguments, "--json", **settings)

    async def refused(self, *arguments: str, **settings: str) -> str:
        """Return why a command did nothing."""
        answer = await self.run(*arguments, **settings)
        assert (answer.code, answer.text) == (2, ""), answer
        return answer.complaint


def asking(clerk: FakeClerk) -> dict[str, str]:
    """Return the settings by which commands ask that Clerk."""
    return {"CLERK_API_URL": f"{clerk.url}/v1", "CLERK_SECRET_KEY": SECRET_KEY}
