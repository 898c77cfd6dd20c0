"""Feedback on the assistant's messages."""

import sqlalchemy as sa
from alembic import op

revision = "a5b6c7d8e9f0"
down_revision = "f4a5b6c7d8e9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_feedback",
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        sa.Column("message_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.String(10), nullable=False),
        sa.Column("edited_text", sa.Text()),
        sa.Column("comment", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "message_id"],
            ["chat_exchanges.user_id", "chat_exchanges.id"],
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_chat_exchanges_question", "chat_exchanges", ["user_id", "question_id"])


def downgrade() -> None:
    op.drop_index("ix_chat_exchanges_question", "chat_exchanges")
    op.drop_table("message_feedback")
