"""Sessions that have ended before their tokens expire."""

import sqlalchemy as sa
from alembic import op

revision = "e5f7a8b9c0d1"
down_revision = "d4e5f7a8b9c0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_sessions",
        sa.Column("session_id", sa.String(255), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_ended_sessions_until", "ended_sessions", ["until"])


def downgrade() -> None:
    op.drop_table("ended_sessions")
