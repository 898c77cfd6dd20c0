"""What a question is about, by its words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sigmasight.adapters.language_model.offline import sentences
from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.portfolios.positions import Position

SPELT_ANY_WAY: Final = 4
"""Letters, from which on a symbol in lower case is hardly a word of its own."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: the words that select it, its sentences about a portfolio, and its meaning."""

    words: re.Pattern[str]
    tell: Callable[[PortfolioContext], Iterator[str]]
    meaning: str


def _topic(words: str, tell: Callable[[PortfolioContext], Iterator[str]], meaning: str) -> Topic:
    return Topic(re.compile(rf"\b(?:{words})", re.IGNORECASE), tell, meaning)


VALUE: Final = _topic(
    "value\\b(?! at risk)|worth|total|how much|balance|net asset",
    sentences.value,
    "the value is what all positions would bring at their last prices, cash among them",
)
TOPICS: Final = (
    _topic(
        "risk|volatil|beta|drawdown|var\\b|safe|danger",
        sentences.risk,
        "volatility is how far a year's returns usually stray from their average, and value at"
        " risk the loss that 95 of 100 days stay below",
    ),
    _topic(
        "concentrat|diversif|largest|biggest|weight|hhi|position|holding|hold\\b",
        sentences.concentration,
        "concentration tells how much hangs on few positions, from 0 (spread out) to 1 (all in"
        " one)",
    ),
    _topic(
        "exposure|exposed|long\\b|short|gross|hedg|leverage",
        sentences.exposure,
        "gross exposure adds what is held long to what is owed short, net exposure subtracts it",
    ),
    _topic(
        "profit|loss|lost|p&l|pnl|gain|perform|return|earn",
        sentences.profit,
        "a profit is unrealized while the position is open, and realized once it is closed",
    ),
    _topic(
        "cash|liquid",
        sentences.cash,
        "cash is what is held as money, in money market funds and in treasury bills",
    ),
    VALUE,
)
OVERVIEW: Final = _topic(
    "",
    sentences.overview,
    "a weight is a position's share of everything held, long and short alike",
)
ABILITIES: Final = re.compile(r"\b(?:what can you|help\b|who are you|what are you)", re.IGNORECASE)
REMEMBERED: Final = re.compile(r"\b(?:remember|memor|know about me)", re.IGNORECASE)


def topics_of(text: str) -> list[Topic]:
    return [topic for topic in TOPICS if topic.words.search(text)]


def named_in(text: str, book: PortfolioContext) -> list[Position]:
    """Return the positions whose symbol, or whose underlying's, the text names."""
    words = set(re.findall(r"[\w.\-/]+", text))
    words |= {word.rstrip(".-/") for word in words}
    words |= {word.upper() for word in words if len(word) >= SPELT_ANY_WAY}
    return [
        position
        for position in book.positions
        if position.symbol in words or position.underlying_symbol in words
    ]
