"""What every Books promises: a portfolio as a language model is shown it."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from sigmasight.domain.assistant.chat import MAX_POSITIONS
from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.portfolios.calculations.snapshots import RunId
from sigmasight.domain.portfolios.positions import Position
from tests.integration.contracts.assistant import *  # noqa: F403  a fixture
from tests.integration.contracts.assistant import AssistantPorts
from tests.support.builders.calculations import a_snapshot
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, a_position, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID


async def test_contexts_have_active_portfolios_or_the_named_ones(assistant: AssistantPorts) -> None:
    active, closed = a_portfolio(), a_portfolio(terms=terms(account_name="Closed"))
    inactive = a_portfolio(terms=terms(account_name="Inactive"))
    inactive = replace(inactive, terms=replace(inactive.terms, is_active=False))
    await assistant.put(active, inactive, replace(closed, deleted_at=NOON))

    async def shown(*only: object) -> list[object]:
        return [each.portfolio.id for each in await assistant.books.read(ANNS_ID, only)]  # type: ignore[arg-type]

    assert await shown() == [active.id]
    assert await shown(inactive.id, closed.id) == [inactive.id]
    assert await assistant.books.read(BOBS_ID, [active.id]) == []


async def the_book(assistant: AssistantPorts, *positions: Position) -> PortfolioContext:
    await assistant.ports.positions.add(positions)
    await assistant.ports.commit()
    [book] = await assistant.books.read(ANNS_ID, ())
    return book


async def test_a_context_has_the_largest_open_positions_first(assistant: AssistantPorts) -> None:
    portfolio = a_portfolio()
    await assistant.put(portfolio)
    small, short, large = (
        a_position(portfolio, symbol=symbol, quantity=Decimal(count), entry_price=Decimal(10))
        for symbol, count in (("AAA", 1), ("BBB", -5), ("CCC", 9))
    )
    closed = a_position(portfolio, exit_date=NOON.date(), exit_price=Decimal(1))

    book = await the_book(assistant, small, short, large, closed)

    assert [each.symbol for each in book.positions] == ["CCC", "BBB", "AAA"]
    assert book.position_count == 3


async def test_a_context_has_a_limited_number_of_positions_and_counts_the_rest(
    assistant: AssistantPorts,
) -> None:
    portfolio = a_portfolio()
    await assistant.put(portfolio)

    book = await the_book(assistant, *(a_position(portfolio) for _ in range(MAX_POSITIONS + 3)))

    assert len(book.positions) == MAX_POSITIONS
    assert book.position_count == MAX_POSITIONS + 3


async def test_a_context_has_the_latest_snapshot(assistant: AssistantPorts) -> None:
    portfolio = a_portfolio()
    await assistant.put(portfolio)
    old = a_snapshot(portfolio)
    new = replace(old, calculated_at=old.calculated_at + MINUTE)
    before = await the_book(assistant)
    for snapshot in (new, old):
        await assistant.ports.snapshots.add(ANNS_ID, RunId(uuid4()), snapshot)
    await assistant.ports.commit()

    [book] = await assistant.books.read(ANNS_ID, [portfolio.id])

    assert before.snapshot is None
    assert book.snapshot == new
