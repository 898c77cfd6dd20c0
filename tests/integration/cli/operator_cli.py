"""The real command as an operator runs it, and its output."""

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
from tests.support.servers.pooler import database_settings

ROOT: Final = Path(__file__).parents[3]
FRAME: Final = re.compile("[─│╭╮╰╯]")


@dataclass(frozen=True)
class CommandResult:
    """The output and the exit code of a command."""

    code: int
    text: str
    error_output: str
    """Standard error, as one line without the frame around it."""

    @property
    def rows(self) -> Any:
        """Its output, parsed as JSON."""
        return json.loads(self.text)


@dataclass(frozen=True)
class CommandProcess:
    """A process that has the command loaded and forks for each run."""

    orders: IO[str]
    codes: IO[str]

    def run(
        self,
        arguments: tuple[str, ...],
        folder: Path,
        environment: dict[str, str],
        columns: int | None = None,
    ) -> CommandResult:
        """Run a command, at a terminal of that width if there is one."""
        output, errors = folder / "stdout", folder / "stderr"
        order = {
            "arguments": arguments,
            "environment": environment,
            "folder": str(folder),
            "output": str(output),
            "errors": str(errors),
            "columns": columns,
        }
        self.orders.write(f"{json.dumps(order)}\n")
        self.orders.flush()
        code, error_output = int(self.codes.readline()), errors.read_text()
        assert "Traceback" not in error_output, error_output
        return CommandResult(
            code, output.read_text(), " ".join(FRAME.sub(" ", error_output).split())
        )


@contextmanager
def command_process() -> Iterator[CommandProcess]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.cli.command_server"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        yield CommandProcess(process.stdin, process.stdout)


@dataclass(frozen=True)
class OperatorCli:
    """A folder without settings, in which commands run, and a database."""

    command_process: CommandProcess
    folder: Path
    dsn: str

    async def run(self, *arguments: str, **settings: str) -> CommandResult:
        environment = {"PATH": os.environ["PATH"], **database_settings(self.dsn), **settings}
        return await asyncio.to_thread(
            self.command_process.run, arguments, self.folder, environment
        )

    async def run_both_formats(
        self, *arguments: str, **settings: str
    ) -> tuple[CommandResult, CommandResult]:
        """Run a command without and with `--json`."""
        plain = await self.run(*arguments, **settings)
        return plain, await self.run(*arguments, "--json", **settings)

    async def run_at_terminal(self, *arguments: str, columns: int) -> CommandResult:
        """Run a command at a terminal of that width, which shows errors as well."""
        environment = {**database_settings(self.dsn), "TERM": "xterm", "PATH": os.environ["PATH"]}
        return await asyncio.to_thread(
            self.command_process.run, arguments, self.folder, environment, columns
        )

    async def run_refused(self, *arguments: str, **settings: str) -> str:
        """Return why a command did nothing."""
        answer = await self.run(*arguments, **settings)
        assert (answer.code, answer.text) == (2, ""), answer
        return answer.error_output


def clerk_settings(clerk: FakeClerk) -> dict[str, str]:
    """Return the settings that point commands to that Clerk."""
    return {"CLERK_API_URL": f"{clerk.url}/v1", "CLERK_SECRET_KEY": SECRET_KEY}
