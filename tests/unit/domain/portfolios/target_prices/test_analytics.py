"""What target prices would bring, by hand and by rule."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.positions import Position, PositionId, PositionType
from sigmasight.domain.portfolios.target_prices.analytics import TargetAnalytics, TargetValuation
from sigmasight.domain.portfolios.target_prices.model import TargetPrice
from tests.support.builders.portfolios import a_portfolio, a_position, a_target

SAVINGS = a_portfolio()
LONG, SHORT = PositionType.LONG, PositionType.SHORT


def held(symbol: str, quantity: int, price: int, **changes: object) -> Position:
    kind = SHORT if quantity < 0 else LONG
    return a_position(
        SAVINGS,
        symbol=symbol,
        quantity=Decimal(quantity),
        entry_price=Decimal(price),
        position_type=kind,
        **changes,
    )


def target(symbol: str, price: str, **changes: object) -> TargetPrice:
    return a_target(SAVINGS, symbol=symbol, target_price_eoy=Decimal(price), **changes)


def valuation(*positions: Position, equity_balance: Decimal | None = None) -> TargetValuation:
    value = total(each.market_value for each in positions)
    return TargetValuation(positions, value if equity_balance is None else equity_balance)


def summarized(book: TargetValuation, *targets: TargetPrice) -> list[tuple[str, str, str]]:
    def figure(value: Decimal | None) -> str:
        return "-" if value is None else f"{value:f}"

    def of(outlook: TargetAnalytics) -> tuple[str, str, str]:
        return (
            figure(outlook.expected_return_eoy),
            figure(outlook.position_weight),
            figure(outlook.contribution_to_portfolio_return),
        )

    return [of(outlook) for outlook in book.outlooks(targets)]


def test_weights_are_positive_and_the_return_is_that_of_the_holder() -> None:
    book = valuation(held("UP", 60, 10), held("DOWN", -40, 10))

    assert summarized(book, target("UP", "12"), target("DOWN", "12.5"), target("OTHER", "15")) == [
        ("0.200000", "3.000000", "0.600000"),
        ("-0.250000", "2.000000", "-0.500000"),
        ("0.500000", "-", "-"),
    ]
    summary = book.summary([target("UP", "12"), target("DOWN", "12.5")])
    assert summary.weighted_expected_return_eoy == Decimal("0.1")
    assert summary.coverage == summary.covered_positions == 1


def test_a_fall_is_a_gain_of_short_positions_and_written_options_alone() -> None:
    returns = {
        kind: valuation().outlooks([target("ACME", "8", position_type=kind)])[0].expected_return_eoy
        for kind in PositionType
    }

    gaining = {kind for kind, value in returns.items() if value == Decimal("0.2")}
    assert gaining == {PositionType.SHORT, PositionType.SC, PositionType.SP}
    assert {value for kind, value in returns.items() if kind not in gaining} == {Decimal("-0.2")}


def test_weights_are_fractions_of_the_stated_equity() -> None:
    book = valuation(held("UP", 60, 10), equity_balance=Decimal(2400))

    assert summarized(book, target("UP", "12")) == [("0.200000", "0.250000", "0.050000")]


def test_the_current_price_is_the_last_close_else_the_entry_price_else_the_one_given() -> None:
    priced = held("ACME", 1, 10, last_price=Decimal(20))
    about = target("ACME", "30")

    found = [
        valuation(*each).outlooks([about])[0] for each in ([priced], [held("ACME", 1, 15)], [])
    ]

    assert [each.current_price for each in found] == [20, 15, 10]
    assert [each.expected_return_eoy for each in found] == [Decimal("0.5"), 1, 2]


def test_a_position_counts_once_for_its_most_specific_target() -> None:
    one, two, short = held("ACME", 1, 10), held("ACME", 2, 10), held("ACME", -7, 10)
    of_any, of_long = target("ACME", "11"), target("ACME", "12", position_type=LONG)
    of_one = target("ACME", "13", position_type=LONG, position_id=one.id)
    book = valuation(one, two, short, equity_balance=Decimal(100))

    weights = [each.position_weight for each in book.outlooks([of_any, of_long, of_one])]
    alone = [each.position_weight for each in book.outlooks([of_any])]

    assert weights == [Decimal("0.7"), Decimal("0.2"), Decimal("0.1")]
    assert alone == [Decimal("0.4")]


def test_cash_is_no_part_of_the_coverage_and_without_value_there_are_no_weights() -> None:
    cash = held("CASH", 100, 1, investment_subtype="CASH")

    summary = valuation(cash, held("UP", 1, 100)).summary([target("CASH", "1")])
    assert [summary.coverage, summary.covered_positions] == [Decimal(0), Decimal("0.5")]
    for shorts in (-1, -2):
        worthless = valuation(held("UP", 1, 10), held("DOWN", shorts, 10))
        assert summarized(worthless, target("UP", "20")) == [("1.000000", "-", "-")]
    empty = valuation().summary([])
    assert (empty.weighted_expected_return_eoy, empty.coverage) == (None, Decimal(0))
    assert empty.covered_positions == empty.target_count == 0


PRICES = st.decimals("0.000001", "999999999999", places=6)
POSITIONS = st.builds(
    lambda number, symbol, size, price, is_short: a_position(
        SAVINGS,
        id=PositionId(UUID(int=number)),
        symbol=symbol,
        quantity=-size if is_short else size,
        position_type=SHORT if is_short else LONG,
        entry_price=price,
    ),
    st.integers(1, 3),
    st.sampled_from("ABC"),
    PRICES,
    PRICES,
    st.booleans(),
)
TARGETS = st.builds(
    lambda symbol, kind, position, price: a_target(
        SAVINGS,
        symbol=symbol,
        position_type=kind,
        position_id=position and PositionId(UUID(int=position)),
        target_price_eoy=price,
    ),
    st.sampled_from("ABC"),
    st.sampled_from([None, LONG, SHORT]),
    st.sampled_from([None, 1, 2]),
    PRICES,
)


@given(
    st.lists(POSITIONS, max_size=6, unique_by=lambda each: each.id),
    st.lists(TARGETS, max_size=6, unique_by=lambda each: each.key),
)
def test_contributions_add_up_to_the_summary_and_are_what_the_positions_would_gain(
    positions: list[Position], targets: list[TargetPrice]
) -> None:
    book = valuation(*positions, equity_balance=Decimal(10**12))

    outlooks, summary = book.outlooks(targets), book.summary(targets)

    slack = len(targets) * Decimal("0.000001")
    parts = [each.contribution_to_portfolio_return or Decimal(0) for each in outlooks]
    assert abs(sum(parts) - (summary.weighted_expected_return_eoy or Decimal(0))) <= slack
    assert all((each.position_weight or 0) >= 0 for each in outlooks)
    assert 0 <= summary.coverage <= 1
