"""The manner of an answer: what comes before its figures, and what after."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from sigmasight.adapters.language_model.offline.figures import figures
from sigmasight.adapters.language_model.offline.topics import Topic
from sigmasight.adapters.language_model.offline.wording import money, name_of, one_line, percent
from sigmasight.domain.assistant.language_model import Mode, PortfolioContext

A_FALL: Final = Decimal("0.10")
BALANCED: Final = Decimal("0.20")
"""Of gross exposure: net exposure within it leans neither way."""


def before(mode: Mode, books: Sequence[PortfolioContext]) -> Iterator[str]:
    for book in books:
        if mode is Mode.INDIGO:
            yield from _larger_picture(book)
        elif mode is Mode.VIOLET:
            yield from _what_could_go_wrong(book)


def after(mode: Mode, topics: Sequence[Topic]) -> Iterator[str]:
    if mode is Mode.GREEN:
        for topic in topics:
            yield f"In other words: {topic.meaning}."


def _larger_picture(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    if not known.gross:
        return
    lean = known.net / known.gross
    if abs(lean) <= BALANCED:
        leaning = "is nearly balanced between long and short"
    else:
        leaning = f"leans {'long' if lean > 0 else 'short'}"
    yield (
        f"The larger picture: {name_of(book)} {leaning}, with {percent(lean)} of its gross"
        " exposure as net."
    )


def _what_could_go_wrong(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    if known.largest is None:
        return
    symbol, weight = known.largest
    cost = money(known.exposure_to(symbol) * A_FALL, known.currency)
    yield (
        f"What could go wrong first: {one_line(symbol)} is {percent(weight)} of the gross exposure"
        f" of {name_of(book)}, and a move of 10 % against it would cost about {cost}."
    )
