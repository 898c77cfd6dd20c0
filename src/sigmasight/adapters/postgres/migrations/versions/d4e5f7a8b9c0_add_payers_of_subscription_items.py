"""Who pays for each subscription item, and when its plan was last named."""

import sqlalchemy as sa
from alembic import op

revision = "d4e5f7a8b9c0"
down_revision = "c3d4e5f7a8b9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "clerk_subscription_items", sa.Column("plan_known_at", sa.DateTime(timezone=True))
    )
    op.create_table(
        "clerk_item_payers",
        sa.Column("item_id", sa.String(255), primary_key=True),
        sa.Column("clerk_user_id", sa.String(255)),
        sa.Column("waiting", sa.ARRAY(sa.String(255)), server_default="{}", nullable=False),
    )
    op.execute("""
        INSERT INTO clerk_item_payers (item_id, clerk_user_id)
        SELECT item_id, min(clerk_user_id) FROM clerk_subscription_items
        WHERE item_id <> 'flat' GROUP BY item_id
    """)


def downgrade() -> None:
    op.drop_table("clerk_item_payers")
    op.drop_column("clerk_subscription_items", "plan_known_at")
