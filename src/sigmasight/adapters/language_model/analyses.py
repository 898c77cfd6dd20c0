"""An analysis as a model writes it: one JSON object, every part of it bounded."""

import re
from typing import Annotated, Final

import msgspec

from sigmasight.adapters.language_model.reply import Usage
from sigmasight.domain.assistant.language_model import (
    Analysis,
    MalformedAnalysisError,
    Severity,
)

FENCED: Final = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL | re.IGNORECASE)

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Paragraph = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Item = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Items = Annotated[list[Item], msgspec.Meta(max_length=10)]


class _Written(msgspec.Struct):
    title: Line
    severity: Severity
    summary: Paragraph
    key_findings: Items
    recommendations: Items
    full_analysis: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
    data_limitations: Annotated[str, msgspec.Meta(max_length=2_000)]


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    usage: Usage | None = None


def read_analysis(body: bytes) -> Analysis:
    """Return what a chat completion says; raise MalformedAnalysisError for anything else."""
    try:
        completion = msgspec.json.decode(body, type=_Completion)
        text = completion.choices[0].message.content
        fenced = FENCED.fullmatch(text)
        written = msgspec.json.decode(fenced[1] if fenced else text, type=_Written)
    except (ValueError, RecursionError) as error:
        raise MalformedAnalysisError from error
    return Analysis(
        title=_kept(written.title),
        severity=written.severity,
        summary=_kept(written.summary),
        key_findings=[_kept(finding) for finding in written.key_findings],
        recommendations=[_kept(recommendation) for recommendation in written.recommendations],
        full_analysis=_kept(written.full_analysis),
        data_limitations=_kept(written.data_limitations),
        token_usage=completion.usage.spent() if completion.usage else None,
    )


def _kept(text: str) -> str:
    return text.replace("\x00", "")  # which no text of Postgres can hold
