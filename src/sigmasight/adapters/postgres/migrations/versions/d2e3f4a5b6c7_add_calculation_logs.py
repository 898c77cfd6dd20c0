"""Logs of calculation runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "d2e3f4a5b6c7"
down_revision = "c1d2e3f4a5b6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "calculation_runs",
        sa.Column("log", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")),
    )
    op.create_index(
        "ix_calculation_runs_latest",
        "calculation_runs",
        ["user_id", "portfolio_id", "started_at", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_calculation_runs_latest", "calculation_runs")
    op.drop_column("calculation_runs", "log")
