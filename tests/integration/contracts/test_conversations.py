"""What every Conversations and every Exchanges promises."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Limits, Tier, TierLimits
from sigmasight.domain.access.usage import RESERVATION_LIFETIME, AiLimitReachedError, IdempotencyKey
from sigmasight.domain.assistant.conversations import ConversationNotFoundError, ConversationTerms
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange
from sigmasight.domain.assistant.feedback import MessageKind, Verdict
from sigmasight.domain.assistant.language_model import Mode, ModelFailure, TokenUsage
from tests.integration.contracts.assistant import *  # noqa: F403  a fixture
from tests.integration.contracts.assistant import AssistantPorts
from tests.support.builders.assistant import a_conversation, a_feedback, an_exchange
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOBS_ID

NONE: Final[TierLimits] = {tier: Limits(max_portfolios=1, max_ai_messages=0) for tier in Tier}
LATER: Final = NOON + timedelta(milliseconds=1_234)


async def used(assistant: AssistantPorts) -> int:
    return (await assistant.ledger.counter(ANNS_ID)).used


async def test_a_conversation_is_its_owners_alone(assistant: AssistantPorts) -> None:
    terms = ConversationTerms(
        mode=Mode.BLUE, portfolio_ids=(a_portfolio().id,), page_hint="risk", route="/risk"
    )
    conversation = a_conversation(terms=terms)

    await assistant.conversations.add(conversation)

    assert await assistant.conversations.find(ANNS_ID, conversation.id) == conversation
    assert await assistant.conversations.find(BOBS_ID, conversation.id) is None
    assert await assistant.conversations.change_mode(BOBS_ID, conversation.id, Mode.GREEN) is None
    assert not await assistant.conversations.remove(BOBS_ID, conversation.id)
    assert await assistant.conversations.list(BOBS_ID, limit=9, offset=0) == []


async def test_conversations_are_listed_newest_first(assistant: AssistantPorts) -> None:
    old, new = a_conversation(), a_conversation(created_at=NOON + MINUTE)
    for conversation in (old, new):
        await assistant.conversations.add(conversation)

    pages = [await assistant.conversations.list(ANNS_ID, limit=1, offset=at) for at in (0, 1, 2)]

    assert pages == [[new], [old], []]


async def test_changing_the_mode_returns_the_previous_one(assistant: AssistantPorts) -> None:
    conversation = a_conversation()
    await assistant.conversations.add(conversation)

    previous = await assistant.conversations.change_mode(ANNS_ID, conversation.id, Mode.VIOLET)

    changed = await assistant.conversations.find(ANNS_ID, conversation.id)
    assert previous is Mode.GREEN
    assert changed
    assert changed.terms.mode is Mode.VIOLET


async def test_a_conversation_that_is_removed_takes_its_exchanges_along(
    assistant: AssistantPorts,
) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await assistant.conversations.add(conversation)
    await assistant.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    assert await assistant.conversations.remove(ANNS_ID, conversation.id)

    assert await assistant.conversations.find(ANNS_ID, conversation.id) is None
    assert await assistant.exchanges.find(ANNS_ID, exchange.id) is None
    await assistant.exchanges.settle(ended(exchange, "Well."), LATER)
    assert await used(assistant) == 1


def ended(exchange: Exchange, answer: str, fault: ModelFailure | None = None) -> Exchange:
    return exchange.ended(answer, at=LATER, failure=fault, token_usage=TokenUsage(5, 6))


async def test_an_exchange_starts_with_the_message_it_reserves(assistant: AssistantPorts) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await assistant.conversations.add(conversation)

    taken = await assistant.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    assert (taken.id, taken.used, taken.limit, taken.repeated) == (exchange.id, 1, 100, False)
    assert await assistant.exchanges.find(ANNS_ID, exchange.id) == exchange
    assert await assistant.exchanges.find(BOBS_ID, exchange.id) is None


@pytest.mark.parametrize(
    ("answer", "fault", "state", "count"),
    [
        ("Well.", None, AnswerState.COMPLETE, 1),
        ("We", ModelFailure.NETWORK_ERROR, AnswerState.PARTIAL, 1),
        ("", ModelFailure.RATE_LIMITED, AnswerState.FAILED, 0),
    ],
)
async def test_an_exchange_ends_with_its_message_charged_or_released(
    assistant: AssistantPorts,
    answer: str,
    fault: ModelFailure | None,
    state: AnswerState,
    count: int,
) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await assistant.conversations.add(conversation)
    await assistant.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    settled = await assistant.exchanges.settle(ended(exchange, answer, fault), LATER)

    assert settled == replace(ended(exchange, answer, fault), refunded=count == 0)
    assert settled.state is state
    assert await assistant.exchanges.find(ANNS_ID, exchange.id) == settled
    assert await used(assistant) == count
    assert await assistant.ledger.release_expired(NOON + RESERVATION_LIFETIME) == 0


async def test_without_a_message_left_nothing_is_stored(assistant: AssistantPorts) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await assistant.conversations.add(conversation)

    with pytest.raises(AiLimitReachedError):
        await assistant.exchanges.begin(exchange, NONE, None)

    assert await assistant.exchanges.find(ANNS_ID, exchange.id) is None


async def test_without_a_conversation_no_message_is_reserved(assistant: AssistantPorts) -> None:
    key = IdempotencyKey("k", "x")

    for conversation in (a_conversation(), a_conversation(user_id=ANNS_ID)):
        with pytest.raises(ConversationNotFoundError):
            await assistant.exchanges.begin(an_exchange(conversation), DEFAULT_LIMITS, key)

    assert await used(assistant) == 0
    assert await assistant.ledger.release_expired(NOON + RESERVATION_LIFETIME) == 0


async def test_under_a_known_key_the_first_exchange_is_returned_and_no_other_started(
    assistant: AssistantPorts,
) -> None:
    conversation = a_conversation()
    first, second = an_exchange(conversation), an_exchange(conversation)
    key = IdempotencyKey("k", "x")
    await assistant.conversations.add(conversation)
    await assistant.exchanges.begin(first, DEFAULT_LIMITS, key)

    taken = await assistant.exchanges.begin(second, DEFAULT_LIMITS, key)

    assert (taken.id, taken.repeated) == (first.id, True)
    assert await assistant.exchanges.find(ANNS_ID, second.id) is None
    assert await used(assistant) == 1


async def test_an_exchange_of_a_killed_server_is_abandoned(assistant: AssistantPorts) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await assistant.conversations.add(conversation)
    await assistant.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    await assistant.ledger.release_expired(NOON + RESERVATION_LIFETIME)

    assert await assistant.exchanges.find(ANNS_ID, exchange.id) == exchange.abandoned()
    assert await used(assistant) == 0


async def test_pages_go_back_from_the_newest_and_the_model_sees_what_was_answered(
    assistant: AssistantPorts,
) -> None:
    conversation, other = a_conversation(), a_conversation()
    for each in (conversation, other):
        await assistant.conversations.add(each)
    first, failed, last = (
        an_exchange(conversation, asked_at=NOON + place * MINUTE) for place in range(3)
    )
    settled = []
    for exchange, answer in ((first, "One."), (failed, ""), (last, "Three.")):
        await assistant.exchanges.begin(exchange, DEFAULT_LIMITS, None)
        fault = None if answer else ModelFailure.SERVER_ERROR
        settled.append(await assistant.exchanges.settle(ended(exchange, answer, fault), LATER))
    await assistant.exchanges.begin(an_exchange(other), DEFAULT_LIMITS, None)

    page = await assistant.exchanges.page(ANNS_ID, conversation.id, limit=2, offset=0)
    rest = await assistant.exchanges.page(ANNS_ID, conversation.id, limit=2, offset=2)
    answered = await assistant.exchanges.answered(ANNS_ID, conversation.id, most=9)

    assert page == settled[:0:-1]
    assert rest == settled[:1]
    assert answered == [settled[0], settled[2]]
    assert await assistant.exchanges.answered(ANNS_ID, conversation.id, most=1) == [settled[2]]
    assert await assistant.exchanges.page(BOBS_ID, conversation.id, limit=9, offset=0) == []


async def test_feedback_on_an_answer_is_replaced_found_and_removed(
    assistant: AssistantPorts,
) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await assistant.conversations.add(conversation)
    await assistant.exchanges.begin(exchange, DEFAULT_LIMITS, None)
    feedbacks = assistant.feedbacks
    first, last = a_feedback(exchange), a_feedback(exchange, rating=Verdict.DOWN, comment="No.")

    for feedback in (first, last):
        await feedbacks.put(feedback)

    assert await feedbacks.kind_of(ANNS_ID, exchange.id) is MessageKind.ANSWER
    assert await feedbacks.kind_of(ANNS_ID, exchange.question_id) is MessageKind.QUESTION
    assert await feedbacks.kind_of(BOBS_ID, exchange.id) is None
    assert await feedbacks.find(ANNS_ID, exchange.id) == last
    assert await feedbacks.find(BOBS_ID, exchange.id) is None
    assert not await feedbacks.remove(BOBS_ID, exchange.id)
    assert await feedbacks.remove(ANNS_ID, exchange.id)
    assert not await feedbacks.remove(ANNS_ID, exchange.id)
