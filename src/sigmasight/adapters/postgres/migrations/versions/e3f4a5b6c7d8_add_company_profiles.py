"""Company profiles, and the weights of benchmarks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "e3f4a5b6c7d8"
down_revision = "d2e3f4a5b6c7"
branch_labels = None
depends_on = None

WORDS = ("company_name", "sector", "industry", "country", "exchange", "currency")
FIGURES = (
    *("pe_ratio", "forward_pe", "dividend_yield", "shares_outstanding"),
    *("target_mean_price", "target_low_price", "target_high_price"),
    *("current_year_revenue_avg", "current_year_earnings_avg"),
    *("next_year_revenue_avg", "next_year_earnings_avg", "market_cap", "beta"),
)


def upgrade() -> None:
    op.create_table(
        "company_profiles",
        sa.Column("symbol", sa.String(100), primary_key=True),
        *(sa.Column(name, sa.String(255)) for name in WORDS),
        *(sa.Column(name, sa.Numeric()) for name in FIGURES),
        sa.Column("is_etf", sa.Boolean(), nullable=False),
        sa.Column("is_fund", sa.Boolean(), nullable=False),
        sa.Column("number_of_analyst_opinions", sa.Integer()),
        sa.Column("as_of", sa.Date()),
    )
    op.create_index(
        "ix_company_profiles_market_cap",
        "company_profiles",
        [sa.text("market_cap DESC NULLS LAST"), "symbol"],
    )
    op.create_index(
        "ix_company_profiles_sector",
        "company_profiles",
        ["sector", sa.text("market_cap DESC NULLS LAST")],
    )
    op.create_table(
        "benchmark_weights",
        sa.Column("benchmark", sa.String(50), primary_key=True),
        sa.Column("as_of", sa.Date(), primary_key=True),
        sa.Column("weights", JSONB(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("benchmark_weights")
    op.drop_table("company_profiles")
