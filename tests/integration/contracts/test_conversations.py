"""What every Conversations and every Exchanges promises."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from sigmasight.domain.access.tiers import DEFAULT_LIMITS, Limits, Tier, TierLimits
from sigmasight.domain.access.usage import RESERVATION_LIFETIME, AiLimitReachedError, IdempotencyKey
from sigmasight.domain.assistant.conversations import ConversationNotFoundError, ConversationTerms
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange
from sigmasight.domain.assistant.language_model import Mode, ModelFailure, TokenUsage
from tests.integration.contracts.assistant import *  # noqa: F403  a fixture
from tests.integration.contracts.assistant import Kept
from tests.support.builders.assistant import a_conversation, an_exchange
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOBS_ID

NONE: Final[TierLimits] = {tier: Limits(max_portfolios=1, max_ai_messages=0) for tier in Tier}
LATER: Final = NOON + timedelta(milliseconds=1_234)


async def used(kept: Kept) -> int:
    return (await kept.ledger.counter(ANNS_ID)).used


async def test_a_conversation_is_its_owners_alone(kept: Kept) -> None:
    terms = ConversationTerms(
        mode=Mode.BLUE, portfolio_ids=(a_portfolio().id,), page_hint="risk", route="/risk"
    )
    conversation = a_conversation(terms=terms)

    await kept.conversations.add(conversation)

    assert await kept.conversations.find(ANNS_ID, conversation.id) == conversation
    assert await kept.conversations.find(BOBS_ID, conversation.id) is None
    assert await kept.conversations.change_mode(BOBS_ID, conversation.id, Mode.GREEN) is None
    assert not await kept.conversations.remove(BOBS_ID, conversation.id)
    assert await kept.conversations.list(BOBS_ID, limit=9, offset=0) == []


async def test_conversations_are_listed_the_newest_first(kept: Kept) -> None:
    old, new = a_conversation(), a_conversation(created_at=NOON + MINUTE)
    for conversation in (old, new):
        await kept.conversations.add(conversation)

    pages = [await kept.conversations.list(ANNS_ID, limit=1, offset=at) for at in (0, 1, 2)]

    assert pages == [[new], [old], []]


async def test_changing_the_mode_tells_the_one_before(kept: Kept) -> None:
    conversation = a_conversation()
    await kept.conversations.add(conversation)

    previous = await kept.conversations.change_mode(ANNS_ID, conversation.id, Mode.VIOLET)

    changed = await kept.conversations.find(ANNS_ID, conversation.id)
    assert previous is Mode.GREEN
    assert changed
    assert changed.terms.mode is Mode.VIOLET


async def test_a_conversation_that_is_removed_takes_its_exchanges_along(kept: Kept) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await kept.conversations.add(conversation)
    await kept.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    assert await kept.conversations.remove(ANNS_ID, conversation.id)

    assert await kept.conversations.find(ANNS_ID, conversation.id) is None
    assert await kept.exchanges.find(ANNS_ID, exchange.id) is None
    await kept.exchanges.settle(ended(exchange, "Well."), LATER)
    assert await used(kept) == 1


def ended(exchange: Exchange, answer: str, fault: ModelFailure | None = None) -> Exchange:
    return exchange.ended(answer, at=LATER, failure=fault, token_usage=TokenUsage(5, 6))


async def test_an_exchange_begins_with_the_message_it_takes(kept: Kept) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await kept.conversations.add(conversation)

    taken = await kept.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    assert (taken.id, taken.used, taken.limit, taken.repeated) == (exchange.id, 1, 100, False)
    assert await kept.exchanges.find(ANNS_ID, exchange.id) == exchange
    assert await kept.exchanges.find(BOBS_ID, exchange.id) is None


@pytest.mark.parametrize(
    ("answer", "fault", "state", "count"),
    [
        ("Well.", None, AnswerState.COMPLETE, 1),
        ("We", ModelFailure.NETWORK_ERROR, AnswerState.PARTIAL, 1),
        ("", ModelFailure.RATE_LIMITED, AnswerState.FAILED, 0),
    ],
)
async def test_an_exchange_ends_with_its_message_kept_or_given_back(
    kept: Kept, answer: str, fault: ModelFailure | None, state: AnswerState, count: int
) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await kept.conversations.add(conversation)
    await kept.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    settled = await kept.exchanges.settle(ended(exchange, answer, fault), LATER)

    assert settled == replace(ended(exchange, answer, fault), refunded=count == 0)
    assert settled.state is state
    assert await kept.exchanges.find(ANNS_ID, exchange.id) == settled
    assert await used(kept) == count
    assert await kept.ledger.release_expired(NOON + RESERVATION_LIFETIME) == 0


async def test_without_a_message_left_nothing_is_stored(kept: Kept) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await kept.conversations.add(conversation)

    with pytest.raises(AiLimitReachedError):
        await kept.exchanges.begin(exchange, NONE, None)

    assert await kept.exchanges.find(ANNS_ID, exchange.id) is None


async def test_without_a_conversation_no_message_is_taken(kept: Kept) -> None:
    key = IdempotencyKey("k", "x")

    for conversation in (a_conversation(), a_conversation(user_id=ANNS_ID)):
        with pytest.raises(ConversationNotFoundError):
            await kept.exchanges.begin(an_exchange(conversation), DEFAULT_LIMITS, key)

    assert await used(kept) == 0
    assert await kept.ledger.release_expired(NOON + RESERVATION_LIFETIME) == 0


async def test_under_a_known_key_the_first_exchange_is_told_and_no_other_begun(kept: Kept) -> None:
    conversation = a_conversation()
    first, second = an_exchange(conversation), an_exchange(conversation)
    key = IdempotencyKey("k", "x")
    await kept.conversations.add(conversation)
    await kept.exchanges.begin(first, DEFAULT_LIMITS, key)

    taken = await kept.exchanges.begin(second, DEFAULT_LIMITS, key)

    assert (taken.id, taken.repeated) == (first.id, True)
    assert await kept.exchanges.find(ANNS_ID, second.id) is None
    assert await used(kept) == 1


async def test_an_exchange_whose_server_is_no_more_is_abandoned(kept: Kept) -> None:
    conversation = a_conversation()
    exchange = an_exchange(conversation)
    await kept.conversations.add(conversation)
    await kept.exchanges.begin(exchange, DEFAULT_LIMITS, None)

    await kept.ledger.release_expired(NOON + RESERVATION_LIFETIME)

    assert await kept.exchanges.find(ANNS_ID, exchange.id) == exchange.abandoned()
    assert await used(kept) == 0


async def test_pages_go_back_from_the_newest_and_the_model_sees_what_was_answered(
    kept: Kept,
) -> None:
    conversation, other = a_conversation(), a_conversation()
    for each in (conversation, other):
        await kept.conversations.add(each)
    first, failed, last = (
        an_exchange(conversation, asked_at=NOON + place * MINUTE) for place in range(3)
    )
    settled = []
    for exchange, answer in ((first, "One."), (failed, ""), (last, "Three.")):
        await kept.exchanges.begin(exchange, DEFAULT_LIMITS, None)
        fault = None if answer else ModelFailure.SERVER_ERROR
        settled.append(await kept.exchanges.settle(ended(exchange, answer, fault), LATER))
    await kept.exchanges.begin(an_exchange(other), DEFAULT_LIMITS, None)

    page = await kept.exchanges.page(ANNS_ID, conversation.id, limit=2, offset=0)
    rest = await kept.exchanges.page(ANNS_ID, conversation.id, limit=2, offset=2)
    answered = await kept.exchanges.answered(ANNS_ID, conversation.id, most=9)

    assert page == settled[:0:-1]
    assert rest == settled[:1]
    assert answered == [settled[0], settled[2]]
    assert await kept.exchanges.answered(ANNS_ID, conversation.id, most=1) == [settled[2]]
    assert await kept.exchanges.page(BOBS_ID, conversation.id, limit=9, offset=0) == []
