"""The offline analyst: finds the topics of a question, and reports on them."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from typing import Final, NamedTuple

from sigmasight.adapters.language_model.limitations import limitations
from sigmasight.adapters.language_model.offline.formatting import listed, money, one_line
from sigmasight.adapters.language_model.offline.lookup import sentence_of, tool_for
from sigmasight.adapters.language_model.offline.report import MAX_POSITIONS, Report
from sigmasight.domain.assistant.language_model import (
    Analysis,
    AnalysisRequest,
    Delta,
    InsightType,
    LanguageModel,
    Mode,
    Piece,
    PortfolioContext,
    Question,
    Severity,
    TokenUsage,
)
from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.positions import Position

DISCLOSURE: Final = (
    "(I am not a language model: everything here is computed from your own figures.)"
)
ABILITIES: Final = (
    "I can tell you about the value, the largest positions, concentration, exposure, profit and"
    " loss, cash and risk of your portfolios, and about any position by its symbol."
)
NOT_GENERATED: Final = "No language model wrote this: it is computed from the portfolio's figures."
ASKS_FOR_ABILITIES: Final = re.compile(
    r"\b(?:what can you|help\b|who are you|what are you)", re.IGNORECASE
)
ASKS_FOR_MEMORIES: Final = re.compile(r"\b(?:remember|memor|know about me)", re.IGNORECASE)
UNTRAPPED: Final = Context(prec=60, traps=[])
"""Makes extreme figures unknown, not errors."""
PAUSE: Final = 0.015
"""Seconds between two words, so that a user sees them appear."""
MAX_MEMORIES: Final = 5
MAX_TOPICS: Final = 4
MIN_LETTERS: Final = 4
"""A symbol of fewer letters has to be in capitals: in lower case it could be a word."""

Sentences = Callable[[Report], Iterator[str]]


class Topic(NamedTuple):
    words: str
    """The regular expression of the words that mention it."""
    sentences: Sentences
    meaning: str

    def is_in(self, text: str) -> bool:
        return re.search(rf"\b(?:{self.words})", text, re.IGNORECASE) is not None


OVERVIEW: Final = Topic(
    "",
    Report.overview,
    "a weight is a position's share of all exposure, long and short alike",
)
VALUE: Final = Topic(
    r"value\b(?! at risk)|worth|total|how much|balance|net asset",
    Report.value,
    "the value is the sum of all positions at their last prices, including cash",
)
TOPICS: Final = (
    Topic(
        r"risk|volatil|beta|drawdown|var\b|safe|danger",
        Report.risk,
        "volatility is how far a year's returns usually stray from their average, and value at"
        " risk is the loss that 95 of 100 days stay below",
    ),
    Topic(
        r"concentrat|diversif|largest|biggest|weight|hhi|position|holding|hold\b",
        Report.concentration,
        "concentration measures how much depends on few positions, from 0 (spread out) to 1"
        " (everything in one)",
    ),
    Topic(
        r"exposure|exposed|long\b|short|gross|hedg|leverage",
        Report.exposure,
        "gross exposure is the sum of long and short positions, net exposure is their difference",
    ),
    Topic(
        r"profit|loss|lost|p&l|pnl|gain|perform|return|earn",
        Report.profit,
        "a profit is unrealized while the position is open, and realized once it is closed",
    ),
    Topic(
        "cash|liquid",
        Report.cash,
        "cash includes money market funds and treasury bills",
    ),
    VALUE,
)
OPENINGS: Final[Mapping[Mode, Sentences]] = {
    Mode.INDIGO: Report.larger_picture,
    Mode.VIOLET: Report.largest_risk,
}
ANALYSES: Final[Mapping[InsightType, tuple[str, Sentences]]] = {
    InsightType.MORNING_BRIEFING: ("Morning briefing", Report.overview),
    InsightType.DAILY_SUMMARY: ("Summary of the day", Report.overview),
    InsightType.VOLATILITY_ANALYSIS: ("Volatility", Report.risk),
    InsightType.CONCENTRATION_RISK: ("Concentration", Report.concentration),
    InsightType.HEDGE_QUALITY: ("Long and short", Report.hedges),
    InsightType.FACTOR_EXPOSURE: ("Market exposure", Report.factors),
    InsightType.STRESS_TEST_REVIEW: ("A market fall", Report.stress),
    InsightType.CUSTOM: ("The portfolio today", Report.overview),
}
IGNORING_VOLATILITY: Final = {InsightType.CONCENTRATION_RISK, InsightType.HEDGE_QUALITY}
IGNORING_WEIGHTS: Final = {InsightType.VOLATILITY_ANALYSIS, InsightType.FACTOR_EXPOSURE}


class OfflineAnalyst(LanguageModel):
    """Gives no advice, costs nothing and never fails."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause

    @property
    def provider(self) -> str:
        return "offline"

    @property
    def name(self) -> str:
        return "offline-analyst"

    async def answer(self, question: Question) -> AsyncGenerator[Piece | TokenUsage]:
        figures = ""
        if question.tools and (call := tool_for(question)):
            yield call
            result = await question.tools.call(call)
            yield result
            figures = sentence_of(result)
        for word in re.findall(r"\S+\s*|\s+", answer_to(question, figures)):
            yield Delta(word)
            await asyncio.sleep(self._pause)

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        with localcontext(UNTRAPPED):
            return _analysis(request)


