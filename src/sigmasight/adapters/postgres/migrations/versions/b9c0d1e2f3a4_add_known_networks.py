"""The networks from which users sign in with a password; keys of attempts name networks, too."""

import sqlalchemy as sa
from alembic import op

revision = "b9c0d1e2f3a4"
down_revision = "a8b9c0d1e2f3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_networks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.String(50), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "network", name="pk_known_networks"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_known_networks_user_id_users", ondelete="CASCADE"
        ),
    )
    op.alter_column("login_attempts", "key", type_=sa.String(600))


def downgrade() -> None:
    op.drop_table("known_networks")
    op.execute("DELETE FROM login_attempts WHERE length(key) > 510")
    op.alter_column("login_attempts", "key", type_=sa.String(510))
