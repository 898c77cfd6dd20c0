"""Wrong invite codes, counted per user."""

import sqlalchemy as sa
from alembic import op

revision = "v8w9x0y1z2a3"
down_revision = "u7v8w9x0y1z2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invite_failures",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_invite_failures"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_invite_failures_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_invite_failures_at", "invite_failures", ["user_id", "at"])


def downgrade() -> None:
    op.drop_table("invite_failures")
