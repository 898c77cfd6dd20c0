"""Accounts that Clerk has banned or locked."""

import sqlalchemy as sa
from alembic import op

revision = "c3d4e5f7a8b9"
down_revision = "b2c3d4e5f7a8"
branch_labels = None
depends_on = None

TABLES = ("users", "clerk_accounts")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("bar", sa.String(10)))
        op.add_column(table, sa.Column("barred_until", sa.DateTime(timezone=True)))
    op.add_column("clerk_accounts", sa.Column("standing_known_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("clerk_accounts", "standing_known_at")
    for table in TABLES:
        op.drop_column(table, "barred_until")
        op.drop_column(table, "bar")
