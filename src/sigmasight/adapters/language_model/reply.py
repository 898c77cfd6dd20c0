"""An answer as it comes in: the chunks of a streamed chat completion."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from sigmasight.adapters.language_model.faults import (
    FAILURES,
    MalformedAnswerError,
    OversizedAnswerError,
)
from sigmasight.domain.assistant.language_model import TokenUsage

DATA: Final = b"data:"
END: Final = b"[DONE]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long anything is waited for, in seconds, and how much of it is taken."""

    connect: float = 5
    first_piece: float = 30
    between_pieces: float = 30
    whole: float = 300
    afterthought: float = 2
    """For what follows the last piece: the tokens that it took."""
    analysis: float = 90
    most_characters: int = 40_000


class Usage(msgspec.Struct):
    prompt_tokens: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    completion_tokens: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]

    def spent(self) -> TokenUsage:
        return TokenUsage(self.prompt_tokens, self.completion_tokens)


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    """What a model says instead of an answer it will not give: as good as one, to a reader."""


class _Choice(msgspec.Struct):
    delta: _Delta
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice]
    usage: Usage | None = None
    error: Any = None


class Reply:
    """Reads pieces off a stream's lines, one event to a line, as these servers send them."""

    def __init__(self, lines: AsyncGenerator[bytes, None], pace: Pace) -> None:
        self._lines = lines
        self._pace = pace
        self._deadline = asyncio.get_running_loop().time() + pace.whole
        self._characters = 0
        self._is_finished = False
        self._usage: Usage | None = None

    async def first(self) -> str:
        """Return the first piece; raise MalformedAnswerError for an answer without any."""
        if (piece := await self._next(self._pace.first_piece)) is None:
            raise MalformedAnswerError("an empty answer")
        return piece

    async def piece(self) -> str | None:
        """Return the next piece, or None after the last one."""
        if self._is_finished:
            return None
        return await self._next(self._pace.between_pieces)

    async def spent(self) -> TokenUsage | None:
        """Return what it took, as far as that is told; the answer itself is whole by now."""
        with suppress(*FAILURES):
            async with asyncio.timeout(self._pace.afterthought):
                async for line in self._lines:
                    self._read(line)
        return self._usage.spent() if self._usage else None

    async def aclose(self) -> None:
        await self._lines.aclose()

    async def _next(self, within: float) -> str | None:
        """Wait for a piece: other bytes, however many, do not count."""
        deadline = min(asyncio.get_running_loop().time() + within, self._deadline)
        async with asyncio.timeout_at(deadline):
            async for line in self._lines:
                if piece := self._read(line):
                    return piece
                if self._is_finished:
                    return None
        raise MalformedAnswerError("a stream without an end")

    def _read(self, line: bytes) -> str:
        if not line.startswith(DATA):
            return ""
        data = line.removeprefix(DATA).strip()
        if data == END:
            self._is_finished = True
            return ""
        chunk = _decoded(data)
        self._usage = chunk.usage or self._usage
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self._is_finished = self._is_finished or choice.finish_reason is not None
        return self._counted(choice.delta.content or choice.delta.refusal or "")

    def _counted(self, text: str) -> str:
        self._characters += len(text)
        if self._characters > self._pace.most_characters:
            raise OversizedAnswerError
        return text.replace("\x00", "")  # which no text of Postgres can hold


def _decoded(data: bytes) -> _Chunk:
    try:
        chunk = msgspec.json.decode(data, type=_Chunk)
    except (ValueError, RecursionError) as error:
        raise MalformedAnswerError("a malformed chunk") from error
    if chunk.error is not None:
        raise MalformedAnswerError("an error amid the answer")
    return chunk
