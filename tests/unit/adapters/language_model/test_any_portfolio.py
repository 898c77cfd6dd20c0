"""Whatever the books hold, there is an answer, and a prompt that nothing in them can break."""

import asyncio
import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.adapters.language_model.offline.analyst import OfflineAnalyst, answer_to
from sigmasight.adapters.language_model.offline.report import Report
from sigmasight.adapters.language_model.prompts import analysis_prompt, answer_prompt
from sigmasight.domain.assistant.language_model import (
    Delta,
    InsightType,
    PortfolioContext,
    Question,
)
from tests.support.builders.language_model import a_position, a_request
from tests.unit.adapters.language_model.strategies import books, questions

ORDINARY = st.builds(
    a_position,
    symbol=st.sampled_from(["AAPL", "MSFT", "TSLA", "NVDA"]),
    quantity=st.decimals(-1000, 1000, places=2),
    last_price=st.decimals(1, 1000, places=2),
)


@given(questions())
def test_the_analyst_always_answers_and_identifies_itself(question: Question) -> None:
    async def pieces() -> list[str]:
        answer = OfflineAnalyst(pause=0).answer(question)
        return [part.text async for part in answer if isinstance(part, Delta)]

    text = answer_to(question)

    assert text.count("not a language model") == 1
    assert text == answer_to(question)
    reported = asyncio.run(pieces())
    assert "".join(reported) == text
    assert all(reported)


@given(books(), st.sampled_from(InsightType))
def test_the_analyst_always_analyses_within_bounds(
    book: PortfolioContext, kind: InsightType
) -> None:
    analysis = asyncio.run(OfflineAnalyst().analyse(a_request(kind, portfolio=book)))

    assert 0 < len(analysis.title) <= 200
    assert 0 < len(analysis.summary) <= 2000
    assert len(analysis.key_findings) <= 10
    assert all(0 < len(item) <= 700 for item in analysis.key_findings)
    assert len(analysis.full_analysis) <= 20_000


@given(books(positions=ORDINARY, snapshots=st.nothing()))
def test_weights_add_up_to_one_and_concentration_lies_between(book: PortfolioContext) -> None:
    known = Report(book)

    if known.weights:
        assert abs(sum(known.weights.values(), Decimal(-1))) < Decimal("1e-9")
        assert all(0 <= weight <= 1 for weight in known.weights.values())
    if (hhi := known.hhi) is not None:
        assert 0 < hhi <= Decimal("1.000000001")
    assert known.gross == known.long + known.short
    assert known.net == known.long - known.short


@given(questions())
def test_user_input_never_leaves_the_data_section_of_a_prompt(question: Question) -> None:
    head, *turns = answer_prompt(question)

    _, data = str(head["content"]).split("<data>\n")
    written, rest = data.split("\n</data>")
    assert rest.strip() == ""
    shown = json.loads(written)
    assert [p["name"] for p in shown["portfolios"]] == [
        book.portfolio.terms.name for book in question.portfolios
    ]
    assert shown["remembered"] == list(question.memories)
    assert [message.get("content") for message in turns] == [turn.text for turn in question.turns]


@given(books(), st.text())
def test_nor_that_of_an_analysis(book: PortfolioContext, asked: str) -> None:
    head, _ = analysis_prompt(a_request(portfolio=book, user_question=asked))

    _, data = str(head["content"]).split("<data>\n")
    assert json.loads(data.split("\n</data>")[0])["question"] == asked
