"""Fundamentals: what companies report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b0c1d2e3f4a5"
down_revision = "a9b0c1d2e3f4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fundamentals",
        sa.Column("symbol", sa.String(100), nullable=False),
        sa.Column("statement", sa.String(20), nullable=False),
        sa.Column("frequency", sa.String(2), nullable=False),
        sa.Column("period_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("fiscal_year", sa.Integer()),
        sa.Column("fiscal_quarter", sa.Integer()),
        sa.Column("figures", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint(
            "symbol", "statement", "frequency", "period_date", name="pk_fundamentals"
        ),
    )


def downgrade() -> None:
    op.drop_table("fundamentals")
