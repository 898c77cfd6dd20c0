"""The tables of the documentation that follow from the code; `python -m` this writes them."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from litestar.routes import HTTPRoute

from sigmasight.domain.access import attempts, tiers
from sigmasight.domain.assistant import memories
from sigmasight.domain.portfolios.csv_import import csv_file
from sigmasight.domain.portfolios.equity_changes import model as equity_changes
from sigmasight.domain.portfolios.tags import assignments
from sigmasight.domain.portfolios.tags import model as tags
from sigmasight.domain.portfolios.target_prices import model as target_prices
from sigmasight.entrypoints.http import app, positions_schemas, protocol, webhooks
from sigmasight.entrypoints.http.guards import Access
from tests.support.providers.application import InMemoryApplication

DOCS: Final = Path(__file__).parents[2] / "docs"
GUARDS: Final = {
    Access.OPEN: "open",
    Access.SIGNED_IN: "signed in",
    Access.VALIDATED: "validated",
    Access.ADMIN: "operators",
}


def errors() -> Iterator[str]:
    """Yield a row for each code that an operation may answer with, by status."""
    yield "| status | `code` | `detail`, as an example |\n|---|---|---|"
    examples = _application().app.openapi_schema.to_schema()["components"]["examples"].values()
    problems = [example["value"] for example in examples if "detail" in example["value"]]
    for each in sorted(problems, key=lambda each: (each["status"], each["code"])):
        detail = each["detail"].replace("{", "&#123;")
        yield f"| {each['status']} | `{each['code']}` | {detail} |"


def _application() -> InMemoryApplication:
    """Return an application with everything that settings may open."""
    return InMemoryApplication(legacy_auth_enabled=True, secret_key="x" * 32)


def guards() -> Iterator[str]:
    """Yield a row for each path, by guard."""
    yield "| guard | method | path |\n|---|---|---|"
    rows = [
        (list(GUARDS).index(access), route.path, method, GUARDS[access])
        for route in _application().app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if isinstance(access := handler.opt.get("access"), Access)
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
    ]
    for _, path, method, guard in sorted(rows):
        yield f"| {guard} | {method} | `{re.sub(':[a-z]+}', '}', path)}` |"


def limits() -> Iterator[str]:
    """Yield a row for each limit."""
    yield "| limit | of | beyond it |\n|---|---|---|"
    for limit, what, code in _limits():
        yield f"| {limit if isinstance(limit, str) else format(limit, ',')} | {what} | `{code}` |"


def _limits() -> Iterator[tuple[int | str, str, str]]:
    for tier, each in tiers.DEFAULT_LIMITS.items():
        yield each.max_portfolios or "", f"portfolios, tier `{tier}`", "portfolio_limit_reached"
        yield each.max_ai_messages or "", f"AI messages a month, tier `{tier}`", "ai_limit_reached"
    window = f"in {attempts.WINDOW.total_seconds() / 60:.0f} minutes"
    guesses = "too_many_invite_attempts"
    yield attempts.MAX_BY_ACCOUNT, f"wrong invite codes {window}, of a user", guesses
    yield attempts.MAX_BY_NETWORK, f"wrong invite codes {window}, from a network", guesses
    yield tags.MAX_TAGS, "tags of a user", "tag_limit_reached"
    yield assignments.MAX_TAGS_PER_POSITION, "tags of a position", "position_tag_limit_reached"
    yield target_prices.MAX_TARGETS, "target prices of a portfolio", "target_price_limit_reached"
    yield equity_changes.MAX_CHANGES, "equity changes of a portfolio", "equity_change_limit_reached"
    yield memories.MAX_MEMORIES, "memories of a user, and of a portfolio", "memory_limit_reached"
    yield positions_schemas.MAX_AT_ONCE, "positions in a request", "validation_failed"
    yield f"{csv_file.LARGEST // 1024**2} MB", "a file of positions", "csv_invalid"
    yield f"{app.MAX_BODY // 1024**2} MB", "any other body", "body_too_large"
    yield f"{webhooks.MAX_BODY // 1024} KB", "a webhook", "body_too_large"
    yield protocol.MAX_HEADERS, "headers of a request", "headers_too_large"


TABLES: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "errors": errors,
    "guards": guards,
    "limits": limits,
}


def with_table(name: str, text: str) -> str:
    """Return a page with the current rows between its marks."""
    begin, end = f"<!-- {name} -->\n\n", "\n\n<!-- end -->"
    before, _, rest = text.partition(begin)
    return before + begin + "\n".join(TABLES[name]()) + end + rest.partition(end)[2]


if __name__ == "__main__":
    for page in TABLES:
        path = DOCS / f"{page}.md"
        path.write_text(with_table(page, path.read_text()))
