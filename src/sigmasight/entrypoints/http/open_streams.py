"""The answers this process streams: each in a task of its own, and always settled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from prometheus_client import Counter, Gauge

from sigmasight.domain.assistant.chat import ExchangeStarted, FollowReply, OnPiece, StreamReply
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange
from sigmasight.domain.assistant.language_model import Delta, Piece

BUFFERED_PIECES: Final = 32
POLL_SECONDS: Final = 0.25

OPEN: Final = Gauge(
    "sigmasight_ai_answers_open", "Answers being streamed.", multiprocess_mode="livesum"
)
ENDED: Final = Counter("sigmasight_ai_answers", "Answers by how they ended.", ["state"])

logger = structlog.stdlib.get_logger()


class OpenStream:
    """One answer: its pieces as they arrive, and its result."""

    def __init__(self, work: Callable[["OpenStream", OnPiece], Awaitable[Exchange]]) -> None:
        send, self.pieces = _pieces()
        self._is_started = self._is_cancelled = self.has_left = False
        self.task = asyncio.create_task(self._run(work, send))

    async def _run(
        self,
        work: Callable[["OpenStream", OnPiece], Awaitable[Exchange]],
        send: MemoryObjectSendStream[Piece],
    ) -> Exchange:
        self._is_started = True
        if self._is_cancelled:
            self.task.cancel()
        with send:
            return await work(self, send.send)

    def cancel(self) -> None:
        """Cancel the answer, unless it has ended; the listener still gets the last event."""
        self._is_cancelled = True
        if self._is_started:  # a task cancelled before its start would not settle the answer
            self.task.cancel()

    def leave(self) -> None:
        """Stop listening, and cancel the rest of the answer, because the client is gone."""
        self.has_left = not self._is_cancelled
        self.cancel()
        self.pieces.close()


class OpenStreams:
    """Starts answers, and stops them all when the process stops."""

    def __init__(self, reply: StreamReply, follow: FollowReply) -> None:
        self._reply = reply
        self._follow = follow
        self._streams: set[OpenStream] = set()
        self._is_stopping = False

    def start(self, started: ExchangeStarted) -> OpenStream:
        """Answer a question, or follow the answer of an earlier request."""
        question = started.question
        if question is None:
            stream = OpenStream(lambda _, on_piece: self._followed_answer(started, on_piece))
        else:
            stream = OpenStream(
                lambda stream, on_piece: self._reply(
                    started, question, on_piece, has_left=lambda: stream.has_left
                )
            )
        self._streams.add(stream)
        OPEN.inc()
        stream.task.add_done_callback(lambda _: self._ended(stream))
        if self._is_stopping:
            stream.cancel()
        return stream

    async def _followed_answer(self, started: ExchangeStarted, on_piece: OnPiece) -> Exchange:
        exchange = started.exchange
        while exchange.state is AnswerState.PENDING:
            await asyncio.sleep(POLL_SECONDS)
            exchange = await self._follow(exchange.id, by=exchange.user_id) or exchange
        if exchange.answer:
            await on_piece(Delta(exchange.answer))
        return exchange

    def _ended(self, stream: OpenStream) -> None:
        self._streams.discard(stream)
        OPEN.dec()
        if stream.task.cancelled():
            return
        if error := stream.task.exception():
            ENDED.labels("unsettled").inc()
            logger.error("answer_unsettled", exc_info=error)
            return
        exchange = stream.task.result()
        ENDED.labels("left" if exchange.was_left else exchange.state.value).inc()
        if exchange.was_left:
            logger.info("client_left", run_id=str(exchange.id))
        elif exchange.failure:
            logger.warning(
                "answer_broke_off",
                run_id=str(exchange.id),
                fault=exchange.failure.value,
                refunded=exchange.refunded,
            )

    def stop(self) -> None:
        """Cancel all current and later answers."""
        self._is_stopping = True
        self.cancel_all()

    def cancel_all(self) -> None:
        """Cancel all current answers."""
        for stream in list(self._streams):
            stream.cancel()

    async def settled(self, within: float) -> None:
        """Wait until every answer is settled, but at most that many seconds."""
        if self._streams:
            await asyncio.wait([stream.task for stream in self._streams], timeout=within)


def _pieces() -> tuple[MemoryObjectSendStream[Piece], MemoryObjectReceiveStream[Piece]]:
    return anyio.create_memory_object_stream[Piece](BUFFERED_PIECES)
