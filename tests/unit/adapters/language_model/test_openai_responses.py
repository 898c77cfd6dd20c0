"""Asking an OpenAI-compatible server: what is sent, and what comes of good answers."""

import pytest

from sigmasight.adapters.language_model.openai import OpenAiLanguageModel
from sigmasight.domain.assistant.language_model import (
    Delta,
    MalformedAnalysisError,
    Severity,
    TokenUsage,
)
from tests.support.builders.language_model import a_question, a_request
from tests.support.servers.model_behaviours import PIECES
from tests.support.servers.model_server import ModelServer
from tests.unit.adapters.language_model.conftest import KEY, asking

WHOLE = [*map(Delta, PIECES), TokenUsage(120, 5)]


async def test_an_answer_is_streamed_and_ends_with_its_token_usage(
    model: OpenAiLanguageModel,
) -> None:
    assert [part async for part in model.answer(a_question())] == WHOLE


async def test_a_request_names_the_model_and_bounds_the_answer(
    server: ModelServer, model: OpenAiLanguageModel
) -> None:
    async for _ in model.answer(a_question()):
        pass

    [request] = server.requests
    assert request["model"] == model.name == "fake-ok"
    assert request["max_tokens"] == 2000
    assert request["stream_options"] == {"include_usage": True}
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert f"authorization: bearer {KEY}" in server.headers[0].lower()


async def test_one_connection_serves_one_answer_after_another(
    server: ModelServer, model: OpenAiLanguageModel
) -> None:
    for _ in range(3):
        async for _ in model.answer(a_question()):
            pass

    assert len(server.requests) == 3
    assert server.open_connections == 1


async def test_without_a_key_a_server_of_ones_own_is_asked_all_the_same(
    server: ModelServer,
) -> None:
    async with asking(server, key=None) as model:
        assert [part async for part in model.answer(a_question())] == WHOLE


@pytest.mark.parametrize("behaviour", ["no-usage", "lingers"])
async def test_an_answer_is_complete_at_its_finish_whatever_follows(
    behaviour: str, stalled: OpenAiLanguageModel
) -> None:
    asked = a_question(f"behave: {behaviour}")

    assert [part async for part in stalled.answer(asked)] == list(map(Delta, PIECES))


async def test_chunks_without_text_are_skipped(model: OpenAiLanguageModel) -> None:
    parts = [part async for part in model.answer(a_question("behave: odd"))]

    assert parts == [Delta("a\u2028"), Delta("ü"), Delta("b")]


@pytest.mark.parametrize("behaviour", ["ok", "fenced"])
async def test_an_analysis_is_read_from_json_in_a_fence_or_without(
    behaviour: str, server: ModelServer
) -> None:
    async with asking(server, model=f"fake-{behaviour}") as model:
        analysis = await model.analyse(a_request())

    assert analysis.title == "One position carries the risk"
    assert analysis.severity is Severity.ELEVATED
    assert analysis.key_findings == ["AAPL weighs 80 %."]
    assert analysis.token_usage == TokenUsage(120, 5)
    assert server.requests[0]["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("behaviour", ["prose", "null", "page"])
async def test_an_analysis_in_another_form_is_malformed_and_not_retried(
    behaviour: str, server: ModelServer
) -> None:
    async with asking(server, model=f"fake-{behaviour}") as model:
        with pytest.raises(MalformedAnalysisError):
            await model.analyse(a_request())

    assert len(server.requests) == 1
