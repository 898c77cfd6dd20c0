"""What target prices would bring, by hand and by rule."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

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


def test_a_target_is_weighted_by_the_holding_and_shorts_count_negatively() -> None:
    book = TargetValuation([held("UP", 60, 10), held("DOWN", -40, 10)])

    assert summarized(book, target("UP", "12"), target("DOWN", "12.5"), target("OTHER", "15")) == [
        ("0.200000", "0.600000", "0.120000"),
        ("0.250000", "-0.400000", "-0.100000"),
        ("0.500000", "-", "-"),
    ]
    summary = book.summary([target("UP", "12"), target("DOWN", "12.5")])
    assert summary.weighted_expected_return_eoy == Decimal("0.02")
    assert (summary.coverage, summary.positions_with_targets) == (Decimal(1), 2)


def test_the_current_price_is_the_last_close_else_the_entry_price_else_the_one_given() -> None:
    priced = held("ACME", 1, 10, last_price=Decimal(20))
    about = target("ACME", "30")

    found = [
        TargetValuation(each).outlooks([about])[0] for each in ([priced], [held("ACME", 1, 15)], [])
    ]

    assert [each.current_price for each in found] == [20, 15, 10]
    assert [each.expected_return_eoy for each in found] == [Decimal("0.5"), 1, 2]


def test_a_position_counts_once_for_its_most_specific_target() -> None:
    one, two, short = held("ACME", 1, 10), held("ACME", 2, 10), held("ACME", -7, 10)
    of_any, of_long = target("ACME", "11"), target("ACME", "12", position_type=LONG)
    of_one = target("ACME", "13", position_type=LONG, position_id=one.id)
    book = TargetValuation([one, two, short])

    weights = [each.position_weight for each in book.outlooks([of_any, of_long, of_one])]
    alone = [each.position_weight for each in book.outlooks([of_any])]

    assert weights == [Decimal("-0.7"), Decimal("0.2"), Decimal("0.1")]
    assert alone == [Decimal("-0.4")]


def test_cash_is_worth_nothing_here_and_an_empty_book_has_no_weights() -> None:
    cash = held("CASH", 100, 1, investment_subtype="CASH")

    assert summarized(TargetValuation([cash]), target("CASH", "2")) == [("1.000000", "-", "-")]
    assert summarized(TargetValuation([cash, held("UP", 1, 1)]), target("CASH", "2")) == [
        ("1.000000", "0.000000", "0.000000")
    ]
    empty = TargetValuation([]).summary([])
    assert (empty.weighted_expected_return_eoy, empty.coverage) == (None, Decimal(0))


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
def test_weights_never_exceed_the_whole_and_contributions_add_up_to_the_summary(
    positions: list[Position], targets: list[TargetPrice]
) -> None:
    book = TargetValuation(positions)

    outlooks, summary = book.outlooks(targets), book.summary(targets)

    slack = len(targets) * Decimal("0.000001")
    weights = [abs(each.position_weight or Decimal(0)) for each in outlooks]
    parts = [each.contribution_to_portfolio_return or Decimal(0) for each in outlooks]
    assert sum(weights) <= summary.coverage + slack <= 1 + slack
    assert abs(sum(parts) - (summary.weighted_expected_return_eoy or Decimal(0))) <= slack
