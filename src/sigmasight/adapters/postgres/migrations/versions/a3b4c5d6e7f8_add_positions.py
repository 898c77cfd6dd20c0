"""Positions: what portfolios hold."""

import sqlalchemy as sa
from alembic import op

revision = "a3b4c5d6e7f8"
down_revision = "c5d6e7f8a9b0"
branch_labels = None
depends_on = None

FIGURE = sa.Numeric(18, 6)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "positions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("portfolio_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(100), nullable=False),
        sa.Column("quantity", FIGURE, nullable=False),
        sa.Column("entry_price", FIGURE, nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=False),
        sa.Column("position_type", sa.String(10), nullable=False),
        sa.Column("investment_class", sa.String(20), nullable=False),
        sa.Column("investment_subtype", sa.String(30)),
        sa.Column("notes", sa.String(1000)),
        sa.Column("underlying_symbol", sa.String(100)),
        sa.Column("strike_price", FIGURE),
        sa.Column("expiration_date", sa.Date()),
        sa.Column("realized_pnl", sa.Numeric()),
        sa.Column("exit_price", FIGURE),
        sa.Column("exit_date", sa.Date()),
        sa.Column("created_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_positions"),
        sa.ForeignKeyConstraint(
            ["user_id", "portfolio_id"],
            ["portfolios.user_id", "portfolios.id"],
            name="fk_positions_user_id_portfolios",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_positions_portfolio", "positions", ["user_id", "portfolio_id", "created_at", "id"]
    )


def downgrade() -> None:
    op.drop_table("positions")
