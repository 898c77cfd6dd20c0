"""Behind a pooler in transaction mode, nothing may be left on a connection for the next one."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from sigmasight.adapters.postgres.outages import is_outage
from tests.integration.database_rows import Rows
from tests.integration.polling import wait_until
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, client_of
from tests.support.servers.api_servers import running
from tests.support.servers.postgres_proxy import Message, PostgresProxy

ANN = a_person("ann")
LASTING: Final = re.compile(
    rb"(?is)^\s*(SET (?!LOCAL)|LISTEN|PREPARE|DECLARE|CREATE TEMP(?!.*ON COMMIT DROP))"
    rb"|pg_(try_)?advisory_lock|set_config\(.*false\)"
)
"""Statements whose effect outlives the transaction."""
DRIVERS_OWN: Final = b"'jit'"
"""What asyncpg sets while it looks types up, and sets back."""
PORTFOLIO: Final = {"name": "Growth", "account_name": "Broker"}
FORM: Final = {
    "portfolio_name": "Imported",
    "account_name": "File",
    "account_type": "ira",
    "equity_balance": "1",
}
SHEET: Final = b"AAPL,100,158.00,2024-01-15\n"


def left_behind(messages: Iterable[Message]) -> Iterator[bytes]:
    """Yield what another client's server would lack, or would have too much of."""
    is_parsed = False
    for kind, body in messages:
        if kind == "P":
            name, text, _ = body.split(b"\0", 2)
            if name:
                yield b"a named statement: " + text
            if LASTING.search(text) and DRIVERS_OWN not in text:
                yield text
        if kind == "Q" and LASTING.search(body):
            yield body
        if kind == "B" and not is_parsed:
            yield b"a statement of an earlier transaction"
        is_parsed = kind == "P" or (is_parsed and kind not in "SQ")


async def live(api: Api, rows: Rows) -> None:
    """Use a bit of everything, by statements of the hot path, by transactions, and by COPY."""
    token = ANN.token()
    template = (await api.get("/onboarding/csv-template", token)).content
    imported = await api.upload(
        "/onboarding/create-portfolio", token, FORM, csv_file=template + SHEET
    )
    portfolio = (await api.post("/portfolios", token, PORTFOLIO)).json()["id"]
    started = await api.post(f"/portfolios/{portfolio}/calculate", token, None)
    conversation = (await api.post("/chat/conversations", token, {})).json()["id"]
    asked = {"conversation_id": conversation, "text": "How concentrated am I?"}
    answers = [
        imported,
        started,
        await api.get("/auth/me", token),
        await api.post("/tags/defaults", token, None),
        await api.post("/chat/send", token, asked),
        await api.deliver(ANN.subscribed(1)),
    ]
    assert [answer.is_success for answer in answers] == [True] * 6
    await wait_until(rows, "FROM snapshots", 1)


@pytest.mark.parametrize("prepared", ["false", "true"])
async def test_without_prepared_statements_nothing_outlives_a_transaction(
    proxy: PostgresProxy, rows: Rows, tmp_path: Path, prepared: str
) -> None:
    await rows.add_user(ANN)
    settings = {
        "DATABASE_PREPARED_STATEMENTS": prepared,
        "INVITE_CODE_ENABLED": "false",
        "WORKER_ENABLED": "true",
    }

    with running(1, proxy.dsn, tmp_path, **settings) as servers:
        async with client_of(*servers) as api:
            await live(api, rows)

    left = [each for messages in proxy.messages for each in left_behind(messages)]
    assert proxy.statements > 50
    if prepared == "false":
        assert left == []
    else:
        assert all(each.startswith((b"a named", b"a statement of")) for each in left)
        assert left


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (asyncpg.ReadOnlySQLTransactionError, True),
        (asyncpg.IdleInTransactionSessionTimeoutError, True),
        (asyncpg.InternalClientError, True),
        (asyncpg.InterfaceError, True),
        (asyncpg.DataError, False),
        (asyncpg.CharacterNotInRepertoireError, False),
        (asyncpg.UniqueViolationError, False),
    ],
)
def test_an_outage_differs_from_a_value_that_cannot_be_stored(
    error: type[Exception], *, outage: bool
) -> None:
    assert is_outage(error("why")) is outage


@pytest.mark.parametrize(
    "error",
    [asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError],
)
def test_a_pooler_that_carries_no_prepared_statements_is_an_outage(
    error: type[asyncpg.PostgresError],
) -> None:
    assert is_outage(error())
