"""Computed analyses: the same figures, arranged by what an insight is to be about."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from sigmasight.adapters.language_model.limitations import limitations
from sigmasight.adapters.language_model.offline import sentences
from sigmasight.adapters.language_model.offline.figures import ZERO, Figures, figures
from sigmasight.adapters.language_model.offline.topics import topics_of
from sigmasight.adapters.language_model.offline.wording import money, one_line, percent
from sigmasight.domain.assistant.language_model import (
    Analysis,
    AnalysisRequest,
    InsightType,
    PortfolioContext,
    Severity,
    TokenUsage,
)

LARGE_WEIGHT: Final = Decimal("0.25")
DOMINANT_WEIGHT: Final = Decimal("0.50")
CONCENTRATED: Final = Decimal("0.25")
"""HHI: from four equal positions down."""
VOLATILE: Final = Decimal("0.25")
MOST_TOPICS: Final = 4
WILD: Final = Decimal("0.45")
A_BAD_MONTH: Final = Decimal("0.20")
NOT_GENERATED: Final = "No language model wrote this: it is computed from the portfolio's figures."

Tell = Callable[[PortfolioContext], Iterator[str]]
Grade = Callable[[Figures], Severity]


def computed(request: AnalysisRequest) -> Analysis:
    book, known = request.portfolio, figures(request.portfolio)
    heading, tellers, grade = ABOUT[request.kind]
    if request.kind is InsightType.CUSTOM and (asked := _asked_about(request)):
        tellers = asked
    findings = [sentence for tell in tellers for sentence in tell(book)]
    gaps = limitations(book)
    return Analysis(
        title=heading,
        severity=grade(known) if known.gross else Severity.INFO,
        summary=findings[0] if findings else "There is nothing to analyse yet.",
        key_findings=findings,
        recommendations=list(_worth_a_look(known)),
        full_analysis="\n\n".join([f"## {heading}", *findings, *gaps]),
        data_limitations=" ".join([*gaps, NOT_GENERATED]),
        token_usage=TokenUsage(0, 0),
    )


def _asked_about(request: AnalysisRequest) -> tuple[Tell, ...]:
    text = f"{request.user_question or ''} {request.focus_area or ''}"
    return tuple(topic.tell for topic in topics_of(text))[:MOST_TOPICS]


def by_concentration(known: Figures) -> Severity:
    weight = known.largest[1] if known.largest else ZERO
    if weight >= DOMINANT_WEIGHT:
        return Severity.ELEVATED
    if weight >= LARGE_WEIGHT or (known.concentration or ZERO) >= CONCENTRATED:
        return Severity.WARNING
    return Severity.NORMAL


def by_volatility(known: Figures) -> Severity:
    volatility = known.snapshot.volatility if known.snapshot else None
    if volatility is None:
        return Severity.INFO
    if volatility >= WILD:
        return Severity.ELEVATED
    return Severity.WARNING if volatility >= VOLATILE else Severity.NORMAL


def by_the_worse(known: Figures) -> Severity:
    order = list(Severity)
    return max(by_concentration(known), by_volatility(known), key=order.index)


def _stress(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    beta = known.snapshot.beta if known.snapshot else None
    if beta is None:
        yield "Without a beta, what a fall of the market would cost cannot be estimated."
        return
    change = money(-known.net * beta * A_BAD_MONTH, known.currency)
    yield (
        f"A fall of the market by {percent(A_BAD_MONTH)} would change the portfolio by about"
        f" {change}, by its net exposure and its beta alone."
    )


def _hedges(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    if known.long:
        yield f"Short positions come to {percent(known.short / known.long)} of the long ones."


def _factors(book: PortfolioContext) -> Iterator[str]:
    yield from sentences.risk(book)
    yield "The market (SPY) is the only factor that is measured."


def _worth_a_look(known: Figures) -> Iterator[str]:
    """Tell what to check, never what to do about it."""
    if known.largest and known.largest[1] >= LARGE_WEIGHT:
        symbol, weight = known.largest
        yield f"Check whether {percent(weight)} in {one_line(symbol)} is what you intend."
    if known.gross and not known.short:
        yield "Consider what a fall of the whole market would mean: nothing is held short."
    if known.snapshot is None:
        yield "Have the portfolio calculated, so that its risk figures are there."
    elif known.snapshot.priced_at_entry:
        yield "Import newer prices: some positions stand at their entry price."


ABOUT: Final[Mapping[InsightType, tuple[str, tuple[Tell, ...], Grade]]] = {
    InsightType.DAILY_SUMMARY: ("Summary of the day", (sentences.overview,), by_the_worse),
    InsightType.VOLATILITY_ANALYSIS: ("Volatility", (sentences.risk,), by_volatility),
    InsightType.CONCENTRATION_RISK: ("Concentration", (sentences.concentration,), by_concentration),
    InsightType.HEDGE_QUALITY: (
        "Long against short",
        (sentences.exposure, _hedges),
        by_concentration,
    ),
    InsightType.FACTOR_EXPOSURE: ("Exposure to the market", (_factors,), by_volatility),
    InsightType.STRESS_TEST_REVIEW: (
        "A fall of the market",
        (_stress, sentences.risk),
        by_the_worse,
    ),
    InsightType.CUSTOM: ("The portfolio as it stands", (sentences.overview,), by_the_worse),
}
