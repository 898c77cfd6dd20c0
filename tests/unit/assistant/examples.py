"""Conversations and exchanges the tests are about."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.conversations import (
    Conversation,
    ConversationId,
    ConversationTerms,
)
from sigmasight.domain.assistant.exchanges import Exchange
from sigmasight.domain.assistant.language_model import Mode
from sigmasight.domain.assistant.memories import Memory, MemoryId
from tests.unit.examples import ANNS_ID, NOON


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
