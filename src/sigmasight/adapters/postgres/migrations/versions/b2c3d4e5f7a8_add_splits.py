"""Splits, implied volatilities of options, and snapshots that name suspected splits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b2c3d4e5f7a8"
down_revision = "a1b2c3d4e5f7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "splits",
        sa.Column("symbol", sa.String(100), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("ratio", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("symbol", "date", name=op.f("pk_splits")),
    )
    op.add_column("prices", sa.Column("implied_volatility", sa.Numeric()))
    op.add_column(
        "snapshots",
        sa.Column(
            "suspected_splits", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")
        ),
    )


def downgrade() -> None:
    op.drop_column("snapshots", "suspected_splits")
    op.drop_column("prices", "implied_volatility")
    op.drop_table("splits")
