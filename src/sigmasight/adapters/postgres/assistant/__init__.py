"""The assistant's data in Postgres."""

from sigmasight.adapters.postgres.assistant.conversations import PostgresConversations
from sigmasight.adapters.postgres.assistant.exchanges import PostgresExchanges
from sigmasight.adapters.postgres.assistant.feedback import PostgresFeedbacks
from sigmasight.adapters.postgres.assistant.insights import PostgresInsights
from sigmasight.adapters.postgres.assistant.memories import PostgresMemories
from sigmasight.adapters.postgres.assistant.portfolio_contexts import PostgresPortfolioContexts

__all__ = [
    "PostgresConversations",
    "PostgresExchanges",
    "PostgresFeedbacks",
    "PostgresInsights",
    "PostgresMemories",
    "PostgresPortfolioContexts",
]
