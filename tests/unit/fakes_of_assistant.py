"""A language model that says what it is told to, and tells what became of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Analysis,
    AnalysisRequest,
    Delta,
    LanguageModel,
    ModelFault,
    Question,
    Severity,
    TokensSpent,
)


def out_of_order(fault: ModelFault = ModelFault.SERVER_ERROR) -> AiUnavailableError:
    return AiUnavailableError(fault, "The assistant is out of order.")


def an_analysis(**changes: object) -> Analysis:
    analysis = Analysis(
        title="All is well",
        severity=Severity.NORMAL,
        summary="Nothing stands out.",
        key_findings=["Two positions."],
        recommendations=[],
        full_analysis="Nothing stands out, at length.",
        data_limitations="",
        spent=TokensSpent(7, 3),
    )
    return replace(analysis, **changes)  # type: ignore[arg-type]


@dataclass
class FakeLanguageModel(LanguageModel):
    """Scripted: its pieces, where it fails, and a gate at which it waits before each piece."""

    pieces: Sequence[str] = ("Well", ", ", "well.")
    spent: TokensSpent | None = TokensSpent(7, 3)  # noqa: RUF009  frozen
    failure: AiUnavailableError | None = None
    fails_after: int = 0
    """How many pieces come before the failure, if there is one."""
    gate: asyncio.Event | None = None
    """Held before every piece while it is not set; clear it to hold the next one."""
    analyses: Sequence[Analysis | AiUnavailableError] = ()
    """What becomes of the requests, one after another; the last one stays."""

    questions: list[Question] = field(default_factory=list)
    requests: list[AnalysisRequest] = field(default_factory=list)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it has come to its gate."""
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once an answer is over, however it ended."""
    was_stopped: bool = False
    """Whether an answer was closed, or cancelled, before its end."""

    @property
    def provider(self) -> str:
        return "fake"

    @property
    def name(self) -> str:
        return "fake-model"

    async def answer(self, question: Question) -> AsyncIterator[Delta | TokensSpent]:
        self.questions.append(question)
        is_over = False
        try:
            for count, piece in enumerate(self.pieces):
                if self.failure and count == self.fails_after:
                    break
                await self._held()
                yield Delta(piece)
            is_over = True
            if self.failure:
                raise self.failure
            if self.spent:
                yield self.spent
        finally:
            self.was_stopped = self.was_stopped or not is_over
            self.closed.set()

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        self.requests.append(request)
        await self._held()
        if not self.analyses:
            return an_analysis()
        outcome = self.analyses[min(len(self.requests), len(self.analyses)) - 1]
        if isinstance(outcome, AiUnavailableError):
            raise outcome
        return outcome

    async def _held(self) -> None:
        await asyncio.sleep(0)
        if self.gate:
            self.waiting.set()
            await self.gate.wait()
