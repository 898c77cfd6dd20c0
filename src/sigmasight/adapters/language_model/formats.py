"""What a model server sends, validated: the chunks of an answer, and analyses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from sigmasight.domain.assistant.language_model import Analysis, Severity, TokenUsage

JSON_IN_FENCE: Final = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL | re.IGNORECASE)

TokenCount = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class _Usage(msgspec.Struct):
    prompt_tokens: TokenCount
    completion_tokens: TokenCount

    def token_usage(self) -> TokenUsage:
        return TokenUsage(self.prompt_tokens, self.completion_tokens)


class _FunctionPart(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class ToolCallPart(msgspec.Struct):
    """A part of a tool call; the parts of one `index` belong together."""

    index: int = 0
    id: str | None = None
    function: _FunctionPart | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    """The model's reason not to answer; shown to the user as an answer."""
    tool_calls: list[ToolCallPart] | None = None


class _ChunkChoice(msgspec.Struct):
    delta: _Delta
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_ChunkChoice]
    usage: _Usage | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    text: str = ""
    is_last: bool = False
    tool_calls: Sequence[ToolCallPart] = ()
    token_usage: TokenUsage | None = None


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    usage: _Usage | None = None


Item = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class _AnalysisJson(msgspec.Struct):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    severity: Severity
    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    key_findings: Annotated[list[Item], msgspec.Meta(max_length=10)]
    recommendations: Annotated[list[Item], msgspec.Meta(max_length=10)]
    full_analysis: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
    data_limitations: Annotated[str, msgspec.Meta(max_length=2_000)]


def read_chunk(data: object) -> Chunk:
    """Validate one of the SDK's chunks, which the SDK does not; raise ValueError."""
    chunk = msgspec.convert(data, _Chunk, from_attributes=True)
    usage = chunk.usage.token_usage() if chunk.usage else None
    if not chunk.choices:
        return Chunk(token_usage=usage)
    choice = chunk.choices[0]
    text = _storable(choice.delta.content or choice.delta.refusal or "")
    calls = choice.delta.tool_calls or ()
    return Chunk(text, choice.finish_reason is not None, calls, usage)


def read_analysis(data: object) -> Analysis:
    """Return the analysis in one of the SDK's chat completions; raise ValueError."""
    completion = msgspec.convert(data, _Completion, from_attributes=True)
    text = completion.choices[0].message.content
    fenced = JSON_IN_FENCE.fullmatch(text)
    written = msgspec.json.decode(fenced[1] if fenced else text, type=_AnalysisJson)
    return Analysis(
        title=_storable(written.title),
        severity=written.severity,
        summary=_storable(written.summary),
        key_findings=[_storable(finding) for finding in written.key_findings],
        recommendations=[_storable(item) for item in written.recommendations],
        full_analysis=_storable(written.full_analysis),
        data_limitations=_storable(written.data_limitations),
        token_usage=completion.usage.token_usage() if completion.usage else None,
    )


def _storable(text: str) -> str:
    """Remove the character that Postgres cannot store; raise ValueError for half a surrogate."""
    return text.replace("\x00", "").encode().decode()
