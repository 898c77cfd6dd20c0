"""What signing in with Clerk adds to a user."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "s5t6u7v8w9x0"
down_revision = "r4s5t6u7v8w9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in _columns():
        op.add_column("users", column)
    op.create_index("ix_users_clerk_user_id", "users", ["clerk_user_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_users_clerk_user_id", "users")
    for column in reversed(_columns()):
        op.drop_column("users", column.name)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("clerk_user_id", sa.String(255)),
        sa.Column("tier", sa.String(20), server_default=sa.text("'free'"), nullable=False),
        sa.Column("invite_validated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ai_messages_used", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "ai_messages_reset_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
    ]