def answer_to(question: Question, figures: str = "") -> str:
    """Return the answer, with what a tool has found."""
    with localcontext(UNTRAPPED):
        paragraphs = [*_paragraphs(question), figures, DISCLOSURE]
        return "\n\n".join(each for each in paragraphs if each)


def _paragraphs(question: Question) -> Iterator[str]:
    text = question.turns[-1].text if question.turns else ""
    if ASKS_FOR_MEMORIES.search(text):
        yield _memories(question.memories)
    elif ASKS_FOR_ABILITIES.search(text):
        yield ABILITIES
    elif not question.portfolios:
        yield "There is no portfolio to talk about yet."
    else:
        yield from _about_portfolios(question, text)


def _about_portfolios(question: Question, text: str) -> Iterator[str]:
    reports = [Report(context) for context in question.portfolios]
    named = [report.position(p) for report in reports for p in _named_in(text, report.context)]
    topics = [topic for topic in TOPICS if topic.is_in(text)] or [OVERVIEW][: not named]
    if opening := OPENINGS.get(question.mode):
        yield from (sentence for report in reports for sentence in opening(report))
    if len(reports) > 1 and (OVERVIEW in topics or VALUE in topics):
        yield _total_value(reports)
    yield from named[:MAX_POSITIONS]
    for report in reports:
        sentences = [sentence for topic in topics for sentence in topic.sentences(report)]
        if paragraph := " ".join([*sentences, *report.missing()]):
            yield paragraph
    if question.mode is Mode.GREEN:
        yield from (f"In other words: {topic.meaning}." for topic in topics)


def _named_in(text: str, context: PortfolioContext) -> list[Position]:
    """Return the positions whose symbol, or whose underlying's symbol, the text contains."""
    words = {word.rstrip(".-/") for word in re.findall(r"[\w.\-/]+", text)}
    words |= {word.upper() for word in words if len(word) >= MIN_LETTERS}
    return [p for p in context.positions if words & {p.symbol, p.underlying_symbol}]


def _total_value(reports: Sequence[Report]) -> str:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for report in reports:
        totals[report.currency] += report.total
    worth = listed([money(total, currency) for currency, total in sorted(totals.items())])
    return f"Your {count_noun(len(reports), 'portfolio')} are worth {worth} together."


def _memories(memories: Sequence[str]) -> str:
    if not memories:
        return "You have not asked me to remember anything yet."
    facts = listed([f"“{one_line(fact, 200)}”" for fact in memories[:MAX_MEMORIES]])
    more = len(memories) - MAX_MEMORIES
    return f"You want remembered: {facts}{f', and {more} more' if more > 0 else ''}."


def _analysis(request: AnalysisRequest) -> Analysis:
    report = Report(request.portfolio)
    title, sentences = ANALYSES[request.kind]
    findings = list(sentences(report))
    text = f"{request.user_question or ''} {request.focus_area or ''}"
    topics = [topic for topic in TOPICS if topic.is_in(text)]
    if request.kind is InsightType.CUSTOM and topics:
        findings = [each for topic in topics[:MAX_TOPICS] for each in topic.sentences(report)]
    gaps = list(limitations(request.portfolio))
    return Analysis(
        title=title,
        severity=_severity(report, request.kind),
        summary=findings[0] if findings else "There is nothing to analyse yet.",
        key_findings=findings,
        recommendations=list(report.recommendations()),
        full_analysis="\n\n".join([f"## {title}", *findings, *gaps]),
        data_limitations=" ".join([*gaps, NOT_GENERATED]),
        token_usage=TokenUsage(0, 0),
    )


def _severity(report: Report, kind: InsightType) -> Severity:
    """Return the worse of the severities by the largest weight and by volatility."""
    volatility = report.snapshot.volatility if report.snapshot else None
    grades = [Severity.INFO]
    for _, largest in report.largest if kind not in IGNORING_WEIGHTS else ():
        grades.append(_grade(largest, warning=Decimal("0.25"), elevated=Decimal("0.50")))
    if report.gross and volatility is not None and kind not in IGNORING_VOLATILITY:
        grades.append(_grade(volatility, warning=Decimal("0.25"), elevated=Decimal("0.45")))
    return max(grades, key=list(Severity).index)


def _grade(figure: Decimal, *, warning: Decimal, elevated: Decimal) -> Severity:
    if figure >= elevated:
        return Severity.ELEVATED
    return Severity.WARNING if figure >= warning else Severity.NORMAL
