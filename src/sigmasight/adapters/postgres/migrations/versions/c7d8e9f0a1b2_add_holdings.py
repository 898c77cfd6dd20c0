"""Positions as brokers state them: currency, multiplier, account, unknown cost, and a price."""

import sqlalchemy as sa
from alembic import op

revision = "c7d8e9f0a1b2"
down_revision = "b6c7d8e9f0a1"
branch_labels = None
depends_on = None

FIGURES = ("quantity", "entry_price", "strike_price", "exit_price")


def upgrade() -> None:
    for name in FIGURES:
        op.alter_column("positions", name, type_=sa.Numeric(24, 12))
    op.alter_column("positions", "entry_price", nullable=True)
    op.add_column(
        "positions", sa.Column("currency", sa.String(3), nullable=False, server_default="USD")
    )
    op.add_column(
        "positions", sa.Column("multiplier", sa.Numeric(18, 6), nullable=False, server_default="1")
    )
    op.add_column("positions", sa.Column("account", sa.String(100)))
    op.add_column("positions", sa.Column("identifier", sa.String(20)))
    op.add_column("positions", sa.Column("file_price", sa.Numeric(24, 12)))
    op.add_column("positions", sa.Column("file_price_date", sa.Date()))
    op.execute(
        "UPDATE positions SET multiplier = CASE WHEN position_type IN ('LC', 'LP', 'SC', 'SP')"
        " THEN 100 ELSE 1 END, currency = portfolios.currency FROM portfolios"
        " WHERE portfolios.user_id = positions.user_id AND portfolios.id = positions.portfolio_id"
    )


def downgrade() -> None:
    op.execute("UPDATE positions SET entry_price = 0 WHERE entry_price IS NULL")
    for name in ("file_price_date", "file_price", "identifier", "account", "multiplier"):
        op.drop_column("positions", name)
    op.drop_column("positions", "currency")
    op.alter_column("positions", "entry_price", nullable=False)
    for name in FIGURES:
        op.alter_column("positions", name, type_=sa.Numeric(18, 6))
