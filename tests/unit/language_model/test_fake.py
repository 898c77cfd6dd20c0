"""The fake itself, where its contract says nothing."""

import asyncio

import pytest

from sigmasight.domain.assistant.language_model import AiUnavailableError, Delta
from tests.unit.examples_of_assistant import a_question
from tests.unit.fakes_of_assistant import FakeLanguageModel, out_of_order


@pytest.mark.parametrize("after", [0, 2])
async def test_it_fails_where_it_is_told_to(after: int) -> None:
    model = FakeLanguageModel(failure=out_of_order(), fails_after=after)
    answer = model.answer(a_question())

    for piece in model.pieces[:after]:
        assert await anext(answer) == Delta(piece)
    with pytest.raises(AiUnavailableError):
        await anext(answer)

    assert not model.was_stopped
    assert len(model.questions) == 1


async def test_it_waits_at_its_gate_and_notices_being_cancelled_there() -> None:
    model = FakeLanguageModel(gate=asyncio.Event())

    async def read() -> None:
        await anext(model.answer(a_question()))

    reading = asyncio.create_task(read())
    await model.waiting.wait()

    reading.cancel()

    await model.closed.wait()
    assert model.was_stopped
