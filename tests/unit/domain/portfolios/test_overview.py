"""A portfolio's overview at the latest prices, by hand and by rule."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.overview import Baseline, Overview
from sigmasight.domain.portfolios.portfolio import Holdings
from sigmasight.domain.portfolios.positions import InvestmentClass, Position, PositionType
from tests.support.builders.portfolios import a_portfolio, a_position, a_target, terms

SAVINGS = a_portfolio()


def an_overview(*positions: Position, balance: int | None = None, **changes: Any) -> Overview:
    value = total(each.market_value for each in positions)
    portfolio = a_portfolio(
        terms=terms(equity_balance=None if balance is None else Decimal(balance)),
        holdings=Holdings(len(positions), value),
    )
    parts: dict[str, Any] = {
        "targets": [],
        "realized_pnl": Decimal(0),
        "year": None,
        "month": None,
        **changes,
    }
    return Overview(portfolio=portfolio, positions=positions, **parts)


def held(quantity: int, price: int, kind: PositionType | None = None, **changes: Any) -> Position:
    kind = kind or (PositionType.SHORT if quantity < 0 else PositionType.LONG)
    option = kind.is_option
    return a_position(
        SAVINGS,
        quantity=Decimal(quantity),
        entry_price=Decimal(price),
        position_type=kind,
        investment_class=InvestmentClass.OPTIONS if option else InvestmentClass.PUBLIC,
        **changes,
    )


def cash(value: int) -> Position:
    return held(value, 1, symbol="CASH", investment_subtype="CASH")


def test_exposures_are_signed_and_leave_cash_out() -> None:
    overview = an_overview(held(60, 10), held(-20, 10), held(1, 2, PositionType.LC), cash(500))

    assert (overview.long_exposure, overview.short_exposure) == (Decimal(800), Decimal(-200))
    assert (overview.gross_exposure, overview.net_exposure) == (Decimal(1000), Decimal(600))
    assert (overview.net_asset_value, overview.cash_balance) == (Decimal(1100), Decimal(500))
    assert overview.fraction(overview.cash_balance * 11) == Decimal(5)


def test_the_stated_equity_decides_cash_and_leverage() -> None:
    overview = an_overview(held(60, 10), held(-20, 10), balance=1600)

    assert overview.cash_balance == Decimal(1200)
    assert overview.fraction(overview.gross_exposure) == Decimal("0.5")


def test_options_are_neither_long_nor_short_positions() -> None:
    written = held(-1, 2, PositionType.SP)
    overview = an_overview(held(1, 1), held(-1, 1), held(1, 1, PositionType.LP), written, cash(1))

    counts = (overview.long_count, overview.short_count, overview.option_count)
    assert counts == (2, 1, 2)


@pytest.mark.parametrize("positions", [[], [held(-2, 10), held(1, 10)], [held(1, 1), held(-1, 1)]])
def test_without_net_assets_every_fraction_is_0(positions: list[Position]) -> None:
    overview = an_overview(*positions)

    assert overview.fraction(overview.gross_exposure) == 0
    assert overview.target_returns is None


def test_the_profit_of_a_period_leaves_out_what_was_paid_in() -> None:
    overview = an_overview(
        held(10, 10, last_price=Decimal(15)),
        realized_pnl=Decimal(7),
        year=Baseline(Decimal(100), Decimal(20)),
    )

    assert (overview.unrealized_pnl, overview.total_pnl) == (Decimal(50), Decimal(57))
    assert overview.pnl_since(overview.year) == Decimal(30)
    assert overview.pnl_since(overview.month) is None


def test_expected_returns_are_those_of_the_target_prices() -> None:
    overview = an_overview(held(10, 10), held(10, 10, symbol="ELSE"), targets=[a_target(SAVINGS)])

    returns = overview.target_returns
    assert returns
    assert returns.weighted_expected_return_eoy == Decimal("0.25")
    assert returns.covered_positions == Decimal("0.5")


@given(
    st.lists(
        st.tuples(st.integers(-(10**6), 10**6).filter(bool), st.integers(1, 10**6)), max_size=8
    ),
    st.none() | st.integers(0, 10**12),
)
def test_cash_and_net_exposure_make_up_the_net_asset_value(
    holdings: list[tuple[int, int]], balance: int | None
) -> None:
    overview = an_overview(*(held(*each) for each in holdings), balance=balance)

    assert overview.cash_balance + overview.net_exposure == overview.net_asset_value
    assert overview.short_exposure <= 0 <= overview.long_exposure
    assert overview.gross_exposure >= abs(overview.net_exposure)
