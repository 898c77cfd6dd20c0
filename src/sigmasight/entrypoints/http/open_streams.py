"""The answers this process is giving: each in a task of its own, settled whatever becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from prometheus_client import Counter, Gauge

from sigmasight.domain.assistant.chat import ExchangeStarted, FollowReply, OnDelta, StreamReply
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange
from sigmasight.domain.assistant.language_model import Delta

BUFFERED_PIECES: Final = 32
POLL_SECONDS: Final = 0.25

OPEN: Final = Gauge(
    "sigmasight_ai_answers_open", "Answers being given.", multiprocess_mode="livesum"
)
ENDED: Final = Counter("sigmasight_ai_answers", "Answers by how they ended.", ["state"])

logger = structlog.stdlib.get_logger()


class OpenStream:
    """One answer on its way: its pieces as they come, and how it ended."""

    def __init__(self, work: Callable[[OnDelta], Awaitable[Exchange]]) -> None:
        send, self.pieces = _pieces()
        self._is_started = self._is_to_end = False
        self.task = asyncio.create_task(self._run(work, send))

    async def _run(
        self, work: Callable[[OnDelta], Awaitable[Exchange]], send: MemoryObjectSendStream[Delta]
    ) -> Exchange:
        self._is_started = True
        if self._is_to_end:
            self.task.cancel()
        with send:
            return await work(send.send)

    def cancel(self) -> None:
        """End the answer where it is, unless it has ended; who listens is told."""
        self._is_to_end = True
        if self._is_started:  # a task that is cancelled before it begins would settle nothing
            self.task.cancel()

    def leave(self) -> None:
        """Listen no more: what has not been said is not wanted."""
        self.cancel()
        self.pieces.close()


class OpenStreams:
    """Starts answers, and stops them all when the process is to end."""

    def __init__(self, answer: StreamReply, follow: FollowReply) -> None:
        self._answer = answer
        self._follow = follow
        self._runs: set[OpenStream] = set()
        self._is_stopping = False

    def start(self, asked: ExchangeStarted) -> OpenStream:
        """Have a question answered, or the answer followed that was asked for before."""
        question = asked.question
        if question is None:
            run = OpenStream(lambda tell: self._followed(asked, tell))
        else:
            run = OpenStream(lambda tell: self._answer(asked, question, tell))
        self._runs.add(run)
        OPEN.inc()
        run.task.add_done_callback(lambda _: self._ended(run))
        if self._is_stopping:
            run.cancel()
        return run

    async def _followed(self, asked: ExchangeStarted, tell: OnDelta) -> Exchange:
        exchange = asked.exchange
        while exchange.state is AnswerState.PENDING:
            await asyncio.sleep(POLL_SECONDS)
            exchange = await self._follow(exchange.id, by=exchange.user_id) or exchange
        if exchange.answer:
            await tell(Delta(exchange.answer))
        return exchange

    def _ended(self, run: OpenStream) -> None:
        self._runs.discard(run)
        OPEN.dec()
        if run.task.cancelled():
            return
        if error := run.task.exception():
            ENDED.labels("unsettled").inc()
            logger.error("answer_unsettled", exc_info=error)
            return
        exchange = run.task.result()
        ENDED.labels(exchange.state.value).inc()
        if exchange.failure:
            logger.warning(
                "answer_broke_off",
                run_id=str(exchange.id),
                fault=exchange.failure.value,
                refunded=exchange.refunded,
            )

    def stop(self) -> None:
        """Break off every answer, and whatever is asked from now on."""
        self._is_stopping = True
        self.cancel_all()

    def cancel_all(self) -> None:
        """End every answer where it is."""
        for run in list(self._runs):
            run.cancel()

    async def settled(self, within: float) -> None:
        """Return once every answer is settled, or after so many seconds."""
        if self._runs:
            await asyncio.wait([run.task for run in self._runs], timeout=within)


def _pieces() -> tuple[MemoryObjectSendStream[Delta], MemoryObjectReceiveStream[Delta]]:
    return anyio.create_memory_object_stream[Delta](BUFFERED_PIECES)
