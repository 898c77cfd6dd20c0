"""An OpenAI-compatible server that uses tools, within bounds."""

import pytest

from sigmasight.adapters.language_model.tool_calls import MAX_CALLS, MAX_RESULT_CHARACTERS
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Delta,
    ModelFailure,
    TokenUsage,
    ToolCall,
    ToolResult,
)
from tests.support.builders.language_model import a_question
from tests.support.fakes.language_model import FakeToolbox
from tests.support.servers.model_behaviours import PIECES
from tests.support.servers.model_server import ModelServer
from tests.unit.adapters.language_model.conftest import asking

ONE, TWO = ToolCall("one", "get_overview", {"portfolio_id": "x"}), ToolCall("two", "get_risk", {})


async def test_tools_are_used_before_the_answer_and_their_tokens_count(server: ModelServer) -> None:
    tools = FakeToolbox({"net_asset_value": 5})
    async with asking(server, model="fake-tools") as model:
        parts = [part async for part in model.answer(a_question(tools=tools))]

    results = [ToolResult(each, tools.content) for each in (ONE, TWO)]
    assert parts == [
        *(ONE, results[0], TWO, results[1]),
        *map(Delta, PIECES),
        TokenUsage(240, 10),
    ]
    first, second = server.requests
    assert [each["function"]["name"] for each in first["tools"]] == [
        each.name for each in tools.specs
    ]
    assert [each["role"] for each in second["messages"]] == [
        *("system", "user", "assistant", "tool", "tool")
    ]
    assert second["messages"][3]["content"] == '{"net_asset_value":5}'


async def test_a_model_that_asks_for_tools_for_ever_fails_once_its_bounds_are_reached(
    server: ModelServer,
) -> None:
    tools = FakeToolbox({})
    async with asking(server, model="fake-tools-always") as model:
        with pytest.raises(AiUnavailableError) as refusal:
            async for _ in model.answer(a_question(tools=tools)):
                pass

    assert refusal.value.failure is ModelFailure.SERVER_ERROR
    assert len(tools.calls) == MAX_CALLS
    assert "tools" not in server.requests[-1]


async def test_without_tools_none_are_offered_nor_used(server: ModelServer) -> None:
    async with asking(server, model="fake-tools") as model:
        parts = [part async for part in model.answer(a_question())]

    assert "tools" not in server.requests[0]
    assert not any(isinstance(part, ToolCall) for part in parts)


async def test_a_result_that_is_too_large_is_replaced_by_a_sentence(server: ModelServer) -> None:
    tools = FakeToolbox({"text": "x" * MAX_RESULT_CHARACTERS})
    async with asking(server, model="fake-tools") as model:
        async for _ in model.answer(a_question(tools=tools)):
            pass

    assert "too large" in server.requests[1]["messages"][3]["content"]


async def test_arguments_without_end_fail(server: ModelServer) -> None:
    async with asking(server, model="fake-tools-at-length") as model:
        with pytest.raises(AiUnavailableError):
            async for _ in model.answer(a_question(tools=FakeToolbox({}))):
                pass
