"""Any server that speaks OpenAI's chat completions.

https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam

from sigmasight.adapters.language_model.analyses import read_analysis
from sigmasight.adapters.language_model.bounds import bound, lines
from sigmasight.adapters.language_model.faults import translated
from sigmasight.adapters.language_model.prompting import Message, conversation, order
from sigmasight.adapters.language_model.reply import Pace, Reply
from sigmasight.adapters.language_model.retrying import Sleep, retrying
from sigmasight.domain.assistant.language_model import (
    Analysis,
    AnalysisRequest,
    Delta,
    LanguageModel,
    Question,
    TokenUsage,
)

OPENAIS_OWN: Final = "https://api.openai.com/v1"
"""Named, for without it the SDK would look into the environment, past our settings."""
DEFAULT_MODEL: Final = "gpt-4o-mini"
NO_KEY: Final = "none"
"""Servers on one's own machine ask for none; the SDK insists on one."""
ANSWER_TOKENS: Final = 2_000
ANALYSIS_TOKENS: Final = 4_000
CONNECTIONS: Final = httpx2.Limits(max_connections=4_000, max_keepalive_connections=100)
"""An answer under way holds one for half a minute: far more of them than one process serves."""
DEFAULT_PACE: Final = Pace()


@dataclass(frozen=True, slots=True)
class _Begun:
    """An answer whose first piece is here."""

    first: str
    reply: Reply
    holding: AsyncExitStack


class OpenAiLanguageModel(LanguageModel):
    """Asks again until the first piece is here, and never after it."""

    def __init__(
        self,
        *,
        key: str | None,
        base_url: str | None = None,
        model: str | None = None,
        pace: Pace = DEFAULT_PACE,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._model = model or DEFAULT_MODEL
        self._pace = pace
        self._sleep = sleep
        self._is_openais_own = base_url in {None, OPENAIS_OWN}
        self._client = openai.AsyncOpenAI(
            api_key=key or NO_KEY,
            base_url=base_url or OPENAIS_OWN,
            max_retries=0,
            http_client=httpx2.AsyncClient(
                limits=CONNECTIONS,
                timeout=httpx2.Timeout(None, connect=pace.connect),  # the rest is timed here
                event_hooks={"response": [bound]},
            ),
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

    async def answer(self, question: Question) -> AsyncGenerator[Delta | TokenUsage]:
        with translated(self._model):
            begun: _Begun = await retrying(self._sleep)(self._begin, conversation(question))
        async with begun.holding:
            yield Delta(begun.first)
            while True:
                with translated(self._model):
                    piece = await begun.reply.piece()
                if piece is None:
                    break
                yield Delta(piece)
            spent = await begun.reply.spent()
        if spent:
            yield spent

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        with translated(self._model):
            body: bytes = await retrying(self._sleep)(self._complete, order(request))
        return read_analysis(body)

    async def _begin(self, messages: Sequence[Message]) -> _Begun:
        async with AsyncExitStack() as holding:
            async with asyncio.timeout(self._pace.first_piece):
                response = await holding.enter_async_context(
                    self._client.chat.completions.with_streaming_response.create(
                        model=self._model,
                        messages=_as_the_sdk_has_them(messages),
                        stream=True,
                        stream_options={"include_usage": True},
                        **self._at_most(ANSWER_TOKENS),
                    )
                )
                raw = await holding.enter_async_context(
                    aclosing(response.http_response.aiter_raw())
                )
                reply = await holding.enter_async_context(
                    aclosing(Reply(lines(raw), self._pace)),
                )
                first = await reply.first()
            return _Begun(first, reply, holding.pop_all())

    async def _complete(self, messages: Sequence[Message]) -> bytes:
        async with asyncio.timeout(self._pace.analysis):
            response = await self._client.chat.completions.with_raw_response.create(
                model=self._model,
                messages=_as_the_sdk_has_them(messages),
                response_format={"type": "json_object"},
                **self._at_most(ANALYSIS_TOKENS),
            )
            content: bytes = response.content
            return content

    def _at_most(self, tokens: int) -> Mapping[str, Any]:
        """Bound an answer: OpenAI's newer models know another word for it than everybody else."""
        return {"max_completion_tokens" if self._is_openais_own else "max_tokens": tokens}


def _as_the_sdk_has_them(messages: Sequence[Message]) -> list[ChatCompletionMessageParam]:
    return [cast("ChatCompletionMessageParam", message) for message in messages]
