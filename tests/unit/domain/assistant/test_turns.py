"""What a model sees of a conversation: the last 20 messages, within a budget of tokens."""

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.assistant.exchanges import (
    HISTORY_MESSAGES,
    HISTORY_TOKENS,
    conversation_turns,
    tokens,
)
from sigmasight.domain.assistant.language_model import Role, Turn
from tests.support.builders.assistant import a_conversation, an_exchange

CONVERSATION = a_conversation()
TEXTS = st.integers(1, 9_000).map("x".__mul__)


def exchanges(*pairs: tuple[str, str]) -> list:  # type: ignore[type-arg]
    return [an_exchange(CONVERSATION, question=q, answer=a) for q, a in pairs]


def test_the_question_is_last_after_the_history() -> None:
    seen = conversation_turns(exchanges(("One?", "Two.")), "Three?")

    assert list(seen) == [
        Turn(Role.USER, "One?"),
        Turn(Role.ASSISTANT, "Two."),
        Turn(Role.USER, "Three?"),
    ]


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=15), TEXTS)
def test_the_last_messages_are_seen_as_far_as_count_and_budget_reach(
    pairs: list[tuple[str, str]], question: str
) -> None:
    everything = [text for pair in pairs for text in pair] + [question]

    seen = [turn.text for turn in conversation_turns(exchanges(*pairs), question)]

    assert seen == everything[-len(seen) :]
    assert len(seen) <= HISTORY_MESSAGES
    assert len(seen) == 1 or sum(map(tokens, seen)) <= HISTORY_TOKENS
    if len(seen) < min(HISTORY_MESSAGES, len(everything)):
        assert sum(map(tokens, everything[-len(seen) - 1 :])) > HISTORY_TOKENS
