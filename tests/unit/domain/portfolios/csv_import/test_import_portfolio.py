"""Making a portfolio of a file."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.csv_file import CsvFile
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.csv_import.parser import ImportOptions
from sigmasight.domain.portfolios.csv_import.use_cases import ImportedPortfolio
from sigmasight.domain.portfolios.portfolio import (
    AccountNameTakenError,
    PortfolioLimitReachedError,
)
from tests.support.builders.csv_files import a_stock, an_option, text_of
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import terms
from tests.support.builders.users import ANNS_ID
from tests.unit.domain.portfolios.csv_import.test_brokers import SCHWAB
from tests.unit.domain.portfolios.portfolio_workspace import PortfolioWorkspace

TOMORROW = NOON.date() + timedelta(days=1)


def a_file(*rows: str) -> CsvFile:
    return CsvFile("positions.csv", io.BytesIO(text_of(*rows).encode()))


async def import_file(
    workspace: PortfolioWorkspace,
    file: CsvFile,
    *,
    account: str = "Broker 1",
    as_of: date | None = None,
) -> ImportedPortfolio:
    options = ImportOptions(as_of=as_of)
    [imported] = await workspace.import_csv(
        terms(account_name=account), file, options=options, by=ANNS_ID
    )
    return imported


async def test_a_portfolio_is_made_with_the_positions_of_the_file_in_its_order() -> None:
    workspace = PortfolioWorkspace()
    symbols = [f"S{number}" for number in range(50)]

    imported = await import_file(workspace, a_file(*[a_stock(symbol=symbol) for symbol in symbols]))

    held = await workspace.positions_of(imported.portfolio.id)
    assert [position.symbol for position in held] == symbols
    assert {(each.created_at, each.user_id) for each in held} == {(NOON, ANNS_ID)}
    assert (imported.positions, imported.file.left_out) == (50, ())
    assert await workspace.portfolio_ids() == [imported.portfolio.id]


async def test_many_positions_keep_their_order() -> None:
    workspace = PortfolioWorkspace()
    count = 501

    imported = await import_file(
        workspace, a_file(*[a_stock(symbol=f"S{each}") for each in range(count)])
    )

    found = sorted(workspace.store.positions.values(), key=lambda position: position.id)
    assert [position.symbol for position in found] == [f"S{each}" for each in range(count)]
    assert imported.positions == count


async def test_a_row_with_an_exit_becomes_a_closed_position_with_its_realized_result() -> None:
    workspace = PortfolioWorkspace()
    rows = [
        a_stock(symbol="WON", exit_date="2025-07-01", exit_price="15.125"),
        a_stock(symbol="LOST", quantity="-10", exit_date="2025-07-01", exit_price="15"),
        an_option(quantity="-2", exit_date="2025-07-01", exit_price="2.50"),
        a_stock(symbol="OPEN"),
    ]

    imported = await import_file(workspace, a_file(*rows))

    held = await workspace.positions_of(imported.portfolio.id)
    assert [position.realized_pnl for position in held] == [
        *(Decimal("26.25"), Decimal(-25), Decimal(2000)),
        None,
    ]
    assert [position.is_open for position in held] == [False, False, False, True]
    assert held[0].exit_date == date(2025, 7, 1)
    assert held[0].quantity == Decimal(10)


async def test_nothing_is_stored_of_a_file_with_any_error() -> None:
    workspace = PortfolioWorkspace()

    with pytest.raises(CsvInvalidError):
        await import_file(workspace, a_file(a_stock(), a_stock(symbol="ZEN", quantity="0")))

    assert await workspace.portfolio_ids() == []
    assert workspace.store.positions == {}


async def test_nothing_is_stored_beyond_the_limit_or_under_a_duplicate_name() -> None:
    workspace = PortfolioWorkspace()
    await import_file(workspace, a_file(a_stock()))

    with pytest.raises(AccountNameTakenError):
        await import_file(workspace, a_file(a_stock()))
    await import_file(workspace, a_file(a_stock()), account="Broker 2")
    with pytest.raises(PortfolioLimitReachedError):
        await import_file(workspace, a_file(a_stock()), account="Broker 3")

    assert len(await workspace.portfolio_ids()) == 2
    assert len(workspace.store.positions) == 2


async def test_a_brokers_positions_count_as_entered_on_the_day_that_is_named() -> None:
    workspace = PortfolioWorkspace()
    file = CsvFile("positions.csv", io.BytesIO(SCHWAB.encode()))

    imported = await import_file(workspace, file, as_of=NOON.date())

    held = await workspace.positions_of(imported.portfolio.id)
    assert {position.entry_date for position in held} == {NOON.date()}
    assert (len(imported.file.left_out), imported.file.positions_failed) == (1, 2)


async def test_a_day_ahead_is_refused_without_a_look_at_the_file() -> None:
    workspace = PortfolioWorkspace()

    with pytest.raises(ValidationFailedError) as refusal:
        await import_file(workspace, a_file(a_stock()), as_of=TOMORROW)

    assert [(error.field, error.code) for error in refusal.value.errors] == [
        ("as_of", "in_the_future")
    ]
    assert workspace.background.runs == 0


async def test_a_file_is_read_aside() -> None:
    workspace = PortfolioWorkspace()

    await import_file(workspace, a_file(a_stock()))

    assert workspace.background.runs == 1
