"""The offline analyst's use of tools."""

import pytest

from sigmasight.adapters.language_model.offline.analyst import OfflineAnalyst
from sigmasight.adapters.language_model.offline.lookup import TOOLS as LOOKUPS
from sigmasight.domain.assistant.language_model import Delta, ToolCall, ToolResult
from sigmasight.domain.assistant.tools import TOOLS
from tests.support.builders.language_model import a_question
from tests.support.fakes.language_model import FakeToolbox

CONTENT = {"scenarios": [{"id": "market_down_10", "gain": -12000.0, "percent": -9.6}]}


async def test_a_question_about_a_crash_is_answered_from_the_stress_test() -> None:
    tools = FakeToolbox(CONTENT)

    parts = [
        part
        async for part in OfflineAnalyst(pause=0).answer(
            a_question("What would a crash cost?", tools=tools)
        )
    ]

    [call] = tools.calls
    assert parts[:2] == [call, ToolResult(call, CONTENT)]
    assert call.name == "get_stress_test"
    text = "".join(part.text for part in parts if isinstance(part, Delta))
    assert "From get_stress_test: market_down_10 -9.60." in text


@pytest.mark.parametrize("text", ["How much cash?", "What can you do?", "Hm."])
async def test_other_questions_need_no_tool(text: str) -> None:
    tools = FakeToolbox(CONTENT)

    async for part in OfflineAnalyst(pause=0).answer(a_question(text, tools=tools)):
        assert not isinstance(part, ToolCall)

    assert tools.calls == []


def test_the_analyst_knows_only_tools_that_exist() -> None:
    assert {name for _, name in LOOKUPS} <= {spec.name for spec in TOOLS}
