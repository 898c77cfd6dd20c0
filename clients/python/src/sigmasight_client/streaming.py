"""The assistant's replies as they are written: the events of `POST /chat/send`."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Final, TypeAlias

import httpx

from sigmasight_client.generated import AuthenticatedClient
from sigmasight_client.generated.models import (
    MessageCreated,
    Problem,
    RunEventDoneData,
    RunEventErrorData,
    RunEventTokenData,
    RunEventToolCallData,
    RunEventToolResultData,
    SendBody,
    Start,
)
from sigmasight_client.problems import ProblemError, UnexpectedResponseError

Created: TypeAlias = MessageCreated
Started: TypeAlias = Start
Token: TypeAlias = RunEventTokenData
ToolCall: TypeAlias = RunEventToolCallData
ToolResult: TypeAlias = RunEventToolResultData
Done: TypeAlias = RunEventDoneData
Failed: TypeAlias = RunEventErrorData
ChatEvent: TypeAlias = Created | Started | Token | ToolCall | ToolResult | Done | Failed

PATH: Final = "/api/v1/chat/send"
SILENCE: Final = 45.0
"""Seconds: the server sends a heartbeat every ten."""
KINDS: Final[Mapping[str, type[Any]]] = {
    "message_created": Created,
    "start": Started,
    "token": Token,
    "tool_call": ToolCall,
    "tool_result": ToolResult,
    "done": Done,
    "error": Failed,
}


class StreamInterruptedError(Exception):
    """The stream ended before the reply did.

    The same question under the same Idempotency-Key is charged once, and gets the same reply.
    """


def stream_reply(
    client: AuthenticatedClient, body: SendBody, *, idempotency_key: str | None = None
) -> Iterator[ChatEvent]:
    """Ask a question, and yield the events of its reply; the last one is Done or Failed."""
    events = EventReader()
    with _request(client.get_httpx_client(), body, idempotency_key) as response:
        if not response.is_success:
            response.read()
            raise _refusal(response)
        for chunk in response.iter_bytes():
            yield from events.read(chunk)
    events.close()


async def stream_reply_async(
    client: AuthenticatedClient, body: SendBody, *, idempotency_key: str | None = None
) -> AsyncIterator[ChatEvent]:
    """Do what `stream_reply` does, without blocking."""
    events = EventReader()
    async with _request_async(client.get_async_httpx_client(), body, idempotency_key) as response:
        if not response.is_success:
            await response.aread()
            raise _refusal(response)
        async for chunk in response.aiter_bytes():
            for event in events.read(chunk):
                yield event
    events.close()


class EventReader:
    """Reads server-sent events (WHATWG HTML, § 9.2) from pieces of a stream, wherever it is cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._has_ended = False

    def read(self, chunk: bytes) -> Iterator[ChatEvent]:
        """Yield the events that a piece completes, but no heartbeat and none of unknown names."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            field, _, value = line.decode().rstrip("\r").partition(": ")
            if field == "event":
                self._name = value
            elif field == "data" and (kind := KINDS.get(self._name)):
                self._has_ended = self._name in {"done", "error"}
                yield kind.from_dict(json.loads(value))

    def close(self) -> None:
        """Raise an error if the last event is missing."""
        if not self._has_ended:
            raise StreamInterruptedError("The connection was lost before the reply was complete.")


def _request(
    http: httpx.Client, body: SendBody, key: str | None
) -> AbstractContextManager[httpx.Response]:
    return http.stream(
        "POST", PATH, json=body.to_dict(), headers=_headers(key), timeout=_patience(http.timeout)
    )


def _request_async(
    http: httpx.AsyncClient, body: SendBody, key: str | None
) -> AbstractAsyncContextManager[httpx.Response]:
    return http.stream(
        "POST", PATH, json=body.to_dict(), headers=_headers(key), timeout=_patience(http.timeout)
    )


def _headers(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}


def _patience(usual: httpx.Timeout) -> httpx.Timeout:
    return httpx.Timeout(connect=usual.connect, write=usual.write, pool=usual.pool, read=SILENCE)


def _refusal(response: httpx.Response) -> Exception:
    try:
        return ProblemError(Problem.from_dict(response.json()))
    except (ValueError, KeyError, TypeError):
        return UnexpectedResponseError(f"{response.status_code} {response.reason_phrase}")
