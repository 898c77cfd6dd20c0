"""Insights."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "c5d6e7f8a9b0"
down_revision = "z2a3b4c5d6e7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "insights",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("portfolio_id", sa.Uuid(), nullable=False),
        sa.Column("insight_type", sa.String(50), nullable=False),
        sa.Column("focus_area", sa.String(200)),
        sa.Column("user_question", sa.String(1000)),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("key_findings", ARRAY(sa.Text()), nullable=False),
        sa.Column("recommendations", ARRAY(sa.Text()), nullable=False),
        sa.Column("full_analysis", sa.Text(), nullable=False),
        sa.Column("data_limitations", sa.Text(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer()),
        sa.Column("completion_tokens", sa.Integer()),
        sa.Column("generation_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("viewed", sa.Boolean(), nullable=False),
        sa.Column("dismissed", sa.Boolean(), nullable=False),
        sa.Column("user_rating", sa.Integer()),
        sa.Column("user_feedback", sa.Text()),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_insights"),
        sa.ForeignKeyConstraint(
            ["user_id", "portfolio_id"],
            ["portfolios.user_id", "portfolios.id"],
            name="fk_insights_user_id_portfolio_id_portfolios",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_insights_created_at", "insights", ["user_id", "portfolio_id", "created_at"])


def downgrade() -> None:
    op.drop_table("insights")
