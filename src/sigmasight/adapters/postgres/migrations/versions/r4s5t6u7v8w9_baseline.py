"""Users and portfolios, as they were before Clerk."""

import sqlalchemy as sa
from alembic import op

revision = "r4s5t6u7v8w9"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("hashed_password", sa.String(255)),
        sa.Column("full_name", sa.String(255)),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        _instant("created_at", default=True),
        _instant("updated_at", default=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_table(
        "portfolios",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("account_name", sa.String(100), nullable=False),
        sa.Column(
            "account_type", sa.String(20), server_default=sa.text("'taxable'"), nullable=False
        ),
        sa.Column("description", sa.String(1000)),
        sa.Column("currency", sa.String(3), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("equity_balance", sa.Numeric(18, 2)),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        _instant("created_at", default=True),
        _instant("updated_at", default=True),
        _instant("deleted_at"),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_portfolios"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_portfolios_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_portfolios_account_name_not_deleted",
        "portfolios",
        ["user_id", "account_name"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("portfolios")
    op.drop_table("users")


def _instant(name: str, *, default: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.func.now() if default else None,
        nullable=not default,
    )
