"""Every failed payment of a subscription item: the first may arrive last."""

import sqlalchemy as sa
from alembic import op

revision = "w9x0y1z2a3b4"
down_revision = "v8w9x0y1z2a3"
branch_labels = None
depends_on = None

ITEMS = "clerk_subscription_items"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        ITEMS, sa.Column("failures", sa.ARRAY(INSTANT), nullable=False, server_default="{}")
    )
    op.add_column(ITEMS, sa.Column("settled_at", INSTANT))
    op.execute(
        f"UPDATE {ITEMS} SET failures = ARRAY[past_due_since] WHERE past_due_since IS NOT NULL"  # noqa: S608
    )
    op.drop_column(ITEMS, "past_due_since")


def downgrade() -> None:
    op.add_column(ITEMS, sa.Column("past_due_since", INSTANT))
    op.execute(
        f"UPDATE {ITEMS} SET past_due_since = (SELECT min(at) FROM unnest(failures) AS at)"  # noqa: S608
    )
    op.drop_column(ITEMS, "settled_at")
    op.drop_column(ITEMS, "failures")
