"""The texts of the offline analyst."""

from decimal import Decimal

import pytest

from sigmasight.adapters.language_model.offline.analyst import DISCLOSURE, OfflineAnalyst, answer_to
from sigmasight.domain.assistant.language_model import (
    Delta,
    InsightType,
    Mode,
    Severity,
    TokenUsage,
)
from tests.support.builders.language_model import (
    a_book,
    a_position,
    a_question,
    a_request,
    a_snapshot,
)
from tests.support.builders.portfolios import a_portfolio, terms

UNCALCULATED = a_book(snapshot=None)
EMPTY = a_book(positions=[], snapshot=None)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("What is it worth?", "“Savings” is worth $125,000.00 in all."),
        ("Where am I exposed?", "$100,000.00 long, $25,000.00 short, $125,000.00 gross and"),
        ("Am I concentrated?", "AAPL (80.0 %) and TSLA (20.0 %). Its concentration (HHI) is 0.68"),
        ("Did I lose? Any profit?", "is $24,000.00 unrealized and $1,500.00 realized."),
        ("And the cash?", "The cash of “Savings” is $50,000.00."),
        ("How risky?", "a beta to SPY of 1.13 and a one-day value at risk (95 %) of $2,310.00."),
        ("What about TSLA?", "TSLA in “Savings”: -100 SHORT worth -$25,000.00; TSLA is 20.0 %"),
        ("and aapl", "AAPL in “Savings”: 500 LONG worth $100,000.00"),
        ("What can you do?", "I can tell you about the value, the largest positions"),
        ("Hm.", "“Savings” is worth $125,000.00 in all."),
    ],
)
def test_it_answers_the_topic_of_a_question(text: str, given: str) -> None:
    answer = answer_to(a_question(text))

    assert given in answer
    assert answer.endswith(DISCLOSURE)
    assert answer.count("not a language model") == 1


def test_it_does_not_take_a_word_for_a_symbol() -> None:
    book = a_book(positions=[a_position(symbol="NOW"), a_position(symbol="IT")])

    assert "worth" not in answer_to(a_question("Is it cash now?", portfolios=[book]))


@pytest.mark.parametrize(
    ("mode", "given"),
    [
        (Mode.GREEN, "In other words: volatility is how far a year's returns usually stray"),
        (Mode.INDIGO, "The larger picture: “Savings” leans long, with 60.0 %"),
        (Mode.VIOLET, "a move of 10 % against it would cost about $10,000.00."),
    ],
)
def test_each_mode_has_its_manner(mode: Mode, given: str) -> None:
    assert given in answer_to(a_question("risk", mode=mode))
    assert given not in answer_to(a_question("risk", mode=Mode.BLUE))


@pytest.mark.parametrize(
    ("book", "given"),
    [
        (EMPTY, "There are no open positions yet."),
        (UNCALCULATED, "by the 2 positions shown."),
        (UNCALCULATED, "The portfolio has not been calculated yet"),
        (a_book(snapshot=a_snapshot(beta=None, history_days=9)), "Prices go back 9 days"),
        (a_book(snapshot=a_snapshot(priced_at_entry=1)), "1 of 2 positions has no newer price"),
        (a_book(position_count=700), "Only the 2 largest of 700 positions are shown."),
    ],
)
def test_it_names_missing_data(book: object, given: str) -> None:
    assert given in answer_to(a_question(portfolios=[book]))


def test_it_never_adds_up_different_currencies() -> None:
    euros = a_book(portfolio=a_portfolio(terms=terms(currency="EUR")))

    answer = answer_to(a_question(portfolios=[a_book(), a_book(), euros]))

    assert "Your 3 portfolios are worth EUR 125,000.00 and $250,000.00 together." in answer


def test_without_a_portfolio_it_states_that() -> None:
    assert answer_to(a_question(portfolios=[])).startswith(
        "There is no portfolio to talk about yet."
    )


def test_it_repeats_the_memories() -> None:
    asked = a_question("What do you remember?", memories=["I retire in 2040", "I dislike\n tech"])

    assert "You want remembered: “I retire in 2040” and “I dislike tech”." in answer_to(asked)


async def test_it_is_streamed_word_by_word() -> None:
    pieces = [part async for part in OfflineAnalyst(pause=0).answer(a_question())]

    assert all(isinstance(piece, Delta) for piece in pieces)
    assert "".join(p.text for p in pieces if isinstance(p, Delta)) == answer_to(a_question())
    assert pieces[:3] == [Delta("“Savings” "), Delta("is "), Delta("worth ")]


@pytest.mark.parametrize(
    ("kind", "book", "severity"),
    [
        (InsightType.CONCENTRATION_RISK, a_book(), Severity.ELEVATED),
        (InsightType.VOLATILITY_ANALYSIS, a_book(), Severity.NORMAL),
        (
            InsightType.VOLATILITY_ANALYSIS,
            a_book(snapshot=a_snapshot(volatility=Decimal("0.5"))),
            Severity.ELEVATED,
        ),
        (InsightType.VOLATILITY_ANALYSIS, UNCALCULATED, Severity.INFO),
        (InsightType.DAILY_SUMMARY, EMPTY, Severity.INFO),
    ],
)
async def test_an_analysis_has_the_severity_of_its_rules(
    kind: InsightType, book: object, severity: Severity
) -> None:
    analysis = await OfflineAnalyst().analyse(a_request(kind, portfolio=book))

    assert analysis.severity is severity
    assert "No language model wrote this" in analysis.data_limitations
    assert analysis.token_usage == TokenUsage(0, 0)


async def test_a_custom_analysis_answers_the_question() -> None:
    asked = a_request(InsightType.CUSTOM, user_question="How much cash?", focus_area="beta")

    findings = (await OfflineAnalyst().analyse(asked)).key_findings

    assert "The cash of “Savings” is $50,000.00." in findings
    assert not any("The exposure" in finding for finding in findings)
