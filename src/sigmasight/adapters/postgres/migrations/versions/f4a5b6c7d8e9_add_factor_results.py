"""The factor exposures of portfolios."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "f4a5b6c7d8e9"
down_revision = "e3f4a5b6c7d8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "factor_results",
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        sa.Column("portfolio_id", sa.Uuid(), primary_key=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("calculated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exposures", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "portfolio_id"],
            ["portfolios.user_id", "portfolios.id"],
            ondelete="CASCADE",
        ),
    )
    op.add_column("snapshots", sa.Column("daily_pnl", sa.Numeric()))
    op.add_column("snapshots", sa.Column("daily_return", sa.Numeric()))


def downgrade() -> None:
    op.drop_column("snapshots", "daily_return")
    op.drop_column("snapshots", "daily_pnl")
    op.drop_table("factor_results")
