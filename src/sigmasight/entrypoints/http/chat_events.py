"""The events of a streamed answer."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Generic, Literal, TypeVar
from uuid import UUID

import anyio
import msgspec
from litestar.params import Body

from sigmasight.domain.access.usage import ReservedMessage
from sigmasight.domain.assistant.chat import ExchangeStarted
from sigmasight.domain.assistant.exchanges import Exchange
from sigmasight.domain.assistant.language_model import (
    MESSAGES,
    Mode,
    ModelFailure,
    Piece,
    ToolCall,
    ToolResult,
)
from sigmasight.domain.kernel import Clock
from sigmasight.entrypoints.http.open_streams import OpenStream
from sigmasight.entrypoints.http.openapi_document import describe
from sigmasight.entrypoints.http.streaming import event

EndName = Literal["done", "error"]
RunEventName = EndName | Literal["token", "tool_call", "tool_result"]

HEARTBEAT_SECONDS: Final = 10.0


class MessageCreated(msgspec.Struct, frozen=True):
    user_message_id: UUID
    assistant_message_id: UUID
    conversation_id: UUID
    run_id: UUID


class Start(msgspec.Struct, frozen=True):
    conversation_id: UUID
    mode: Mode
    model: str


class TokenData(msgspec.Struct, frozen=True):
    delta: str


class ToolCallData(msgspec.Struct, frozen=True):
    id: str
    name: str
    arguments: dict[str, Any]


class ToolResultData(msgspec.Struct, frozen=True):
    id: str
    name: str
    content: dict[str, Any]
    failed: bool


class UsageData(msgspec.Struct, frozen=True):
    used: int
    limit: int | None
    remaining: int | None


class DoneData(msgspec.Struct, frozen=True):
    latency_ms: int
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    usage: UsageData


class ErrorData(msgspec.Struct, frozen=True):
    error: str
    error_type: ModelFailure
    retryable: bool
    refunded: bool


class Heartbeat(msgspec.Struct, frozen=True):
    timestamp: int


Data = TypeVar("Data", TokenData, ToolCallData, ToolResultData, DoneData, ErrorData)


class RunEvent(msgspec.Struct, Generic[Data], frozen=True):
    type: RunEventName
    run_id: UUID
    seq: int
    data: Data
    timestamp: int
    """In milliseconds since 1970."""


EVENTS: Final[Mapping[str, Any]] = {
    "message_created": MessageCreated,
    "start": Start,
    "token": RunEvent[TokenData],
    "tool_call": RunEvent[ToolCallData],
    "tool_result": RunEvent[ToolResultData],
    "heartbeat": Heartbeat,
    "done": RunEvent[DoneData],
    "error": RunEvent[ErrorData],
}

AnswerEvents = Annotated[
    dict[str, Any],
    Body(
        schema_extra={
            "any_of": [
                {**describe(kind), "description": f"The data of the event `{name}`."}
                for name, kind in EVENTS.items()
            ]
        }
    ),
]


async def events(
    stream: OpenStream, started: ExchangeStarted, clock: Clock
) -> AsyncGenerator[bytes]:
    """Yield an answer's events, from its creation to its end."""
    exchange = started.exchange

    def run_event(name: RunEventName, seq: int, data: Data) -> RunEvent[Data]:
        return RunEvent(name, exchange.id, seq, data, _ms(clock.now()))

    yield event("message_created", _created(exchange))
    yield event("start", Start(exchange.conversation_id, exchange.mode, exchange.model))
    seq = 0
    while True:
        try:
            with anyio.fail_after(HEARTBEAT_SECONDS):
                piece = await stream.pieces.receive()
        except TimeoutError:
            yield event("heartbeat", Heartbeat(_ms(clock.now())))
        except anyio.EndOfStream:
            break
        else:
            seq += 1
            of_piece, content = _piece(piece)
            yield event(of_piece, run_event(of_piece, seq, content))
    name, data = await _end(stream, started.reservation)
    yield event(name, run_event(name, seq + 1, data))


def _piece(piece: Piece) -> tuple[RunEventName, TokenData | ToolCallData | ToolResultData]:
    match piece:
        case ToolCall():
            return "tool_call", ToolCallData(piece.id, piece.name, dict(piece.arguments))
        case ToolResult(call=call):
            content = dict(piece.content)
            return "tool_result", ToolResultData(call.id, call.name, content, piece.failed)
        case _:
            return "token", TokenData(piece.text)


async def _end(
    stream: OpenStream, reservation: ReservedMessage
) -> tuple[EndName, DoneData | ErrorData]:
    """Return the last event; a task without a result counts as failed."""
    await asyncio.wait([stream.task])
    if stream.task.cancelled() or isinstance(stream.task.exception(), Exception):
        return "error", _failed(ModelFailure.SERVER_ERROR, refunded=False)
    exchange = stream.task.result()
    if exchange.failure:
        return "error", _failed(exchange.failure, refunded=exchange.refunded)
    if exchange.was_left:  # by the client that asked first, under the same key
        return "error", _failed(ModelFailure.NETWORK_ERROR, refunded=False)
    return "done", _done(exchange, reservation)


def _failed(failure: ModelFailure, *, refunded: bool) -> ErrorData:
    return ErrorData(MESSAGES[failure], failure, failure.is_retryable, refunded)


def _done(exchange: Exchange, reservation: ReservedMessage) -> DoneData:
    tokens, latency = exchange.token_usage, exchange.latency or timedelta()
    used, limit = reservation.used, reservation.limit
    return DoneData(
        latency_ms=latency // timedelta(milliseconds=1),
        prompt_tokens=tokens.prompt if tokens else None,
        completion_tokens=tokens.completion if tokens else None,
        total_tokens=tokens.total if tokens else None,
        usage=UsageData(used, limit, None if limit is None else max(0, limit - used)),
    )


def _created(exchange: Exchange) -> MessageCreated:
    return MessageCreated(
        user_message_id=exchange.question_id,
        assistant_message_id=exchange.id,
        conversation_id=exchange.conversation_id,
        run_id=exchange.id,
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
