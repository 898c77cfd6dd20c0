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
    Delta,
    Mode,
    ModelFailure,
    Role,
    TokenUsage,
    Turn,
)
from sigmasight.domain.kernel import DatabaseUnavailableError
from tests.support.builders.assistant import a_conversation, a_memory
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user
from tests.unit.domain.assistant.chat_workspace import Room

RATE_LIMITED = AiUnavailableError(ModelFailure.RATE_LIMITED, "Too much to do.")


@pytest.fixture
def room() -> Room:
    return Room()


async def test_an_answer_is_told_piece_by_piece_stored_and_paid_for(room: Room) -> None:
    asked = await room.ask()

    exchange = await room.answer(asked)

    assert room.told == ["All ", "is ", "well."]
    assert exchange.state is AnswerState.COMPLETE
    assert (exchange.answer, exchange.token_usage) == ("All is well.", TokenUsage(7, 3))
    assert exchange == room.memory.exchanges[exchange.id]
    assert (room.used, room.unsettled, room.model.open) == (1, 0, 0)


async def test_a_model_that_fails_before_its_first_token_costs_nothing(room: Room) -> None:
    room.model.failure = RATE_LIMITED

    exchange = await room.answer(await room.ask())

    assert (exchange.state, exchange.failure) == (AnswerState.FAILED, ModelFailure.RATE_LIMITED)
    assert exchange.refunded
    assert (room.used, room.unsettled) == (0, 0)


async def test_an_answer_cut_after_its_first_token_is_kept_as_far_as_it_came(room: Room) -> None:
    room.model.failure, room.model.fails_after = RATE_LIMITED, 2

    exchange = await room.answer(await room.ask())

    assert (exchange.state, exchange.answer) == (AnswerState.PARTIAL, "All is ")
    assert (exchange.failure, exchange.refunded) == (ModelFailure.RATE_LIMITED, False)
    assert (room.used, room.unsettled) == (1, 0)


async def test_an_answer_of_nothing_is_none(room: Room) -> None:
    room.model.pieces = ()

    exchange = await room.answer(await room.ask())

    assert (exchange.state, exchange.refunded) == (AnswerState.FAILED, True)
    assert room.used == 0


async def test_when_nobody_listens_any_more_the_model_is_left_and_the_message_settled(
    room: Room,
) -> None:
    for told in range(3):
        room.model.gate.set()
        heard = asyncio.Event()
        room.told.clear()

        async def listen(piece: Delta, *, until: int = told, heard: asyncio.Event = heard) -> None:
            await room.tell(piece)
            if len(room.told) == until:
                room.model.gate.clear()
                heard.set()

        if told == 0:
            room.model.gate.clear()
            heard.set()
        before = room.used
        asked = await room.ask()
        assert asked.question
        answer = asyncio.create_task(room.answer_(asked, asked.question, listen))
        await heard.wait()
        await asyncio.sleep(0)
        answer.cancel()
        exchange = await answer

        assert exchange.answer == "".join(["All ", "is ", "well."][:told])
        assert exchange.state is (AnswerState.PARTIAL if told else AnswerState.FAILED)
        assert room.used - before == min(told, 1)
        assert (room.unsettled, room.model.open) == (0, 0)


async def test_an_answer_that_takes_too_long_is_broken_off(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "REPLY_SECONDS", 0.01)
    room.model.gate.clear()

    exchange = await room.answer(await room.ask())

    assert (exchange.state, exchange.failure) == (AnswerState.FAILED, ModelFailure.NETWORK_ERROR)
    assert (room.used, room.model.open) == (0, 0)


async def test_a_bug_settles_too_and_is_not_hidden(room: Room) -> None:
    room.model.failure = ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        await room.answer(await room.ask())

    assert (room.used, room.unsettled) == (0, 0)


def test_the_lease_of_a_message_outlasts_its_answer() -> None:
    assert RESERVATION_LIFETIME.total_seconds() > chat.REPLY_SECONDS + MINUTE.total_seconds()


