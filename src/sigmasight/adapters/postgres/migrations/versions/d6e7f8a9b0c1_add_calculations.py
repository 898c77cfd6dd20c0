"""Calculations, what they found, and the queue they wait in."""

import sqlalchemy as sa
from alembic import op

from sigmasight.adapters.jobs import installation
from sigmasight.adapters.postgres.queue import SCHEMA

revision = "d6e7f8a9b0c1"
down_revision = "b4c5d6e7f8a9"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
MONEY = (
    "market_value",
    "unrealized_pnl",
    "realized_pnl",
    "gross_exposure",
    "net_exposure",
    "long_exposure",
    "short_exposure",
    "cash",
)
RATIOS = ("largest_weight", "concentration", "volatility", "beta", "max_drawdown", "value_at_risk")
COUNTS = ("history_days", "positions", "priced_at_entry", "without_history")


def of_portfolio(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id", "portfolio_id"],
        ["portfolios.user_id", "portfolios.id"],
        name=f"fk_{table}_user_id_portfolios",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "calculation_runs",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("portfolio_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("triggered_by", sa.String(50), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_calculation_runs"),
        of_portfolio("calculation_runs"),
    )
    op.create_index(
        "ix_calculation_runs_running",
        "calculation_runs",
        ["user_id", "portfolio_id"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "snapshots",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("portfolio_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("calculated_at", INSTANT, nullable=False),
        *(sa.Column(name, sa.Numeric(), nullable=False) for name in MONEY),
        sa.Column("largest_symbol", sa.String(100)),
        *(sa.Column(name, sa.Numeric()) for name in RATIOS),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("user_id", "portfolio_id", "run_id", name="pk_snapshots"),
        of_portfolio("snapshots"),
    )
    op.create_index(
        "ix_snapshots_latest", "snapshots", ["user_id", "portfolio_id", "calculated_at"]
    )
    for statement in installation():
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    op.drop_table("snapshots")
    op.drop_table("calculation_runs")
