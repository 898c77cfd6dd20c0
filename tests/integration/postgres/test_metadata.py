"""Every table of a user's things leads with its owner, so that nothing is reached past them."""

from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from sigmasight.adapters.postgres import metadata
from sigmasight.adapters.postgres.distribution import Placement, placement

SHARED: Final = {
    "users",
    "audit_entries",
    "benchmark_weights",
    "clerk_accounts",
    "clerk_item_payers",
    "clerk_subscription_items",
    "company_profiles",
    "ended_sessions",
    "fixes",
    "fundamentals",
    "login_attempts",
    "prices",
    "server_settings",
    "splits",
    "symbol_betas",
    "webhook_inbox",
}
"""What Clerk tells, or a stranger tries, comes before its user does; prices and fundamentals are
everybody's, and fixes are of everybody's portfolios. The others belong to users."""

OWNED: Final = [table for table in metadata.sorted_tables if table.name not in SHARED]


def leading_columns(table: Table) -> Iterator[tuple[str, str]]:
    """Yield the first column of every unique and foreign key of a table."""
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint):
            column = next(iter(constraint.columns))
            yield f"{type(constraint).__name__} {constraint.name}", column.name
    for index in table.indexes:
        if index.unique:
            first = next(iter(index.expressions))
            yield f"Index {index.name}", getattr(first, "name", str(first))


def test_shared_tables_are_those_declared() -> None:
    assert set(metadata.tables) >= SHARED
    assert [table.name for table in OWNED if "user_id" not in table.columns] == []


@pytest.mark.parametrize("table", OWNED, ids=lambda table: table.name)
def test_an_owned_table_leads_with_its_owner_everywhere(table: Table) -> None:
    found = dict(leading_columns(table))

    assert any(what.startswith("PrimaryKey") for what in found)
    assert any(what.startswith("ForeignKey") for what in found)
    assert {what: column for what, column in found.items() if column != "user_id"} == {}


@pytest.mark.parametrize("table", OWNED, ids=lambda table: table.name)
def test_an_owned_table_refers_to_rows_of_the_same_owner(table: Table) -> None:
    for key in table.foreign_key_constraints:
        element = key.elements[0]
        assert element.parent.name == "user_id"
        assert element.column.name == ("id" if key.referred_table.name == "users" else "user_id")


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_of_users_is_distributed_and_the_shared_ones_stay(table: Table) -> None:
    local = Placement.REPLICATED if table.name == "users" else Placement.LOCAL

    assert placement(table) is (local if table.name in SHARED else Placement.DISTRIBUTED)
