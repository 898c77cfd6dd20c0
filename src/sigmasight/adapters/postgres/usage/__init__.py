"""AI messages in Postgres."""

from sigmasight.adapters.postgres.usage.ledger import PostgresMessageLedger

__all__ = ["PostgresMessageLedger"]
