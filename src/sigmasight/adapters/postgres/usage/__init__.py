"""AI messages in Postgres."""

from sigmasight.adapters.postgres.usage.ledger import PostgresMessageLedger
from sigmasight.adapters.postgres.usage.rows import LedgerRow, MessageKeyRow, ReservationRow

__all__ = ["LedgerRow", "MessageKeyRow", "PostgresMessageLedger", "ReservationRow"]
