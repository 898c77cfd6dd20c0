"""The assistant's data in Postgres."""

from sigmasight.adapters.postgres.assistant.books import PostgresPortfolioContexts
from sigmasight.adapters.postgres.assistant.conversations import PostgresConversations
from sigmasight.adapters.postgres.assistant.exchanges import PostgresExchanges
from sigmasight.adapters.postgres.assistant.insights import PostgresInsights
from sigmasight.adapters.postgres.assistant.memories import PostgresMemories
from sigmasight.adapters.postgres.assistant.rows import (
    ConversationRow,
    ExchangeRow,
    InsightRow,
    MemoryRow,
)

__all__ = [
    "ConversationRow",
    "ExchangeRow",
    "InsightRow",
    "MemoryRow",
    "PostgresConversations",
    "PostgresExchanges",
    "PostgresInsights",
    "PostgresMemories",
    "PostgresPortfolioContexts",
]
