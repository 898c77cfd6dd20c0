"""Every statement of a request names the user whose rows it touches: one node answers it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlglot import exp, parse_one

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.distribution import BY, Placement, placement
from tests.integration.database_rows import Rows
from tests.integration.postgres.test_pooling import ANN, live
from tests.support.servers.api_client import Api, client_of
from tests.support.servers.api_servers import running
from tests.support.servers.postgres_proxy import PostgresProxy

DISTRIBUTED: Final = {
    table.name for table in metadata.sorted_tables if placement(table) is Placement.DISTRIBUTED
}


def unnamed(statement: str) -> Iterator[str]:
    """Yield the distributed tables of a statement whose user it does not name."""
    tree = parse_one(statement, dialect="postgres")
    columns = [column for column in tree.find_all(exp.Column) if column.name == BY]
    for table in tree.find_all(exp.Table):
        if table.name not in DISTRIBUTED or _is_written(table):
            continue
        query = _query_of(table)
        is_alone = (
            query and [_query_of(each) for each in query.find_all(exp.Table)].count(query) == 1
        )
        names = {column.table for column in columns if column.table or _query_of(column) is query}
        if not names & {table.alias_or_name, "" if is_alone else table.alias_or_name}:
            yield f"{table.name}: {statement}"


def _query_of(node: exp.Expression) -> exp.Expression | None:
    return node.find_ancestor(exp.Select, exp.Update, exp.Delete)


def _is_written(table: exp.Table) -> bool:
    """Return whether rows are added to the table, each with its user."""
    insert = table.find_ancestor(exp.Insert)
    target = insert and insert.this
    if not isinstance(target, exp.Schema) or target.this is not table:
        return False
    return BY in {column.name for column in target.expressions}


async def read_everything(api: Api, description: str, portfolio: str) -> Sequence[int]:
    """Call each GET operation once; ids that it needs are the portfolio's, or nobody's."""
    paths: dict[str, Any] = (await api.probe(description)).json()["paths"]
    return [
        (await api.get(_filled(path, portfolio), ANN.token())).status_code
        for path, operations in paths.items()
        if "get" in operations and path.startswith("/api/v1/")
    ]


def _filled(path: str, portfolio: str) -> str:
    path = path.removeprefix("/api/v1").replace("{portfolio_id}", portfolio)
    return re.sub(r"{\w+}", str(uuid4()), path)


async def test_every_statement_of_a_request_names_the_user_of_each_distributed_table(
    proxy: PostgresProxy, rows: Rows, tmp_path: Path
) -> None:
    await rows.add_user(ANN)
    settings = {"INVITE_CODE_ENABLED": "false", "WORKER_ENABLED": "true"}
    with running(1, proxy.dsn, tmp_path, **settings) as servers:
        async with client_of(*servers) as api:
            await live(api, rows)
            found = (await api.get("/portfolios", ANN.token())).json()["portfolios"]
            description = f"{servers[0].url}/schema/openapi.json"
            statuses = await read_everything(api, description, found[0]["id"])

    assert max(statuses) < 500
    statements = {
        body.split(b"\0", 2)[1].decode()
        for messages in proxy.messages
        for kind, body in messages
        if kind == "P"
    }
    touching = [each for each in statements if DISTRIBUTED & set(re.findall(r"\w+", each))]
    assert len(touching) > 50
    assert [problem for each in sorted(touching) for problem in unnamed(each)] == []


@pytest.mark.parametrize(
    ("statement", "problems"),
    [
        ("SELECT * FROM tags WHERE user_id = $1", 0),
        ("SELECT * FROM tags WHERE id = $1", 1),
        ("SELECT * FROM tags AS t JOIN portfolios AS p ON p.user_id = t.user_id", 0),
        ("SELECT * FROM tags AS t JOIN portfolios AS p USING (id) WHERE t.user_id = $1", 1),
        ("INSERT INTO tags (user_id, id) VALUES ($1, $2)", 0),
        ("INSERT INTO tags (id) VALUES ($1)", 1),
        ("DELETE FROM tags WHERE id = $1", 1),
        ("UPDATE tags SET name = $2 WHERE user_id = $1", 0),
        ("WITH t AS (DELETE FROM tags WHERE user_id = $1) UPDATE insights SET x = 1", 1),
        ("SELECT * FROM prices WHERE symbol = $1", 0),
    ],
)
def test_a_statement_that_names_no_user_is_found(statement: str, problems: int) -> None:
    assert len(list(unnamed(statement))) == problems
