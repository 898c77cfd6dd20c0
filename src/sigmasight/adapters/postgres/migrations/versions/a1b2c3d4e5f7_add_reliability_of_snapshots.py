"""How far the data behind a snapshot can be relied on."""

import sqlalchemy as sa
from alembic import op

revision = "a1b2c3d4e5f7"
down_revision = "f0a1b2c3d4e5"
branch_labels = None
depends_on = None

COUNTS = ("stale_prices", "without_rate", "unsettled")
SHARES = ("stale_share", "cost_known_share")


def upgrade() -> None:
    for name in COUNTS:
        op.add_column(
            "snapshots",
            sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")),
        )
    for name in SHARES:
        op.add_column("snapshots", sa.Column(name, sa.Numeric()))
    op.add_column("snapshots", sa.Column("rates_on", sa.Date()))


def downgrade() -> None:
    for name in ("rates_on", *SHARES, *COUNTS):
        op.drop_column("snapshots", name)
