"""A language model with scripted answers."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sigmasight.domain.assistant.language_model import (
    Analysis,
    AnalysisRequest,
    Delta,
    LanguageModel,
    Piece,
    Question,
    Severity,
    TokenUsage,
    Toolbox,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from sigmasight.domain.assistant.tools import TOOLS, Toolboxes
from sigmasight.domain.kernel import UserId


def an_analysis(**changes: object) -> Analysis:
    analysis = Analysis(
        title="All is well",
        severity=Severity.NORMAL,
        summary="Nothing stands out.",
        key_findings=["Two positions."],
        recommendations=[],
        full_analysis="Nothing stands out, at length.",
        data_limitations="",
        token_usage=TokenUsage(7, 3),
    )
    return replace(analysis, **changes)  # type: ignore[arg-type]


class FakeLanguageModel(LanguageModel):
    provider = "fake"
    name = "fake-model"

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Reset to three pieces, no failure and no questions."""
        self.pieces: Sequence[str] = ("All ", "is ", "well.")
        self.tool_calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
        """The tools it uses before its first piece."""
        self.failure: Exception | None = None
        self.fails_after = 0
        """How many pieces come before the failure."""
        self.gate = asyncio.Event()
        """Closed, it holds the answer before each piece, and the analysis."""
        self.gate.set()
        self.analyses: Sequence[Analysis | Exception] = (an_analysis(),)
        """What becomes of the requests, one after another; the last one stays."""
        self.questions: list[Question] = []
        self.requests: list[AnalysisRequest] = []
        self.asked = asyncio.Event()
        """Set by the first question or request."""
        self.open = 0
        """How many answers and analyses are under way."""

    async def answer(self, question: Question) -> AsyncGenerator[Piece | TokenUsage]:
        self.questions.append(question)
        self.asked.set()
        self.open += 1
        try:
            for number, (name, arguments) in enumerate(self.tool_calls):
                call = ToolCall(f"call_{number}", name, arguments)
                yield call
                assert question.tools
                yield await question.tools.call(call)
            for place, piece in enumerate(self.pieces):
                await self.gate.wait()
                if self.failure and place == self.fails_after:
                    raise self.failure
                yield Delta(piece)
            yield TokenUsage(7, len(self.pieces))
        finally:
            self.open -= 1

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        self.requests.append(request)
        self.asked.set()
        outcome = self.analyses[min(len(self.requests), len(self.analyses)) - 1]
        self.open += 1
        try:
            await self.gate.wait()
        finally:
            self.open -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class FakeToolbox(Toolbox):
    """Returns one content for every call, and remembers the calls."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.calls: list[ToolCall] = []

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return TOOLS

    async def call(self, call: ToolCall) -> ToolResult:
        self.calls.append(call)
        return ToolResult(call, self.content)


class NoToolboxes(Toolboxes):
    def for_user(self, user: UserId) -> Toolbox:
        del user
        return FakeToolbox({})
