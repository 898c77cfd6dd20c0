"""Asking an OpenAI-compatible server that answers badly, or not at all."""

from traceback import format_exception

import pytest
from structlog.typing import EventDict

from sigmasight.adapters.language_model.openai import Bounds, OpenAiLanguageModel
from sigmasight.domain.assistant.language_model import AiUnavailableError, ModelFailure
from tests.support.builders.language_model import a_question, a_request
from tests.support.servers.model_behaviours import MALFORMED, SECRETIVE
from tests.support.servers.model_server import ModelServer
from tests.unit.adapters.language_model.conftest import HASTY, KEY, Waits, asking

NETWORK, LIMITED, SERVER, FATAL = (
    ModelFailure.NETWORK_ERROR,
    ModelFailure.RATE_LIMITED,
    ModelFailure.SERVER_ERROR,
    ModelFailure.FATAL_ERROR,
)


async def failure_of(
    model: OpenAiLanguageModel, behaviour: str
) -> tuple[list[object], ModelFailure]:
    """Return what came before the failure, and the failure."""
    parts: list[object] = []

    async def read() -> None:
        async for part in model.answer(a_question(f"behave: {behaviour}")):
            parts.append(part)  # noqa: PERF401  the parts before a failure are kept

    with pytest.raises(AiUnavailableError) as failure:
        await read()
    assert SECRETIVE not in "".join(format_exception(failure.value))
    return parts, failure.value.failure


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [("429", LIMITED), ("500", SERVER), ("503", SERVER), ("cut-at-once", NETWORK)],
)
async def test_transient_failures_are_tried_three_times_before_the_first_piece(
    behaviour: str,
    fault: ModelFailure,
    server: ModelServer,
    model: OpenAiLanguageModel,
    waits: Waits,
) -> None:
    assert await failure_of(model, behaviour) == ([], fault)

    assert len(server.requests) == 3
    assert len(waits.seconds) == 2
    assert all(0 < wait <= 2 for wait in waits.seconds)


@pytest.mark.parametrize("behaviour", ["never", "keep-alives"])
async def test_silence_is_retried_three_times_and_keep_alives_count_as_silence(
    behaviour: str, server: ModelServer, hasty: OpenAiLanguageModel
) -> None:
    assert await failure_of(hasty, behaviour) == ([], NETWORK)

    assert len(server.requests) == 3
    await server.all_closed()


async def test_a_failure_that_passes_is_never_noticed(
    server: ModelServer, model: OpenAiLanguageModel
) -> None:
    server.script += ["500", "429"]

    parts = [part async for part in model.answer(a_question())]

    assert len(parts) == 6
    assert len(server.requests) == 3


@pytest.mark.parametrize("behaviour", ["400", "401", "403", "404", "302"])
async def test_a_refusal_is_logged_for_operators_without_secrets(
    behaviour: str, server: ModelServer, model: OpenAiLanguageModel, log: list[EventDict]
) -> None:
    assert await failure_of(model, behaviour) == ([], FATAL)

    assert len(server.requests) == 1
    [line] = log
    assert line["log_level"] == "error"
    assert line["status"] == int(behaviour)
    assert KEY not in str(line)
    assert SECRETIVE not in str(line)


async def test_a_short_retry_after_is_respected(model: OpenAiLanguageModel, waits: Waits) -> None:
    await failure_of(model, "429-soon")

    assert waits.seconds == [2, 2]


async def test_a_long_retry_after_is_not_waited_for(
    server: ModelServer, model: OpenAiLanguageModel, waits: Waits
) -> None:
    assert await failure_of(model, "429-later") == ([], LIMITED)

    assert waits.seconds == []
    assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", [*MALFORMED, "empty", "oversized", "page", "large-page"])
async def test_an_unusable_answer_is_not_retried(
    behaviour: str, server: ModelServer, model: OpenAiLanguageModel
) -> None:
    assert await failure_of(model, behaviour) == ([], SERVER)

    assert len(server.requests) == 1
    await model.aclose()
    await server.all_closed()


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        ("cut", NETWORK),
        ("unfinished", SERVER),
        ("oversized-after", SERVER),
        *((f"{name}-after", SERVER) for name in MALFORMED),
    ],
)
async def test_nothing_is_asked_again_once_a_piece_is_out(
    behaviour: str, fault: ModelFailure, server: ModelServer, model: OpenAiLanguageModel
) -> None:
    parts, failed = await failure_of(model, behaviour)

    assert failed is fault
    assert len(parts) == 2
    assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", ["stalls", "keep-alives-after"])
async def test_silence_between_pieces_ends_the_answer(
    behaviour: str, server: ModelServer, stalled: OpenAiLanguageModel
) -> None:
    parts, fault = await failure_of(stalled, behaviour)

    assert (len(parts), fault) == (2, NETWORK)
    assert len(server.requests) == 1
    await server.all_closed()


async def test_an_endless_answer_is_cut_off(server: ModelServer) -> None:
    async with asking(server, bounds=Bounds(max_characters=700)) as model:
        parts, fault = await failure_of(model, "endless")

    assert (len(parts), fault) == (100, SERVER)


async def test_an_answer_may_take_so_long_and_no_longer(server: ModelServer) -> None:
    async with asking(server, bounds=Bounds(whole_answer=0.15)) as model:
        _, fault = await failure_of(model, "keep-alives-after")

    assert fault is NETWORK


async def test_an_error_body_of_ten_megabytes_is_not_read(model: OpenAiLanguageModel) -> None:
    assert await failure_of(model, "500-at-length") == ([], SERVER)


async def test_an_unreachable_server_is_a_network_error(waits: Waits) -> None:
    async with OpenAiLanguageModel(key=KEY, base_url="http://127.0.0.1:1/v1") as model:
        assert await failure_of(model, "ok") == ([], NETWORK)

    assert len(waits.seconds) == 2


@pytest.mark.parametrize(
    ("behaviour", "fault", "asked"),
    [
        ("429", LIMITED, 3),
        ("500", SERVER, 3),
        ("401", FATAL, 1),
        ("cut-at-once", NETWORK, 3),
        ("large-page", SERVER, 1),
    ],
)
async def test_an_analysis_fails_in_the_same_ways(
    behaviour: str, fault: ModelFailure, asked: int, server: ModelServer
) -> None:
    async with asking(server, model=f"fake-{behaviour}") as model:
        with pytest.raises(AiUnavailableError) as failure:
            await model.analyse(a_request())

    assert failure.value.failure is fault
    assert len(server.requests) == asked


async def test_an_analysis_that_never_arrives_is_requested_three_times(server: ModelServer) -> None:
    async with asking(server, model="fake-never", bounds=HASTY) as model:
        with pytest.raises(AiUnavailableError) as failure:
            await model.analyse(a_request())

    assert failure.value.failure is NETWORK
    assert len(server.requests) == 3
