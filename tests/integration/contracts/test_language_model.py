"""What every LanguageModel promises: the fake, the offline analyst and the OpenAI adapter."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sigmasight.adapters.language_model.offline.analyst import OfflineAnalyst
from sigmasight.adapters.language_model.openai import OpenAiLanguageModel
from sigmasight.domain.assistant.language_model import (
    Delta,
    InsightType,
    LanguageModel,
    Mode,
    Piece,
    Severity,
    TokenUsage,
)
from tests.support.builders.language_model import a_question, a_request
from tests.support.fakes.language_model import FakeLanguageModel
from tests.support.servers.model_server import model_server


@pytest.fixture(params=["fake", "offline", "openai"])
async def model(request: pytest.FixtureRequest) -> AsyncIterator[LanguageModel]:
    if request.param == "fake":
        yield FakeLanguageModel()
    elif request.param == "offline":
        yield OfflineAnalyst(pause=0)
    else:
        async with (
            model_server() as server,
            OpenAiLanguageModel(key=None, base_url=server.url, model="fake-ok") as model,
        ):
            yield model


async def test_a_model_has_a_provider_and_a_name(model: LanguageModel) -> None:
    assert model.provider
    assert model.name


@pytest.mark.parametrize("mode", Mode)
async def test_an_answer_is_pieces_none_of_them_empty_and_then_perhaps_its_tokens(
    model: LanguageModel, mode: Mode
) -> None:
    parts = [part async for part in model.answer(a_question(mode=mode))]

    pieces = [part for part in parts if isinstance(part, Delta)]
    assert len(pieces) > 1
    assert all(piece.text for piece in pieces)
    assert [isinstance(part, TokenUsage) for part in parts[len(pieces) :]] in ([], [True])


async def test_the_same_model_answers_many_at_once(model: LanguageModel) -> None:
    async def read() -> list[Piece | TokenUsage]:
        return [part async for part in model.answer(a_question())]

    first, *others = await asyncio.gather(*(read() for _ in range(5)))

    assert all(other == first for other in others)


async def test_an_answer_may_be_abandoned_and_another_requested(model: LanguageModel) -> None:
    answer = model.answer(a_question())

    await anext(answer)
    await answer.aclose()

    with pytest.raises(StopAsyncIteration):
        await anext(answer)
    assert [part async for part in model.answer(a_question())]


@pytest.mark.parametrize("kind", InsightType)
async def test_an_analysis_has_all_its_parts(model: LanguageModel, kind: InsightType) -> None:
    analysis = await model.analyse(a_request(kind))

    assert analysis.title
    assert analysis.summary
    assert analysis.full_analysis
    assert analysis.severity in Severity
