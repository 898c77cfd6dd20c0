"""What lists cost in statements: as many for a long one as for a short one, each of them."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any, Final, get_args, get_origin
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.http.providers import build_http_container
from sigmasight.entrypoints.http.web_app.figures import FigureView
from sigmasight.settings import Settings
from tests.integration.database_rows import Rows
from tests.support.builders import signing
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import bearer
from tests.support.servers.postgres_proxy import PostgresProxy

PREFIX: Final = "/api/v1"
FEW, MANY = 1, 12
OWNERS: Final = {FEW: a_person("ann"), MANY: a_person("bob")}
FIRST: Final = UUID(int=1)
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)

COLUMNS: Final = {
    "portfolios": {"name": "'x'", "account_name": "n::text"},
    "positions": {
        "portfolio_id": "$3",
        "symbol": "'ACME'",
        "quantity": "n",
        "entry_price": "2",
        "entry_date": "'2026-01-02'",
        "position_type": "'LONG'",
        "investment_class": "'PUBLIC'",
    },
    "tags": {"name": "n::text", "color": "'#4A90E2'", "display_order": "n"},
    "target_prices": {
        "portfolio_id": "$3",
        "symbol": "'S' || n",
        "position_type": "''",
        "target_price_eoy": "3",
        "current_price": "2",
    },
    "equity_changes": {
        "portfolio_id": "$3",
        "change_type": "'CONTRIBUTION'",
        "amount": "1",
        "change_date": "'2026-01-02'",
    },
    "calculation_runs": {
        "portfolio_id": "$3",
        "status": "'completed'",
        "triggered_by": "'user'",
        "started_at": "now()",
        "steps": "3",
        "tries": "1",
        "log": """(SELECT jsonb_agg(jsonb_build_object('at', now(), 'message', 'x'))
                   FROM generate_series(1, $2))""",
    },
    "insights": {
        "portfolio_id": "$3",
        "insight_type": "'daily_summary'",
        "title": "'x'",
        "severity": "'info'",
        "summary": "'x'",
        "key_findings": "'{}'",
        "recommendations": "'{}'",
        "full_analysis": "'x'",
        "data_limitations": "'x'",
        "generation_ms": "1",
        "created_at": "now()",
        "viewed": "false",
        "dismissed": "false",
    },
    "memories": {
        "portfolio_id": "$3",
        "content": "'x'",
        "tags": "'{}'",
        "created_at": "now()",
    },
    "api_keys": {
        "name": "'x'",
        "scope": "'read'",
        "prefix": "'x'",
        "digest": "decode(lpad(to_hex(n), 64, '0'), 'hex')",
        "created_at": "now()",
    },
    "conversations": {
        "mode": "'green'",
        "provider": "'x'",
        "portfolio_ids": "'{}'",
        "created_at": "now()",
    },
    "chat_exchanges": {
        "conversation_id": "$3",
        "question_id": "gen_random_uuid()",
        "question": "'x'",
        "asked_at": "now()",
        "mode": "'green'",
        "model": "'x'",
        "state": "'complete'",
        "answer": "'x'",
        "refunded": "false",
    },
}
"""What a user has in each table, besides ids that count from one; $3 is the first of them."""
OTHERS: Final = (
    """
    INSERT INTO position_tags (user_id, position_id, tag_id)
    SELECT $1, positions.id, tags.id FROM positions JOIN tags USING (user_id)
    WHERE user_id = $1 AND $3 IN (positions.id, tags.id) AND $2::int > 0
    """,
    """
    INSERT INTO ai_message_ledger (user_id, message_id, kind, amount, period, at)
    SELECT $1, gen_random_uuid(), 'taken', 1,
           date_trunc('month', now() - n * interval '1 month', 'UTC'), now()
    FROM generate_series(1, $2) AS n WHERE $3::uuid IS NOT NULL
    """,
    """
    INSERT INTO fundamentals (symbol, statement, frequency, period_date, currency, figures)
    SELECT 'S' || $2, statement, 'q', date '2026-01-02' - n, 'USD', '{}'
    FROM generate_series(1, $2) AS n, unnest($4::text[]) AS statement
    WHERE $1::uuid IS NOT NULL AND $3::uuid IS NOT NULL
    """,
)
STATEMENTS: Final = ("income-statement", "balance-sheet", "cash-flow")


class Reader:
    """Requests lists, and counts their statements."""

    def __init__(self, app: Litestar, proxy: PostgresProxy) -> None:
        self.app = app
        self._proxy = proxy

    @property
    def lists(self) -> Iterator[str]:
        """The paths of all lists."""
        for route in self.app.routes:
            if isinstance(route, HTTPRoute) and route.path.startswith(PREFIX):
                for handler in route.route_handlers:
                    answer = handler.parsed_fn_signature.return_type.annotation
                    is_reference_data = "equity-search" in route.path or "profiles" in route.path
                    if (
                        "GET" in handler.http_methods
                        and _has_list(answer)
                        and not is_reference_data
                    ):
                        yield route.path.removeprefix(PREFIX)

    async def cost(self, path: str, length: int) -> tuple[int, int]:
        """Return how many statements a list takes, once they are prepared, and its length."""
        about = {"portfolio_id": str(FIRST), "symbol": "ACME"}
        about |= {"periods": str(length), "months": str(length), "limit": str(2 * MANY)}
        way = re.sub(r"\{\w+:uuid\}", str(FIRST), path).replace("{symbol:str}", f"S{length}")
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            for _ in range(2):
                self._proxy.sent.clear()
                answer = await client.get(
                    f"{PREFIX}{way}",
                    params=about,  # of which each takes what it knows
                    headers=bearer(OWNERS[length].token()),
                )
                assert answer.status_code == 200, answer.text
        found = answer.json()
        lists = [found] if isinstance(found, list) else found.values()
        return self._proxy.statements, next(
            len(each) for each in lists if isinstance(each, list) and each
        )


def _has_list(answer: Any) -> bool:
    """Whether a response has a list of objects, and not only of words or ids."""
    if get_origin(answer) is list:
        return get_args(answer)[0] not in {str, UUID}
    if isinstance(answer, type) and issubclass(answer, FigureView):
        return False  # one figure, or none
    if isinstance(answer, type) and issubclass(answer, msgspec.Struct):
        return any(_has_list(field.type) for field in msgspec.structs.fields(answer))
    return False


@pytest.fixture
async def reader(proxy: PostgresProxy) -> AsyncIterator[Reader]:
    settings = Settings.load(
        _env_file=None,
        database_url=proxy.dsn,
        clerk_issuer=signing.ISSUER,
        clerk_jwt_key=signing.pem(),
        clerk_webhook_secret=[signing.SECRET],
        invite_code_enabled=False,
    )
    container = build_http_container(settings)
    yield Reader(create_app(container, settings), proxy)
    await container.close()


async def fill(pool: asyncpg.Pool, owner: UUID, length: int) -> None:
    """Give a user so many of everything."""
    for table, columns in COLUMNS.items():
        names, values = ", ".join(columns), ", ".join(columns.values())
        await pool.execute(
            f"INSERT INTO {table} (user_id, id, {names})"  # noqa: S608
            f" SELECT $1, lpad(to_hex(n), 32, '0')::uuid, {values}"
            " FROM generate_series(1, $2) AS n WHERE $3::uuid IS NOT NULL",
            owner,
            length,
            FIRST,
        )
    for statement in OTHERS:
        more = [STATEMENTS] if "$4" in statement else []
        await pool.execute(statement, owner, length, FIRST, *more)


async def test_every_list_costs_as_many_statements_long_as_short(
    reader: Reader, rows: Rows, pool: asyncpg.Pool
) -> None:
    paths = sorted(reader.lists)
    for length, owner in OWNERS.items():
        await fill(pool, await rows.add_user(owner, created_at=LONG_AGO), length)

    short = {path: await reader.cost(path, FEW) for path in paths}
    long = {path: await reader.cost(path, MANY) for path in paths}

    grown = {path: length / short[path][1] for path, (_, length) in long.items()}
    assert grown == dict.fromkeys(paths, MANY / FEW)
    assert {path: cost for path, (cost, _) in long.items()} == {
        path: cost for path, (cost, _) in short.items()
    }
