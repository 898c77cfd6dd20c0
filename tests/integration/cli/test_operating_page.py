"""Every command of the operators' page, as it stands there, one after the other."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sigmasight.entrypoints.local.clerk.instance import NewAccount
from tests.integration.cli.operator_cli import OperatorCli, clerk_settings
from tests.integration.database_rows import Rows
from tests.support.fakes.clerk import FakeClerk

ANN: Final = "ann@example.com"
PAGE: Final = Path("docs/operating.md")
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
ENDLESS: Final = "sigmasight worker"


def commands() -> list[str]:
    """Return the commands of the page without comments, and without what they are piped to."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    pasted = [line for block in blocks for line in block.splitlines()]
    lines = [re.split(r"\s+#|\s\|\s", line)[0] for line in pasted]
    return [line for line in lines if line.startswith("sigmasight ") and line != ENDLESS]


def account_of(clerk: FakeClerk, address: str) -> str:
    """Create an account at Clerk and return its id."""
    return clerk.instance.create(NewAccount([address], skip_password_requirement=True)).id


async def test_every_command_does_what_it_says(
    cli: OperatorCli, rows: Rows, clerk: FakeClerk
) -> None:
    ann = await rows.put(email=ANN, clerk_user_id=account_of(clerk, ANN))
    old = await rows.add_user_from_before_clerk("old@example.com")
    for svix_id, body in {"msg_1": b"{}", "msg_2": b"no JSON"}.items():
        await rows.put_webhook(svix_id, body)
    await rows.add_fix(JOB, ann)
    await rows.add_fix(FAILED_JOB, ann, status="failed")
    for name, content in FILES.items():
        (cli.folder / name).write_text(content)
    await rows.add_api_key(API_KEY, ann)
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
    tried = commands()

    failures = []
    for command in tried:
        own = names | special.get(command.removeprefix("sigmasight "), {})
        if "CLERK_USER_ID" in command:
            own["CLERK_USER_ID"] = account_of(clerk, "zoe@example.com")
        words = [own.get(word, word) for word in shlex.split(command)[1:]]
        done = await cli.run(*words, **clerk_settings(clerk))
        if done.code == 2 and "--yes" in done.error_output:
            done = await cli.run(*words, "--yes", **clerk_settings(clerk))
        if done.code == 2:
            failures.append(f"{command}: {done.error_output}")

    assert len(tried) > 30
    assert failures == []
