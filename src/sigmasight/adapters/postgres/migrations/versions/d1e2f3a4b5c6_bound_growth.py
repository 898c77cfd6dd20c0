"""Find expired records by their time, and let entries of the audit trail expire after a year."""

from alembic import op

revision = "d1e2f3a4b5c6"
down_revision = "c0d1e2f3a4b5"
branch_labels = None
depends_on = None

APPENDED = {
    "snapshots": "calculated_at",
    "ai_message_ledger": "period",
    "ai_message_keys": "at",
    "audit_entries": "at",
}
"""Rows lie in the order of that column: a block range index is small, and cheap to write."""
TABLE = "audit_entries"
FUNCTION = "refuse_change_of_audit_entries()"


def upgrade() -> None:
    for table, column in APPENDED.items():
        op.create_index(f"ix_{table}_expired", table, [column], postgresql_using="brin")
    op.execute(f"DROP TRIGGER audit_entries_are_append_only ON {TABLE}")
    op.execute(f"""
        CREATE TRIGGER audit_entries_are_append_only BEFORE UPDATE OR TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}
    """)
    op.execute(f"""
        CREATE TRIGGER audit_entries_stay_a_year BEFORE DELETE ON {TABLE}
        FOR EACH ROW WHEN (OLD.at > now() - interval '1 year') EXECUTE FUNCTION {FUNCTION}
    """)


def downgrade() -> None:
    op.execute(f"DROP TRIGGER audit_entries_stay_a_year ON {TABLE}")
    op.execute(f"DROP TRIGGER audit_entries_are_append_only ON {TABLE}")
    op.execute(f"""
        CREATE TRIGGER audit_entries_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}
    """)
    for table in APPENDED:
        op.drop_index(f"ix_{table}_expired", table)
