"""Settings with which `sigmasight doctor` finds nothing, and what it finds with others."""

from collections.abc import Mapping
from typing import Any, Final

from sigmasight.entrypoints.local.clerk.instance import NewAccount
from sigmasight.entrypoints.local.clerk.signing import ORIGIN, SECRET_KEY
from tests.integration.cli.operator_cli import CommandResult, OperatorCli
from tests.support.builders import signing
from tests.support.fakes.clerk import FakeClerk

CHECKS: Final = (
    *("settings", "database", "rights", "migrations", "pooler", "issuer", "keys", "backend_api"),
    *("plans", "token_template", "token", "webhook_secret", "model", "clock"),
)


def healthy(clerk: FakeClerk) -> dict[str, str]:
    """Return settings with which all is well, but for the model."""
    return {
        "CLERK_ISSUER": clerk.url,
        "CLERK_API_URL": f"{clerk.url}/v1",
        "CLERK_SECRET_KEY": SECRET_KEY,
        "CLERK_WEBHOOK_SECRET": signing.SECRET,
        "CLERK_AUTHORIZED_PARTIES": ORIGIN,
        "BETA_INVITE_CODE": "welcome",
        "SIGMASIGHT_TOKEN": a_token(clerk),
    }


def a_token(clerk: FakeClerk) -> str:
    account = clerk.instance.create(NewAccount(["ann@example.com"], skip_password_requirement=True))
    return clerk.clerk.signed_in(account.id)


def by_check(result: CommandResult) -> Mapping[str, Mapping[str, str]]:
    return {each["check"]: each for each in result.rows}


async def fault_of(cli: OperatorCli, settings: Mapping[str, str], *arguments: str) -> Any:
    """Return the only check that fails, with its detail and remedy."""
    result = await cli.run("doctor", *arguments, "--json", **settings)
    faults = [each for each in result.rows if each["verdict"] == "failed"]
    assert len(faults) == 1, faults
    [fault] = faults
    assert result.code == 1
    assert fault["remedy"]
    assert [each["check"] for each in result.rows] == list(CHECKS)
    return fault
