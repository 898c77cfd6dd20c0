"""A language model that says what it is told to."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from sigmasight.domain.assistant.language_model import (
    Analysis,
    AnalysisRequest,
    Delta,
    LanguageModel,
    Question,
    TokensSpent,
)


class FakeLanguageModel(LanguageModel):
    provider = "fake"
    name = "fake-model"

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew: three pieces, no failure, nothing asked."""
        self.pieces: Sequence[str] = ("All ", "is ", "well.")
        self.failure: Exception | None = None
        self.fails_after = 0
        """How many pieces come before the failure."""
        self.gate = asyncio.Event()
        """Closed, it holds the answer before each piece."""
        self.gate.set()
        self.questions: list[Question] = []
        self.open = 0
        """How many answers are under way."""

    async def answer(self, question: Question) -> AsyncGenerator[Delta | TokensSpent]:
        self.questions.append(question)
        self.open += 1
        try:
            for place, piece in enumerate(self.pieces):
                await self.gate.wait()
                if self.failure and place == self.fails_after:
                    raise self.failure
                yield Delta(piece)
            yield TokensSpent(7, len(self.pieces))
        finally:
            self.open -= 1

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        raise NotImplementedError
