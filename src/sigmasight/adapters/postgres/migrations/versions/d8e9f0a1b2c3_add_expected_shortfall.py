"""Expected shortfall, and the share of exposure that the figures from history cover."""

import sqlalchemy as sa
from alembic import op

revision = "d8e9f0a1b2c3"
down_revision = "c7d8e9f0a1b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("snapshots", sa.Column("expected_shortfall", sa.Numeric()))
    op.add_column("snapshots", sa.Column("coverage", sa.Numeric()))


def downgrade() -> None:
    op.drop_column("snapshots", "coverage")
    op.drop_column("snapshots", "expected_shortfall")
