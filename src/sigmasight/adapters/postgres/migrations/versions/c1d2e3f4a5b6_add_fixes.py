"""Maintenance runs that operators started."""

import sqlalchemy as sa
from alembic import op

revision = "c1d2e3f4a5b6"
down_revision = "b0c1d2e3f4a5"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTS = (
    "portfolios",
    "stages_done",
    "seen",
    "snapshots_cleared",
    "calculations_given_up",
    "portfolios_seeded",
    "calculations_started",
    "calculations_skipped",
    "tries",
)


def upgrade() -> None:
    op.create_table(
        "fixes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task", sa.String(30), nullable=False),
        sa.Column("portfolio_owner", sa.Uuid()),
        sa.Column("portfolio_id", sa.Uuid()),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("completed_at", INSTANT),
        sa.Column("status", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("after_owner", sa.Uuid()),
        sa.Column("after_id", sa.Uuid()),
        sa.Column("seeding_refused", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_fixes"),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name="fk_fixes_requested_by_users"),
    )
    op.create_index("ix_fixes_created_at", "fixes", ["created_at"])
    op.add_column("calculation_runs", sa.Column("batch", sa.Uuid()))
    op.create_index(
        "ix_calculation_runs_batch",
        "calculation_runs",
        ["batch"],
        postgresql_where=sa.text("batch IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_calculation_runs_batch", "calculation_runs")
    op.drop_column("calculation_runs", "batch")
    op.drop_table("fixes")
