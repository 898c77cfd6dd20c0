"""The ledger of AI messages, the keys of requests, and what operators granted."""

import sqlalchemy as sa
from alembic import op

revision = "y1z2a3b4c5d6"
down_revision = "x0y1z2a3b4c5"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("ai_messages_granted", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "ai_message_ledger",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("period", INSTANT, nullable=False),
        sa.Column("allowed", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "message_id", "kind", name="pk_ai_message_ledger"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_ai_message_ledger_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_ai_message_ledger_period", "ai_message_ledger", ["user_id", "period"])
    op.create_table(
        "ai_message_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_ai_message_keys"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_ai_message_keys_user_id_users", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("ai_message_keys")
    op.drop_table("ai_message_ledger")
    op.drop_column("users", "ai_messages_granted")
