"""Equity changes: what was put into portfolios and taken out."""

import sqlalchemy as sa
from alembic import op

revision = "a9b0c1d2e3f4"
down_revision = "f8a9b0c1d2e3"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "equity_changes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("portfolio_id", sa.Uuid(), nullable=False),
        sa.Column("change_type", sa.String(20), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("change_date", sa.Date(), nullable=False),
        sa.Column("notes", sa.String(500)),
        sa.Column("created_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_equity_changes"),
        sa.ForeignKeyConstraint(
            ["user_id", "portfolio_id"],
            ["portfolios.user_id", "portfolios.id"],
            name="fk_equity_changes_user_id_portfolios",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_equity_changes_portfolio",
        "equity_changes",
        ["user_id", "portfolio_id", "change_date", "created_at", "id"],
    )


def downgrade() -> None:
    op.drop_table("equity_changes")
