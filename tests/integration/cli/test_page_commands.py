"""Every `sigmasight` command of every page, as it stands there, one after the other."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from sigmasight.entrypoints.local.clerk.instance import NewAccount
from tests.integration.cli.operator_cli import CommandResult, OperatorCli, clerk_settings
from tests.integration.database_rows import Rows
from tests.integration.postgres.scratch_database import ScratchDatabase, scratch_database
from tests.support.fakes.clerk import FakeClerk
from tests.support.pages import PAGES, ROOT, shell_lines

ANN: Final = "ann@example.com"
API_KEY: Final = "11111111-2222-4333-8444-666666666666"
FAILED_JOB: Final = "99999999-2222-4333-8444-555555555555"
JOB: Final = "11111111-2222-4333-8444-555555555555"
FILES: Final[Mapping[str, str]] = {
    "prices.csv": "symbol,date,close\nSPY,2026-01-14,600.50\n",
    "eurofxref-hist.csv": "Date,USD,GBP,\n2026-01-14,1.08,0.85,\n",
    "splits.csv": "symbol,date,ratio\nNVDA,2024-06-10,10:1\n",
    "profiles.csv": "symbol,sector\nACME,Energy\n",
    "profiles.json": '[{"symbol": "ACME", "sector": "Energy"}]',
    "weights.csv": "benchmark,as_of,sector,weight\nSPY,2026-01-14,Energy,1\n",
    "FILE.json": '[{"symbol": "ACME", "income-statement": {"q": [], "a": []}}]',
}
COMMAND: Final = re.compile(r"(?:[A-Z_]+=\S+ )*sigmasight (?!run|worker|dev)(.+)")
AGREEING: Final = ("--yes", "--overwrite", "--force")
"""What a command that asks needs where nobody can answer."""


def commands(page: Path) -> list[str]:
    """Return the commands of a page without comments, and without what they are piped to."""
    lines = (re.split(r"\s+#|\s\|\s", line)[0] for line in shell_lines(page))
    return [found[1] for line in lines if (found := COMMAND.fullmatch(line))]


TRIED: Final = {str(page.relative_to(ROOT)): commands(page) for page in PAGES if commands(page)}


@dataclass
class Operator:
    """Runs the commands of a page; those on the whole database have one of their own."""

    cli: OperatorCli
    clerk: FakeClerk
    names: Mapping[str, str]
    special: Mapping[str, Mapping[str, str]]
    scratch: str

    async def failures(self, tried: list[str]) -> list[str]:
        results = [(command, await self._run(command)) for command in tried]
        return [f"{command}: {each.error_output}" for command, each in results if each.code == 2]

    async def _run(self, command: str) -> CommandResult:
        names = {**self.names, **self.special.get(command, {})}
        if "CLERK_USER_ID" in command:
            names["CLERK_USER_ID"] = account_of(self.clerk, "zoe@example.com")
        words = [names.get(word, word) for word in shlex.split(command)]
        settings = clerk_settings(self.clerk)
        if words[0] == "database":
            settings["DATABASE_URL"] = self.scratch
        done = await self.cli.run(*words, **settings)
        for flag in self._agreeing(done):
            done = await self.cli.run(*words, flag, **settings)
        return done

    @staticmethod
    def _agreeing(done: CommandResult) -> Iterator[str]:
        if done.code == 2:
            yield from (flag for flag in AGREEING if f"confirm with {flag}" in done.error_output)


def account_of(clerk: FakeClerk, address: str) -> str:
    """Create an account at Clerk and return its id."""
    return clerk.instance.create(NewAccount([address], skip_password_requirement=True)).id


async def make_original(scratch: ScratchDatabase) -> None:
    """Make the original system's database, which has no version."""
    await scratch.upgrade("r4s5t6u7v8w9")
    await scratch.fetch("DROP TABLE alembic_version")


def test_the_pages_have_commands() -> None:
    assert len(TRIED["docs/operating.md"]) > 30
    assert {"README.md", "docs/backup.md", "docs/playbooks.md"} <= set(TRIED)


@pytest.mark.parametrize("page", TRIED)
async def test_every_command_does_what_it_says(
    cli: OperatorCli, rows: Rows, clerk: FakeClerk, postgres: str, page: str
) -> None:
    ann = await rows.put(email=ANN, clerk_user_id=account_of(clerk, ANN))
    old = await rows.add_user_from_before_clerk("old@example.com")
    for svix_id, body in {"msg_1": b"{}", "msg_2": b"no JSON"}.items():
        await rows.put_webhook(svix_id, body)
    await rows.add_fix(JOB, ann)
    await rows.add_fix(FAILED_JOB, ann, status="failed")
    await rows.add_api_key(API_KEY, ann)
    for name, content in FILES.items():
        (cli.folder / name).write_text(content)
    names = {
        "API_KEY": API_KEY,
        "SVIX_ID": "msg_1",
        "USER": str(ann),
        "JOB": JOB,
        "OTHER": "other@example.com",
    }
    special = {
        "webhooks dismiss SVIX_ID": {"SVIX_ID": "msg_2"},
        "users link USER CLERK_USER_ID": {"USER": str(old)},
        "users unlink USER --email OTHER": {"USER": str(old)},
        "jobs retry JOB": {"JOB": FAILED_JOB},
    }

    async with scratch_database(postgres) as scratch:
        if page == "docs/migrating.md":
            await make_original(scratch)
        else:
            await scratch.upgrade()
        failures = await Operator(cli, clerk, names, special, scratch.dsn).failures(TRIED[page])

    assert failures == []
