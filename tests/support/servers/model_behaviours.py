"""The ways in which the model server of the tests can answer."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Final

from tests.support.servers.model_exchange import USAGE, Exchange, chunk, completion

PIECES: Final = ("You ", "hold ", "one ", "position", ".")
ANALYSIS: Final = {
    "title": "One position carries the risk",
    "severity": "elevated",
    "summary": "AAPL is 80 % of gross exposure.",
    "key_findings": ["AAPL weighs 80 %."],
    "recommendations": ["Look at what AAPL alone could cost."],
    "full_analysis": "## Concentration\n\nAAPL weighs 80 %.",
    "data_limitations": "No price history.",
}
OVERSIZED: Final = 10_000_000
SECRETIVE: Final = "upstream-secret-7f3a"
"""Part of every error body of the server; must never be logged or returned."""


async def ok(exchange: Exchange) -> None:
    if not exchange.request.get("stream"):
        await exchange.body("200 OK", completion(json.dumps(ANALYSIS)))
        return
    await _pieces(exchange)
    await exchange.event(chunk({}, "stop"))
    await exchange.event({"choices": [], "usage": USAGE})
    await _done(exchange)


async def _pieces(exchange: Exchange, count: int = len(PIECES)) -> None:
    await exchange.begin()
    await exchange.event(chunk({"role": "assistant", "content": ""}))
    for piece in PIECES[:count]:
        await exchange.piece(piece)


async def _done(exchange: Exchange) -> None:
    await exchange.raw(b"data: [DONE]\n\n")
    await exchange.end()


async def slow(exchange: Exchange) -> None:
    """As a person sees it: a piece every tenth of a second."""
    await exchange.begin()
    for piece in PIECES * 4:
        await exchange.piece(piece)
        await asyncio.sleep(0.1)
    await exchange.event(chunk({}, "stop"))
    await _done(exchange)


async def uses_tools(exchange: Exchange, *, always: bool = False) -> None:
    """Ask for two tools in one go, and answer once their results are there."""
    if not always and any(each["role"] == "tool" for each in exchange.request["messages"]):
        await ok(exchange)
        return
    await exchange.begin()
    await exchange.event(chunk({"tool_calls": [tool(0, id="one", name="get_overview")]}))
    await exchange.event(chunk({"tool_calls": [tool(0, arguments='{"portfolio_id"')]}))
    await exchange.event(chunk({"tool_calls": [tool(0, arguments=': "x"}')]}))
    await exchange.event(chunk({"tool_calls": [tool(1, id="two", name="get_", arguments="[1]")]}))
    await exchange.event(chunk({"tool_calls": [tool(1, name="risk")]}))
    await exchange.event(chunk({}, "tool_calls"))
    await exchange.event({"choices": [], "usage": USAGE})
    await _done(exchange)


async def long_arguments(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.event(
        chunk({"tool_calls": [tool(0, id="one", name="x", arguments="x" * 5_000)]})
    )
    await exchange.event(chunk({}, "tool_calls"))
    await _done(exchange)


def tool(index: int, *, id: str | None = None, **function: str) -> dict[str, object]:  # noqa: A002
    return {"index": index, "id": id, "type": "function", "function": function}


async def no_usage(exchange: Exchange) -> None:
    await _pieces(exchange)
    await exchange.event(chunk({}, "length"))
    await _done(exchange)


async def lingers(exchange: Exchange) -> None:
    """Finishes, and then does not close the connection."""
    await _pieces(exchange)
    await exchange.event(chunk({}, "stop"))
    await never(exchange)


async def odd(exchange: Exchange) -> None:
    """Whatever a good answer may contain besides its pieces."""
    await exchange.begin()
    await exchange.raw(b": keep-alive\n\nevent: ping\nid: 7\n\n")
    await exchange.event({"choices": [], "prompt_filter_results": []})
    await exchange.piece(None)
    await exchange.piece("a\x00\u2028")
    await exchange.raw('data: {"choices": [{"delta": {"content": "ü"}}]}\r\n\r\n'.encode())
    await exchange.event(chunk({"refusal": "b"}, "stop"))
    await exchange.end()


async def never(exchange: Exchange) -> None:
    await exchange.send(b"")
    await asyncio.Event().wait()


async def stalls(exchange: Exchange) -> None:
    """Falls silent after two pieces."""
    await _pieces(exchange, 2)
    await never(exchange)


async def keep_alives(exchange: Exchange) -> None:
    await exchange.begin()
    while True:
        await exchange.raw(b": keep-alive\n\n")
        await asyncio.sleep(0.002)


async def keep_alives_after(exchange: Exchange) -> None:
    await _pieces(exchange, 2)
    while True:
        await exchange.event(chunk({"content": ""}))
        await asyncio.sleep(0.002)


async def endless(exchange: Exchange) -> None:
    await exchange.begin()
    while True:
        await exchange.piece("and on ")
        await asyncio.sleep(0)


async def refuses(exchange: Exchange, *, status: str, more: tuple[str, ...] = ()) -> None:
    error = {"error": {"message": SECRETIVE, "code": SECRETIVE}}
    await exchange.body(status, json.dumps(error).encode(), *more)


async def refuses_at_length(exchange: Exchange) -> None:
    await exchange.body("500 Internal Server Error", b"x" * OVERSIZED)


async def cut(exchange: Exchange, *, after: int) -> None:
    """Close the socket in the middle of the answer."""
    if after:
        await _pieces(exchange, after)
    exchange.writer.transport.abort()


async def unfinished(exchange: Exchange) -> None:
    """End well as far as HTTP goes, without a finish."""
    await _pieces(exchange, 2)
    await exchange.end()


async def empty(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.event(chunk({}, "stop"))
    await _done(exchange)


async def says(exchange: Exchange, *, line: bytes, after: int = 0) -> None:
    await _pieces(exchange, after)
    await exchange.raw(b"data: " + line + b"\n\n")
    await _done(exchange)


async def oversized(exchange: Exchange, *, after: int = 0) -> None:
    """Send lines of ten megabytes until the client disconnects."""
    await _pieces(exchange, after)
    while True:
        await exchange.raw(b"data: ")
        for _ in range(OVERSIZED // 50_000):
            await exchange.raw(b"x" * 50_000)
        await exchange.raw(b"\n")


async def page(exchange: Exchange) -> None:
    await exchange.body("200 OK", b"<html>Hello</html>\n" * 3, kind="text/html")


async def large_page(exchange: Exchange) -> None:
    await exchange.body("200 OK", b"<html>Hello</html>\n" * 600_000, kind="text/html")


async def writes(exchange: Exchange, *, content: object) -> None:
    await exchange.body("200 OK", completion(content))


MALFORMED: Final[Mapping[str, bytes]] = {
    "not-json": b"{oops",
    "a-list": b"[]",
    "no-choices": b"{}",
    "null-choices": b'{"choices": null}',
    "wrong-content": b'{"choices": [{"delta": {"content": 7}}]}',
    "wrong-delta": b'{"choices": [{"delta": "x"}]}',
    "wrong-usage": b'{"choices": [], "usage": {"prompt_tokens": -1, "completion_tokens": "x"}}',
    "an-error": b'{"choices": [], "error": {"message": "upstream-secret-7f3a"}}',
    "not-utf-8": b'{"choices": [{"delta": {"content": "\xff\xfe"}}]}',
    "half-a-surrogate": b'{"choices": [{"delta": {"content": "\\ud800"}}]}',
    "too-deep": b"[" * 200_000,
}
FENCED: Final = f"```json\n{json.dumps(ANALYSIS)}\n```"

BEHAVIOURS: Final[Mapping[str, Callable[[Exchange], Coroutine[None, None, None]]]] = {
    "ok": ok,
    "slow": slow,
    "tools": uses_tools,
    "tools-always": partial(uses_tools, always=True),
    "tools-at-length": long_arguments,
    "no-usage": no_usage,
    "lingers": lingers,
    "odd": odd,
    "never": never,
    "stalls": stalls,
    "keep-alives": keep_alives,
    "keep-alives-after": keep_alives_after,
    "endless": endless,
    "429": partial(refuses, status="429 Too Many Requests"),
    "429-soon": partial(refuses, status="429 Too Many Requests", more=("Retry-After: 2",)),
    "429-later": partial(refuses, status="429 Too Many Requests", more=("Retry-After: 60",)),
    "500": partial(refuses, status="500 Internal Server Error"),
    "500-at-length": refuses_at_length,
    "503": partial(refuses, status="503 Service Unavailable"),
    "400": partial(refuses, status="400 Bad Request"),
    "401": partial(refuses, status="401 Unauthorized"),
    "403": partial(refuses, status="403 Forbidden"),
    "404": partial(refuses, status="404 Not Found"),
    "302": partial(refuses, status="302 Found", more=("Location: /elsewhere",)),
    "cut": partial(cut, after=2),
    "cut-at-once": partial(cut, after=0),
    "unfinished": unfinished,
    "empty": empty,
    "oversized": oversized,
    "oversized-after": partial(oversized, after=2),
    "page": page,
    "large-page": large_page,
    "fenced": partial(writes, content=FENCED),
    "prose": partial(writes, content="Here you are."),
    "null": partial(writes, content=None),
    **{name: partial(says, line=line) for name, line in MALFORMED.items()},
    **{f"{name}-after": partial(says, line=line, after=2) for name, line in MALFORMED.items()},
}
