"""Clerk's accounts and subscriptions, stored whether their user exists yet or not."""

import sqlalchemy as sa
from alembic import op

revision = "t6u7v8w9x0y1"
down_revision = "s5t6u7v8w9x0"
branch_labels = None
depends_on = None

NOT_DELETED = sa.text("deleted_at IS NULL")
# Who left may have come back with the same address: that is legal here, so that what was
# taken down from here must come up again.
LEFT_AND_CAME_BACK = sa.text("""
    UPDATE users SET deleted_at = updated_at
    WHERE NOT is_active AND EXISTS (
        SELECT FROM users AS other
        WHERE lower(other.email) = lower(users.email)
        AND (other.is_active, other.created_at, other.id)
            > (users.is_active, users.created_at, users.id)
    )
""")
DUPLICATE_ADDRESSES = sa.text("""
    SELECT lower(email) FROM users WHERE deleted_at IS NULL
    GROUP BY lower(email) HAVING count(*) > 1 ORDER BY 1 LIMIT 5
""")


def upgrade() -> None:
    op.add_column("users", _instant("tier_expires_at"))
    op.add_column("users", _instant("deleted_at"))
    op.execute(LEFT_AND_CAME_BACK)
    _refuse_duplicate_addresses()
    op.create_index(
        "ix_users_email_not_deleted",
        "users",
        [sa.text("lower(email)")],
        unique=True,
        postgresql_where=NOT_DELETED,
    )
    op.create_table(
        "clerk_accounts",
        sa.Column("clerk_user_id", sa.String(255), nullable=False),
        _instant("email_known_at"),
        sa.Column("email", sa.String(255)),
        sa.Column("email_verified", sa.Boolean(), server_default=sa.false(), nullable=False),
        _instant("full_name_known_at"),
        sa.Column("full_name", sa.String(255)),
        _instant("deleted_at"),
        sa.PrimaryKeyConstraint("clerk_user_id", name="pk_clerk_accounts"),
    )
    op.create_index(
        "ix_clerk_accounts_email",
        "clerk_accounts",
        [sa.text("lower(email)")],
        postgresql_where=NOT_DELETED,
    )
    op.create_table(
        "clerk_subscription_items",
        sa.Column("clerk_user_id", sa.String(255), nullable=False),
        sa.Column("item_id", sa.String(255), nullable=False),
        sa.Column("plan", sa.String(255)),
        sa.Column("status", sa.String(20), nullable=False),
        _instant("known_at", nullable=False),
        _instant("period_end"),
        _instant("past_due_since"),
        sa.PrimaryKeyConstraint("clerk_user_id", "item_id", name="pk_clerk_subscription_items"),
    )


def downgrade() -> None:
    op.drop_table("clerk_subscription_items")
    op.drop_table("clerk_accounts")
    op.drop_index("ix_users_email_not_deleted", "users")
    op.drop_column("users", "deleted_at")
    op.drop_column("users", "tier_expires_at")


def _refuse_duplicate_addresses() -> None:
    if op.get_context().as_sql:
        return
    if addresses := op.get_bind().scalars(DUPLICATE_ADDRESSES).all():
        raise RuntimeError(
            f"Several users share an email address: {', '.join(addresses)}."
            " Give each its own (users.email, compared without case), then upgrade again."
        )


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
