"""Target prices."""

import sqlalchemy as sa
from alembic import op

revision = "f8a9b0c1d2e3"
down_revision = "e7f8a9b0c1d2"
branch_labels = None
depends_on = None

FIGURE = sa.Numeric(18, 6)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "target_prices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("portfolio_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid()),
        sa.Column("symbol", sa.String(100), nullable=False),
        sa.Column("position_type", sa.String(10), nullable=False),
        sa.Column("target_price_eoy", FIGURE),
        sa.Column("target_price_next_year", FIGURE),
        sa.Column("downside_target_price", FIGURE),
        sa.Column("current_price", sa.Numeric(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_target_prices"),
        sa.ForeignKeyConstraint(
            ["user_id", "portfolio_id"],
            ["portfolios.user_id", "portfolios.id"],
            name="fk_target_prices_user_id_portfolios",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id", "position_id"],
            ["positions.user_id", "positions.id"],
            name="fk_target_prices_user_id_positions",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_target_prices_subject",
        "target_prices",
        ["user_id", "portfolio_id", "symbol", "position_type"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("target_prices")
