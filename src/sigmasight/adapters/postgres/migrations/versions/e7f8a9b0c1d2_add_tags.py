"""Tags, and their positions."""

import sqlalchemy as sa
from alembic import op

revision = "e7f8a9b0c1d2"
down_revision = "d6e7f8a9b0c1"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("color", sa.String(7), nullable=False),
        sa.Column("description", sa.String(500)),
        sa.Column("display_order", sa.Integer(), nullable=False),
        sa.Column("archived_at", INSTANT),
        sa.Column("created_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_tags"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_tags_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_tags_name", "tags", ["user_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "position_tags",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "position_id", "tag_id", name="pk_position_tags"),
        sa.ForeignKeyConstraint(
            ["user_id", "position_id"],
            ["positions.user_id", "positions.id"],
            name="fk_position_tags_user_id_positions",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id", "tag_id"],
            ["tags.user_id", "tags.id"],
            name="fk_position_tags_user_id_tags",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_position_tags_tag", "position_tags", ["user_id", "tag_id"])


def downgrade() -> None:
    op.drop_table("position_tags")
    op.drop_table("tags")
