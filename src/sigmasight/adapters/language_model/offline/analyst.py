"""Answers that are computed, not generated."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from typing import Final

from sigmasight.adapters.language_model.arithmetic import forgiving
from sigmasight.adapters.language_model.offline import sentences
from sigmasight.adapters.language_model.offline.analyses import computed
from sigmasight.adapters.language_model.offline.manners import after, before
from sigmasight.adapters.language_model.offline.topics import (
    ABILITIES,
    OVERVIEW,
    REMEMBERED,
    VALUE,
    named_in,
    topics_of,
)
from sigmasight.adapters.language_model.offline.wording import listed, one_line
from sigmasight.domain.assistant.language_model import (
    Analysis,
    AnalysisRequest,
    Delta,
    LanguageModel,
    Question,
    TokenUsage,
)

DISCLOSURE: Final = (
    "(I am not a language model: everything here is computed from your own figures.)"
)
CAN: Final = (
    "I can tell you about the value, the largest positions, concentration, exposure, profit and"
    " loss, cash and risk of your portfolios, and about any position by its symbol."
)
PAUSE: Final = 0.015
"""Seconds between pieces, so that a person sees them arrive."""
REMEMBERED_AT_MOST: Final = 5
MOST_OF_A_FACT: Final = 200
WORDS: Final = re.compile(r"\S+\s*|\s+")


class OfflineAnalyst(LanguageModel):
    """Gives no advice, costs nothing, and never fails."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause

    @property
    def provider(self) -> str:
        return "offline"

    @property
    def name(self) -> str:
        return "offline-analyst"

    async def answer(self, question: Question) -> AsyncGenerator[Delta | TokenUsage]:
        for word in WORDS.findall(answer_to(question)):
            yield Delta(word)
            await asyncio.sleep(self._pause)

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        with forgiving():
            return computed(request)


def answer_to(question: Question) -> str:
    with forgiving():
        return "\n\n".join([*_paragraphs(question), DISCLOSURE])


def _paragraphs(question: Question) -> Iterator[str]:
    text = question.turns[-1].text if question.turns else ""
    if REMEMBERED.search(text):
        yield _remembered(question)
        return
    if ABILITIES.search(text):
        yield CAN
        return
    if not question.portfolios:
        yield "There is no portfolio to talk about yet."
        return
    yield from _about_books(question, text)


def _about_books(question: Question, text: str) -> Iterator[str]:
    held = [(position, book) for book in question.portfolios for position in named_in(text, book)]
    topics = topics_of(text) or ([] if held else [OVERVIEW])
    yield from before(question.mode, question.portfolios)
    if OVERVIEW in topics or VALUE in topics:
        yield from sentences.together(question.portfolios)
    for position, book in held[: sentences.SHOWN]:
        yield " ".join(sentences.position(position, book))
    for book in question.portfolios:
        answered = [sentence for topic in topics for sentence in topic.tell(book)]
        if paragraph := " ".join([*answered, *sentences.missing(book)]):
            yield paragraph
    yield from after(question.mode, topics)


def _remembered(question: Question) -> str:
    if not question.memories:
        return "You have not asked for anything to be remembered yet."
    facts = [
        f"“{one_line(fact, MOST_OF_A_FACT)}”" for fact in question.memories[:REMEMBERED_AT_MOST]
    ]
    more = len(question.memories) - len(facts)
    return f"You want remembered: {listed(facts)}{f', and {more} more' if more else ''}."
