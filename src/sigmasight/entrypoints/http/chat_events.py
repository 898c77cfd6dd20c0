"""The events of an answer, as the wire contract has them."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import anyio
import msgspec

from sigmasight.domain.access.usage import ReservedMessage
from sigmasight.domain.assistant.chat import ExchangeStarted
from sigmasight.domain.assistant.exchanges import Exchange
from sigmasight.domain.assistant.language_model import MESSAGES, Mode, ModelFailure
from sigmasight.domain.kernel import Clock
from sigmasight.entrypoints.http.open_streams import OpenStream
from sigmasight.entrypoints.http.streaming import event

EndName = Literal["done", "error"]
RunEventName = EndName | Literal["token"]

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


class RunEvent(msgspec.Struct, frozen=True):
    type: RunEventName
    run_id: UUID
    seq: int
    data: TokenData | DoneData | ErrorData
    timestamp: int
    """In milliseconds since 1970."""


async def events(run: OpenStream, asked: ExchangeStarted, clock: Clock) -> AsyncGenerator[bytes]:
    """Yield what a client is told of an answer, from its beginning to how it ended."""
    exchange = asked.exchange

    def tell(name: RunEventName, seq: int, data: TokenData | DoneData | ErrorData) -> RunEvent:
        return RunEvent(name, exchange.id, seq, data, _ms(clock.now()))

    yield event("message_created", _created(exchange))
    yield event("start", Start(exchange.conversation_id, exchange.mode, exchange.model))
    seq = 0
    while True:
        try:
            with anyio.fail_after(HEARTBEAT_SECONDS):
                piece = await run.pieces.receive()
        except TimeoutError:
            yield event("heartbeat", Heartbeat(_ms(clock.now())))
        except anyio.EndOfStream:
            break
        else:
            seq += 1
            yield event("token", tell("token", seq, TokenData(piece.text)))
    name, data = await _ending(run, asked.reservation)
    yield event(name, tell(name, seq + 1, data))


async def _ending(run: OpenStream, taken: ReservedMessage) -> tuple[EndName, DoneData | ErrorData]:
    """Return how a run ended; one that could not tell is said to have broken off."""
    await asyncio.wait([run.task])
    if run.task.cancelled() or isinstance(run.task.exception(), Exception):
        return "error", _broken_off(ModelFailure.SERVER_ERROR, refunded=False)
    ended = run.task.result()
    if ended.failure:
        return "error", _broken_off(ended.failure, refunded=ended.refunded)
    return "done", _done(ended, taken)


def _broken_off(fault: ModelFailure, *, refunded: bool) -> ErrorData:
    return ErrorData(
        error=MESSAGES[fault],
        error_type=fault,
        retryable=fault.is_retryable,
        refunded=refunded,
    )


def _done(exchange: Exchange, taken: ReservedMessage) -> DoneData:
    spent, latency = exchange.token_usage, exchange.latency or timedelta()
    remaining = None if taken.limit is None else max(0, taken.limit - taken.used)
    return DoneData(
        latency_ms=latency // timedelta(milliseconds=1),
        prompt_tokens=spent.prompt if spent else None,
        completion_tokens=spent.completion if spent else None,
        total_tokens=spent.total if spent else None,
        usage=UsageData(taken.used, taken.limit, remaining),
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
