"""Which subscription items cost something, and the settings that servers started with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0d1e2f3a4b5"
down_revision = "b9c0d1e2f3a4"
branch_labels = None
depends_on = None

ITEMS = "clerk_subscription_items"


def upgrade() -> None:
    op.add_column(
        ITEMS, sa.Column("charged", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_clerk_subscription_items_charged",
        ITEMS,
        ["plan"],
        postgresql_where=sa.text("charged AND status = 'active'"),
    )
    op.create_table(
        "server_settings",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_server_settings"),
    )


def downgrade() -> None:
    op.drop_table("server_settings")
    op.drop_index("ix_clerk_subscription_items_charged", ITEMS)
    op.drop_column(ITEMS, "charged")
