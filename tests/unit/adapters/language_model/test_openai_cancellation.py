"""Cancelling in the middle of an answer: the server notices at once, and nothing stays open."""

import asyncio

import anyio
import pytest

from sigmasight.adapters.language_model.openai import OpenAiLanguageModel
from tests.support.builders.language_model import a_question
from tests.support.servers.model_server import ModelServer


@pytest.mark.parametrize("behaviour", ["stalls", "endless"])
async def test_closing_the_answer_closes_the_connection(
    behaviour: str, server: ModelServer, model: OpenAiLanguageModel
) -> None:
    before = asyncio.all_tasks()
    answer = model.answer(a_question(f"behave: {behaviour}"))

    await anext(answer)
    await answer.aclose()

    await server.all_closed()
    await settled()
    assert asyncio.all_tasks() - before == set()
    assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", ["never", "stalls", "endless"])
async def test_cancelling_the_caller_closes_the_connection(
    behaviour: str, server: ModelServer, model: OpenAiLanguageModel
) -> None:
    arrived = asyncio.Event()

    async def read() -> None:
        async for _ in model.answer(a_question(f"behave: {behaviour}")):
            arrived.set()

    before = asyncio.all_tasks()
    reading = asyncio.create_task(read())
    await (server.asked() if behaviour == "never" else arrived.wait())
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    await server.all_closed()
    await settled()
    assert asyncio.all_tasks() - before == set()
    assert len(server.requests) == 1


async def test_a_cancelled_scope_closes_the_connection_however_often_it_cancels(
    server: ModelServer, model: OpenAiLanguageModel
) -> None:
    before = asyncio.all_tasks()

    with anyio.CancelScope() as scope:
        async for _ in model.answer(a_question("behave: stalls")):
            scope.cancel()

    assert scope.cancelled_caught
    await server.all_closed()
    await settled()
    assert asyncio.all_tasks() - before == set()


async def test_an_answer_nobody_reads_is_never_requested(
    server: ModelServer, model: OpenAiLanguageModel
) -> None:
    await model.answer(a_question()).aclose()

    assert server.requests == []


async def test_a_hundred_answers_at_once_all_come_and_leave_nothing(
    server: ModelServer, model: OpenAiLanguageModel
) -> None:
    async def read() -> int:
        return len([part async for part in model.answer(a_question())])

    assert await asyncio.gather(*(read() for _ in range(100))) == [6] * 100

    await model.aclose()
    await server.all_closed()


async def settled() -> None:
    """Let what has just ended leave the loop."""
    for _ in range(5):
        await asyncio.sleep(0)
