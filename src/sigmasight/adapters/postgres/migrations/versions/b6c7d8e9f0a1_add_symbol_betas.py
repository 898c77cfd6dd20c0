"""The betas of symbols, as last calculated for any portfolio."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b6c7d8e9f0a1"
down_revision = "a5b6c7d8e9f0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "symbol_betas",
        sa.Column("symbol", sa.String(100), primary_key=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("factors", JSONB(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("symbol_betas")
