"""From a question to an answer that is settled, however it ends."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from sigmasight.domain.access.usage import (
    RESERVATION_LIFETIME,
    AiLimitReachedError,
    IdempotencyKeyReusedError,
    MessageCounter,
)
from sigmasight.domain.assistant import chat
from sigmasight.domain.assistant.conversations import ConversationNotFoundError, ConversationTerms
from sigmasight.domain.assistant.exchanges import AnswerState
from sigmasight.domain.assistant.language_model import (
    AiUnavailableError,
    Mode,
    ModelFailure,
    Piece,
    Role,
    TokenUsage,
    Turn,
)
from sigmasight.domain.kernel import DatabaseUnavailableError
from tests.support.builders.assistant import a_conversation, a_memory
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user
from tests.unit.domain.assistant.chat_workspace import ChatWorkspace

RATE_LIMITED = AiUnavailableError(ModelFailure.RATE_LIMITED, "Too much to do.")


@pytest.fixture
def workspace() -> ChatWorkspace:
    return ChatWorkspace()


async def test_an_answer_is_streamed_stored_and_charged(
    workspace: ChatWorkspace,
) -> None:
    started = await workspace.start()

    exchange = await workspace.finish(started)

    assert workspace.deltas == ["All ", "is ", "well."]
    assert exchange.state is AnswerState.COMPLETE
    assert (exchange.answer, exchange.token_usage) == ("All is well.", TokenUsage(7, 3))
    assert exchange == workspace.store.exchanges[exchange.id]
    assert (workspace.used, workspace.open_reservations, workspace.model.open) == (1, 0, 0)


async def test_a_model_that_fails_before_its_first_token_costs_nothing(
    workspace: ChatWorkspace,
) -> None:
    workspace.model.failure = RATE_LIMITED

    exchange = await workspace.finish(await workspace.start())

    assert (exchange.state, exchange.failure) == (AnswerState.FAILED, ModelFailure.RATE_LIMITED)
    assert exchange.refunded
    assert (workspace.used, workspace.open_reservations) == (0, 0)


async def test_an_answer_interrupted_after_its_first_token_is_stored_in_part(
    workspace: ChatWorkspace,
) -> None:
    workspace.model.failure, workspace.model.fails_after = RATE_LIMITED, 2

    exchange = await workspace.finish(await workspace.start())

    assert (exchange.state, exchange.answer) == (AnswerState.PARTIAL, "All is ")
    assert (exchange.failure, exchange.refunded) == (ModelFailure.RATE_LIMITED, False)
    assert (workspace.used, workspace.open_reservations) == (1, 0)


async def test_an_empty_answer_is_a_failure(workspace: ChatWorkspace) -> None:
    workspace.model.pieces = ()

    exchange = await workspace.finish(await workspace.start())

    assert (exchange.state, exchange.refunded) == (AnswerState.FAILED, True)
    assert workspace.used == 0


async def test_when_nobody_listens_any_more_the_model_is_left_and_the_message_settled(
    workspace: ChatWorkspace,
) -> None:
    for reported in range(3):
        workspace.model.gate.set()
        heard = asyncio.Event()
        workspace.deltas.clear()

        async def listen(
            piece: Piece, *, until: int = reported, heard: asyncio.Event = heard
        ) -> None:
            await workspace.on_delta(piece)
            if len(workspace.deltas) == until:
                workspace.model.gate.clear()
                heard.set()

        if reported == 0:
            workspace.model.gate.clear()
            heard.set()
        before = workspace.used
        started = await workspace.start()
        assert started.question
        finish = asyncio.create_task(workspace.stream_reply(started, started.question, listen))
        await heard.wait()
        await asyncio.sleep(0)
        finish.cancel()
        exchange = await finish

        assert exchange.answer == "".join(["All ", "is ", "well."][:reported])
        assert exchange.state is (AnswerState.PARTIAL if reported else AnswerState.FAILED)
        assert workspace.used - before == min(reported, 1)
        assert (workspace.open_reservations, workspace.model.open) == (0, 0)


async def test_an_answer_that_takes_too_long_is_broken_off(
    workspace: ChatWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "REPLY_SECONDS", 0.01)
    workspace.model.gate.clear()

    exchange = await workspace.finish(await workspace.start())

    assert (exchange.state, exchange.failure) == (AnswerState.FAILED, ModelFailure.NETWORK_ERROR)
    assert (workspace.used, workspace.model.open) == (0, 0)


async def test_a_bug_settles_too_and_is_not_hidden(workspace: ChatWorkspace) -> None:
    workspace.model.failure = ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        await workspace.finish(await workspace.start())

    assert (workspace.used, workspace.open_reservations) == (0, 0)


def test_a_reservation_outlasts_its_answer() -> None:
    assert RESERVATION_LIFETIME.total_seconds() > chat.REPLY_SECONDS + MINUTE.total_seconds()


async def test_a_refused_question_costs_nothing(
    workspace: ChatWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: Any) -> Any:
        raise DatabaseUnavailableError

    monkeypatch.setattr(workspace.start_exchange.contexts, "read", down)

    with pytest.raises(DatabaseUnavailableError):
        await workspace.start()

    assert (workspace.used, workspace.open_reservations) == (0, 0)


async def test_without_a_message_left_nothing_is_asked_or_stored(workspace: ChatWorkspace) -> None:
    workspace.store.users[ANNS_ID] = a_user(messages=MessageCounter(100, NOON))

    with pytest.raises(AiLimitReachedError):
        await workspace.start()

    assert workspace.store.exchanges == {}


async def test_another_users_conversation_is_not_found_and_costs_nothing(
    workspace: ChatWorkspace,
) -> None:
    workspace.conversation = a_conversation(user_id=BOBS_ID)
    workspace.store.conversations[workspace.conversation.id] = workspace.conversation

    with pytest.raises(ConversationNotFoundError):
        await workspace.start()

    assert workspace.used == 0


async def test_the_same_key_is_charged_once_and_follows_the_first_answer(
    workspace: ChatWorkspace,
) -> None:
    started = await workspace.start(key="k")

    again = await workspace.start(key="k")
    before = await workspace.follow(again.exchange.id, by=ANNS_ID)
    exchange = await workspace.finish(started)
    after = await workspace.follow(again.exchange.id, by=ANNS_ID)

    assert again.question is None
    assert again.exchange.id == started.exchange.id
    assert (before, after) == (None, exchange)
    assert (workspace.used, len(workspace.model.questions)) == (1, 1)


async def test_the_same_key_with_another_text_is_refused(workspace: ChatWorkspace) -> None:
    await workspace.start("One?", key="k")

    with pytest.raises(IdempotencyKeyReusedError):
        await workspace.start("Two?", key="k")

    assert workspace.used == 1


async def test_a_released_question_may_be_sent_again_under_its_key(
    workspace: ChatWorkspace,
) -> None:
    workspace.model.failure = RATE_LIMITED
    await workspace.finish(await workspace.start(key="k"))
    workspace.model.failure = None

    exchange = await workspace.finish(await workspace.start(key="k"))

    assert exchange.state is AnswerState.COMPLETE
    assert workspace.used == 1


async def test_the_message_of_a_killed_server_is_released_when_its_reservation_expires(
    workspace: ChatWorkspace,
) -> None:
    started = await workspace.start()
    workspace.clock.advance(RESERVATION_LIFETIME)

    given_back = await workspace.release_expired()

    abandoned = await workspace.follow(started.exchange.id, by=ANNS_ID)
    assert given_back == 1
    assert abandoned
    assert (abandoned.state, abandoned.refunded) == (AnswerState.FAILED, True)
    assert (workspace.used, workspace.open_reservations) == (0, 0)


async def test_the_model_gets_mode_history_memories_portfolios_and_client_context(
    workspace: ChatWorkspace,
) -> None:
    growth, pension = a_portfolio(), a_portfolio()
    workspace.store.portfolios.update({(ANNS_ID, each.id): each for each in (growth, pension)})
    workspace.store.facts.update(
        (each.id, each)
        for each in (a_memory("Tobacco: no."), a_memory("About the other.", portfolio_id=uuid4()))
    )
    workspace.conversation = replace(
        workspace.conversation,
        terms=ConversationTerms(
            mode=Mode.VIOLET, portfolio_ids=(growth.id,), page_hint="risk", route="/risk"
        ),
    )
    workspace.store.conversations[workspace.conversation.id] = workspace.conversation
    await workspace.finish(await workspace.start("First?"))
    workspace.clock.advance(MINUTE)
    await workspace.finish(await workspace.start("And now?", open_tab="beta"))

    question = workspace.model.questions[-1]

    assert question.mode is Mode.VIOLET
    assert list(question.turns) == [
        Turn(Role.USER, "First?"),
        Turn(Role.ASSISTANT, "All is well."),
        Turn(Role.USER, "And now?"),
    ]
    assert [book.portfolio for book in question.portfolios] == [growth]
    assert question.memories == ["Tobacco: no."]
    assert question.client_context == {
        "page_hint": "risk",
        "route": "/risk",
        "ui_context": {"open_tab": "beta"},
    }


async def test_a_message_is_released_only_in_the_month_of_its_reservation(
    workspace: ChatWorkspace,
) -> None:
    workspace.clock.set(NOON.replace(day=31))
    workspace.model.gate.clear()
    started = await workspace.start()
    workspace.clock.advance(DAY)
    workspace.model.gate.set()
    await workspace.finish(await workspace.start())
    workspace.model.failure = RATE_LIMITED

    exchange = await workspace.finish(started)

    assert not exchange.refunded
    assert (workspace.used, workspace.open_reservations) == (1, 0)