async def test_what_cannot_be_put_to_the_model_costs_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: Any) -> Any:
        raise DatabaseUnavailableError

    monkeypatch.setattr(room.ask_.books, "read", down)

    with pytest.raises(DatabaseUnavailableError):
        await room.ask()

    assert (room.used, room.unsettled) == (0, 0)


async def test_without_a_message_left_nothing_is_asked_or_stored(room: Room) -> None:
    room.memory.users[ANNS_ID] = a_user(messages=MessageCounter(100, NOON))

    with pytest.raises(AiLimitReachedError):
        await room.ask()

    assert room.memory.exchanges == {}


async def test_a_conversation_of_somebody_elses_is_not_found_and_costs_nothing(room: Room) -> None:
    room.conversation = a_conversation(user_id=BOBS_ID)
    room.memory.conversations[room.conversation.id] = room.conversation

    with pytest.raises(ConversationNotFoundError):
        await room.ask()

    assert room.used == 0


async def test_the_same_key_is_charged_once_and_follows_the_first_answer(room: Room) -> None:
    asked = await room.ask(key="k")

    again = await room.ask(key="k")
    before = await room.follow(again.exchange.id, by=ANNS_ID)
    exchange = await room.answer(asked)
    after = await room.follow(again.exchange.id, by=ANNS_ID)

    assert again.question is None
    assert again.exchange.id == asked.exchange.id
    assert (before, after) == (None, exchange)
    assert (room.used, len(room.model.questions)) == (1, 1)


async def test_the_same_key_with_another_text_is_refused(room: Room) -> None:
    await room.ask("One?", key="k")

    with pytest.raises(IdempotencyKeyReusedError):
        await room.ask("Two?", key="k")

    assert room.used == 1


async def test_what_was_given_back_may_be_asked_anew_under_its_key(room: Room) -> None:
    room.model.failure = RATE_LIMITED
    await room.answer(await room.ask(key="k"))
    room.model.failure = None

    exchange = await room.answer(await room.ask(key="k"))

    assert exchange.state is AnswerState.COMPLETE
    assert room.used == 1


async def test_an_answer_whose_server_died_is_given_back_when_its_lease_has_run_out(
    room: Room,
) -> None:
    asked = await room.ask()
    room.clock.advance(RESERVATION_LIFETIME)

    given_back = await room.give_back_abandoned()

    abandoned = await room.follow(asked.exchange.id, by=ANNS_ID)
    assert given_back == 1
    assert abandoned
    assert (abandoned.state, abandoned.refunded) == (AnswerState.FAILED, True)
    assert (room.used, room.unsettled) == (0, 0)


async def test_the_model_is_told_mode_history_memories_books_and_where_the_person_is(
    room: Room,
) -> None:
    growth, pension = a_portfolio(), a_portfolio()
    room.memory.portfolios.update({(ANNS_ID, each.id): each for each in (growth, pension)})
    room.memory.facts.update(
        (each.id, each)
        for each in (a_memory("Tobacco: no."), a_memory("About the other.", portfolio_id=uuid4()))
    )
    room.conversation = replace(
        room.conversation,
        terms=ConversationTerms(
            mode=Mode.VIOLET, portfolio_ids=(growth.id,), page_hint="risk", route="/risk"
        ),
    )
    room.memory.conversations[room.conversation.id] = room.conversation
    await room.answer(await room.ask("First?"))
    room.clock.advance(MINUTE)
    await room.answer(await room.ask("And now?", open_tab="beta"))

    question = room.model.questions[-1]

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


async def test_a_message_is_given_back_in_the_month_it_was_taken_only(room: Room) -> None:
    room.clock.set(NOON.replace(day=31))
    room.model.gate.clear()
    asked = await room.ask()
    room.clock.advance(DAY)
    room.model.gate.set()
    await room.answer(await room.ask())
    room.model.failure = RATE_LIMITED

    exchange = await room.answer(asked)

    assert not exchange.refunded
    assert (room.used, room.unsettled) == (1, 0)
