"""The audit trail, and whether a user's address was ever proved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "f7a8b9c0d1e2"
down_revision = "e5f7a8b9c0d1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(512), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(255)),
        sa.Column("details", JSONB(), nullable=False),
    )
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject", "number"])
    op.execute("""
        CREATE OR REPLACE FUNCTION refuse_change_of_audit_entries() RETURNS trigger AS $$
        BEGIN
            RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'restrict_violation';
        END $$ LANGUAGE plpgsql
    """)
    op.execute("""
        CREATE TRIGGER audit_entries_are_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_entries()
    """)
    op.add_column(
        "users",
        sa.Column("address_proved", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    # Rows of the original system have a bcrypt hash, or one that a login has replaced since.
    op.execute("""
        UPDATE users SET address_proved = false
        WHERE clerk_user_id IS NULL AND hashed_password LIKE '$argon2%'
          AND updated_at < created_at + INTERVAL '1 minute'
    """)


def downgrade() -> None:
    op.drop_column("users", "address_proved")
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION IF EXISTS refuse_change_of_audit_entries()")
