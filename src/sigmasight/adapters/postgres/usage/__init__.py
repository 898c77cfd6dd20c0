"""AI messages in Postgres."""

from sigmasight.adapters.postgres.usage.grants import PostgresGrantLedger
from sigmasight.adapters.postgres.usage.ledger import PostgresMessageLedger

__all__ = ["PostgresGrantLedger", "PostgresMessageLedger"]
