"""Conversations, exchanges, memories and insights the tests are about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.conversations import (
    Conversation,
    ConversationId,
    ConversationTerms,
)
from sigmasight.domain.assistant.exchanges import Exchange
from sigmasight.domain.assistant.feedback import Feedback, Verdict
from sigmasight.domain.assistant.insights import Insight, InsightTopic
from sigmasight.domain.assistant.language_model import InsightType, Mode
from sigmasight.domain.assistant.memories import Memory, MemoryId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID
from tests.support.fakes.language_model import an_analysis


def a_conversation(**changes: Any) -> Conversation:
    conversation = Conversation(
        id=ConversationId(uuid4()),
        user_id=ANNS_ID,
        terms=ConversationTerms(),
        provider="fake",
        created_at=NOON,
    )
    return replace(conversation, **changes)


def an_exchange(conversation: Conversation, **changes: Any) -> Exchange:
    exchange = Exchange(
        id=MessageId(uuid4()),
        user_id=conversation.user_id,
        conversation_id=conversation.id,
        question_id=uuid4(),
        question="How am I doing?",
        asked_at=NOON,
        mode=Mode.GREEN,
        model="fake-model",
    )
    return replace(exchange, **changes)


def a_memory(content: str = "I dislike tobacco.", **changes: Any) -> Memory:
    memory = Memory(
        id=MemoryId(uuid4()),
        user_id=ANNS_ID,
        portfolio_id=None,
        content=content,
        tags={},
        created_at=NOON,
    )
    return replace(memory, **changes)


def an_insight(portfolio: PortfolioId, **changes: Any) -> Insight:
    insight = Insight(
        id=MessageId(uuid4()),
        user_id=ANNS_ID,
        topic=InsightTopic(portfolio_id=portfolio, kind=InsightType.DAILY_SUMMARY),
        analysis=an_analysis(),
        created_at=NOON,
        took=timedelta(milliseconds=1_234),
    )
    return replace(insight, **changes)


def a_feedback(exchange: Exchange, **changes: Any) -> Feedback:
    feedback = Feedback(
        id=uuid4(),
        user_id=exchange.user_id,
        message_id=exchange.id,
        rating=Verdict.UP,
        edited_text=None,
        comment=None,
        created_at=NOON,
    )
    return replace(feedback, **changes)
