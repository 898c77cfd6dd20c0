"""Any server that implements OpenAI's chat completions, through OpenAI's SDK.

https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from sigmasight.adapters.language_model.errors import (
    FAILURES,
    MalformedReplyError,
    OversizedReplyError,
    translate_errors,
)
from sigmasight.adapters.language_model.formats import Chunk, read_analysis, read_chunk
from sigmasight.adapters.language_model.http_client import BoundedClient
from sigmasight.adapters.language_model.prompts import analysis_prompt, answer_prompt
from sigmasight.adapters.language_model.tool_calls import (
    ToolBudget,
    ToolCallParts,
    tool_messages,
    tool_options,
)
from sigmasight.domain.assistant.language_model import (
    Analysis,
    AnalysisRequest,
    Delta,
    LanguageModel,
    MalformedAnalysisError,
    Piece,
    Question,
    TokenUsage,
    ToolCall,
    ToolResult,
)

OPENAI_URL: Final = "https://api.openai.com/v1"
"""Explicit: without it the SDK reads an environment variable and ignores our settings."""
DEFAULT_MODEL: Final = "gpt-4o-mini"
NO_KEY: Final = "none"
"""A server of one's own may need no key, but the SDK insists on one."""
MAX_RETRIES: Final = 2
ANSWER_TOKENS: Final = 2_000
ANALYSIS_TOKENS: Final = 4_000
CONNECTIONS: Final = httpx2.Limits(max_connections=4_000, max_keepalive_connections=100)
"""An answer occupies a connection for half a minute; one process serves far fewer than 4,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Time-outs in seconds, and the length of an answer."""

    connect: float = 5
    first_piece: float = 30
    between_pieces: float = 30
    whole_answer: float = 300
    token_usage: float = 2
    """For the token usage, which follows the last piece."""
    analysis: float = 90
    max_characters: int = 40_000


DEFAULT_BOUNDS: Final = Bounds()


class OpenAiLanguageModel(LanguageModel):
    """Retries (through the SDK) until an answer begins, and never after."""

    def __init__(
        self,
        *,
        key: str | None,
        base_url: str | None = None,
        model: str | None = None,
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> None:
        self._model = model or DEFAULT_MODEL
        self._bounds = bounds
        self._is_openai = base_url in {None, OPENAI_URL}
        self._client = openai.AsyncOpenAI(
            api_key=key or NO_KEY,
            base_url=base_url or OPENAI_URL,
            max_retries=MAX_RETRIES,
            http_client=BoundedClient(limits=CONNECTIONS),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._client.close()

    @property
    def provider(self) -> str:
        return "openai"

    @property
    def name(self) -> str:
        return self._model

    async def answer(self, question: Question) -> AsyncGenerator[Piece | TokenUsage]:
        messages = answer_prompt(question)
        spent, token_usage = ToolBudget(), TokenUsage(0, 0)
        with translate_errors(self._model):
            while True:
                stream = await self._client.chat.completions.create(
                    model=self._model,
                    messages=messages,
                    stream=True,
                    stream_options={"include_usage": True},
                    timeout=self._timeout(self._bounds.first_piece),
                    **self._max_tokens(ANSWER_TOKENS),
                    **tool_options(question.tools, spent),
                )
                requested: list[ToolCall] = []
                async with stream, aclosing(_read(stream, self._bounds)) as parts:
                    async for part in parts:
                        if isinstance(part, ToolCall):
                            requested.append(part)
                        elif isinstance(part, TokenUsage):
                            token_usage += part
                        else:
                            yield part
                if not requested or question.tools is None:
                    break
                results: list[ToolResult] = []
                for call in spent.allowed(requested):
                    yield call
                    results.append(await question.tools.call(call))
                    yield results[-1]
                messages = [*messages, *tool_messages(results)]
        if token_usage.total:
            yield token_usage

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        messages = analysis_prompt(request)
        with translate_errors(self._model):
            try:
                completion = await self._client.chat.completions.create(
                    model=self._model,
                    messages=messages,
                    response_format={"type": "json_object"},
                    timeout=self._timeout(self._bounds.analysis),
                    **self._max_tokens(ANALYSIS_TOKENS),
                )
                return read_analysis(completion)
            except (ValueError, RecursionError) as error:
                raise MalformedAnalysisError from error

    def _timeout(self, seconds: float) -> httpx2.Timeout:
        return httpx2.Timeout(seconds, connect=self._bounds.connect)

    def _max_tokens(self, tokens: int) -> Mapping[str, Any]:
        """Bound the reply: OpenAI's newer models have another parameter than all other servers."""
        return {"max_completion_tokens" if self._is_openai else "max_tokens": tokens}


async def _read(
    stream: openai.AsyncStream[ChatCompletionChunk], bounds: Bounds
) -> AsyncGenerator[Delta | ToolCall | TokenUsage]:
    """Yield the pieces of an answer, the tools it asks for, then its token usage.

    Chunks without text do not count.
    """
    now = asyncio.get_running_loop().time
    end, deadline = now() + bounds.whole_answer, now() + bounds.first_piece
    token_usage: TokenUsage | None = None
    characters, is_finished = 0, False
    calls = ToolCallParts()
    while not is_finished:
        async with asyncio.timeout_at(min(deadline, end)):
            chunk = await _next_chunk(stream)
        if chunk is None:
            raise MalformedReplyError("The stream ended without a finish_reason.")
        token_usage, is_finished = chunk.token_usage or token_usage, chunk.is_last
        calls.add(chunk.tool_calls)
        if chunk.text:
            characters += len(chunk.text)
            if characters > bounds.max_characters:
                raise OversizedReplyError
            yield Delta(chunk.text)
            deadline = now() + bounds.between_pieces
    requested = calls.whole()
    if not characters and not requested:
        raise MalformedReplyError("The answer is empty.")
    for call in requested:
        yield call
    with suppress(*FAILURES):  # the answer itself is complete
        async with asyncio.timeout(bounds.token_usage):
            while chunk := await _next_chunk(stream):
                token_usage = chunk.token_usage or token_usage
    if token_usage:
        yield token_usage


async def _next_chunk(stream: openai.AsyncStream[ChatCompletionChunk]) -> Chunk | None:
    """Return None at the end of the stream."""
    try:
        chunk = await anext(stream, None)
        return None if chunk is None else read_chunk(chunk)
    except (ValueError, RecursionError) as error:
        raise MalformedReplyError("A chunk does not follow OpenAI's format.") from error
