"""What every Prices promises, both the fake and the adapter; and where prices show."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sigmasight.domain.portfolios.portfolio import Holdings
from sigmasight.domain.portfolios.prices import Price
from sigmasight.domain.portfolios.splits import Split
from tests.integration.contracts.conftest import Ports
from tests.support.builders.portfolios import a_portfolio, a_position
from tests.support.builders.users import ANNS_ID, a_user

FIRST, SECOND = date(2026, 1, 13), date(2026, 1, 14)
SAVINGS = a_portfolio()


async def keep(ports: Ports, *prices: Price) -> None:
    async def work() -> None:
        await ports.prices.stage(prices[:1])
        await ports.prices.stage(prices[1:])
        await ports.prices.store_staged()

    await ports.commit()
    await ports.transaction.run(work)


def a_price(day: date, close: str, symbol: str = "ACME") -> Price:
    return Price(symbol, day, Decimal(close))


async def test_stored_prices_are_read_newest_first(ports: Ports) -> None:
    prices = [a_price(FIRST, "12.5"), a_price(SECOND, "0.000000000001"), a_price(FIRST, "7", "B")]
    await keep(ports, *prices)

    assert await ports.prices.recent("ACME", 9) == [prices[1], prices[0]]
    assert await ports.prices.recent("ACME", 1) == [prices[1]]
    assert await ports.prices.recent("NONE", 9) == []


async def test_the_latest_of_each_symbol_is_found(ports: Ports) -> None:
    old, new, other = a_price(FIRST, "1"), a_price(SECOND, "2"), a_price(FIRST, "7", "B")
    await keep(ports, new, old, other)

    assert await ports.prices.latest(["ACME", "B", "NONE", "B"]) == {"ACME": new, "B": other}
    assert await ports.prices.latest([]) == {}


async def test_closes_are_those_from_a_day_on(ports: Ports) -> None:
    await keep(ports, a_price(SECOND, "2"), a_price(FIRST, "1"), a_price(FIRST, "7", "B"))

    assert await ports.prices.closes(["ACME", "NONE"], FIRST) == {"ACME": {FIRST: 1.0, SECOND: 2.0}}
    assert await ports.prices.closes(["ACME", "B"], SECOND) == {"ACME": {SECOND: 2.0}}


async def test_closes_before_a_split_are_divided_by_its_ratio(ports: Ports) -> None:
    await keep(ports, a_price(FIRST, "400"), a_price(SECOND, "101"), a_price(FIRST, "7", "B"))
    splits = [
        Split("ACME", SECOND, Decimal(2)),
        Split("ACME", SECOND, Decimal(4)),
        Split("NONE", FIRST, Decimal(3)),
    ]
    for split in splits:
        await ports.splits.put([split])
    await ports.splits.put([])
    await ports.commit()

    comparable = await ports.prices.closes(["ACME", "B"], FIRST)
    traded = await ports.prices.closes_as_traded(["ACME", "B"], FIRST)

    assert comparable == {"ACME": {FIRST: 100.0, SECOND: 101.0}, "B": {FIRST: 7.0}}
    assert traded == {"ACME": {FIRST: 400.0, SECOND: 101.0}, "B": {FIRST: 7.0}}
    assert list(comparable["ACME"]) == [FIRST, SECOND]


async def test_an_implied_volatility_is_that_of_the_last_close(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.commit()
    await ports.portfolios.put(SAVINGS)
    await ports.commit()
    option = a_position(SAVINGS)
    await ports.positions.add([option])
    quotes = [Price("ACME", day, Decimal(1), Decimal(iv)) for day, iv in ((FIRST, 1), (SECOND, 2))]
    await keep(ports, *quotes)

    [listed] = await ports.positions.all(ANNS_ID, SAVINGS.id)

    assert await ports.prices.recent("ACME", 9) == quotes[::-1]
    assert listed.implied_volatility == 2
    assert await ports.positions.find(ANNS_ID, option.id) == listed
    assert await ports.positions.with_prices([option]) == [listed]

    await keep(ports, a_price(SECOND, "1"))

    assert await ports.prices.latest(["ACME"]) == {"ACME": a_price(SECOND, "1")}
    [listed] = await ports.positions.all(ANNS_ID, SAVINGS.id)
    assert listed.implied_volatility is None


async def test_the_last_price_of_a_day_wins(ports: Ports) -> None:
    await keep(ports, a_price(FIRST, "1"), a_price(FIRST, "2"))
    again = a_price(FIRST, "3")

    await keep(ports, again)

    assert await ports.prices.recent("ACME", 9) == [again]


async def test_staged_prices_are_not_visible(ports: Ports) -> None:
    await ports.transaction.run(lambda: ports.prices.stage([a_price(FIRST, "1")]))

    assert await ports.prices.recent("ACME", 9) == []


async def test_positions_and_portfolios_are_found_at_the_latest_price(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.commit()
    await ports.portfolios.put(SAVINGS)
    await ports.commit()
    position, unpriced = a_position(SAVINGS), a_position(SAVINGS, symbol="B")
    await ports.positions.add([position, unpriced])
    await keep(ports, a_price(FIRST, "1"), a_price(SECOND, "20"))

    [claimed] = await ports.positions.claim(ANNS_ID, [position.id])
    await ports.positions.put([replace(claimed, notes="Seen")])
    await ports.commit()
    found = await ports.positions.find(ANNS_ID, position.id)
    portfolio = await ports.portfolios.find(ANNS_ID, SAVINGS.id)

    assert claimed == replace(position, last_price=Decimal(20), price_date=SECOND)
    assert found == replace(claimed, notes="Seen")
    assert await ports.positions.find(ANNS_ID, unpriced.id) == unpriced
    assert await ports.positions.with_prices([unpriced, position]) == [unpriced, claimed]
    listed = await ports.positions.all(ANNS_ID, SAVINGS.id)
    assert {each.id: each for each in listed} == {found.id: found, unpriced.id: unpriced}
    assert portfolio is not None
    assert portfolio.holdings == Holdings(2, Decimal("325.00"))


async def test_a_rate_is_the_last_one_or_the_inverse_of_the_last_one(ports: Ports) -> None:
    await keep(
        ports,
        a_price(FIRST, "1.1", "EURUSD"),
        a_price(SECOND, "1.25", "EURUSD"),
        a_price(SECOND, "0.8", "USDCHF"),
    )
    rates = ports.exchange_rates

    assert await rates.latest("EUR", "USD") == Decimal("1.25")
    assert await rates.latest("CHF", "USD") == Decimal("1.25")
    assert await rates.latest("USD", "USD") == 1
    assert await rates.latest("EUR", "CHF") is None
