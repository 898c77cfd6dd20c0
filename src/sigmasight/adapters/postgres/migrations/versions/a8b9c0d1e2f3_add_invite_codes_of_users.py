"""By which invite code each user came, and when; and indexes for operators' lists of jobs."""

import sqlalchemy as sa
from alembic import op

revision = "a8b9c0d1e2f3"
down_revision = "f7a8b9c0d1e2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("invite_code", sa.String(255)))
    op.add_column("users", sa.Column("invite_validated_at", sa.DateTime(timezone=True)))
    op.create_index("ix_calculation_runs_started_at", "calculation_runs", ["started_at"])
    op.create_index("ix_calculation_runs_id", "calculation_runs", ["id"])


def downgrade() -> None:
    op.drop_index("ix_calculation_runs_id", "calculation_runs")
    op.drop_index("ix_calculation_runs_started_at", "calculation_runs")
    op.drop_column("users", "invite_validated_at")
    op.drop_column("users", "invite_code")
