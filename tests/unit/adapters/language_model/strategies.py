"""Any book there could be."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from sigmasight.domain.assistant.language_model import Mode, PortfolioContext, Question
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.positions import PositionType
from tests.support.builders.language_model import a_book, a_position, a_question, a_snapshot
from tests.support.builders.portfolios import a_portfolio, terms

AMOUNTS = st.one_of(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12
    ),
    st.sampled_from([Decimal(0), Decimal("-0"), Decimal("0.000001"), Decimal("-1E+20")]),
)
"""What there can be of anything, and more: the domain lets nothing of 10¹² or more in."""
PERHAPS = st.none() | AMOUNTS
SYMBOLS = st.text(min_size=1, max_size=100) | st.sampled_from(["AAPL", "MSFT", "$", "A B"])
POSITIONS = st.builds(
    a_position,
    symbol=SYMBOLS,
    quantity=AMOUNTS,
    entry_price=AMOUNTS,
    last_price=PERHAPS,
    position_type=st.sampled_from(PositionType),
    underlying_symbol=st.none() | SYMBOLS,
)
MONEY = ("market_value", "unrealized_pnl", "realized_pnl", "gross_exposure", "net_exposure")
MORE_MONEY = ("long_exposure", "short_exposure", "cash")
RATIOS = ("largest_weight", "concentration", "volatility", "beta", "max_drawdown", "value_at_risk")
SNAPSHOTS: st.SearchStrategy[Snapshot] = st.builds(
    a_snapshot,
    **dict.fromkeys([*MONEY, *MORE_MONEY], AMOUNTS),
    **dict.fromkeys(RATIOS, PERHAPS),
    priced_at_entry=st.integers(0, 10),
)


@st.composite
def books(
    draw: st.DrawFn, positions: Any = POSITIONS, snapshots: Any = SNAPSHOTS
) -> PortfolioContext:
    held = draw(st.lists(positions, max_size=8))
    portfolio = a_portfolio(
        terms=terms(
            name=draw(st.text(max_size=255)),
            currency=draw(st.sampled_from(["USD", "EUR", "JPY"])),
            equity_balance=draw(PERHAPS),
        )
    )
    return a_book(
        portfolio=portfolio,
        positions=held,
        position_count=len(held) + draw(st.integers(0, 3)),
        snapshot=draw(st.none() | snapshots),
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    topics = st.sampled_from(["value", "risk", "concentration", "exposure", "AAPL", "cash", "help"])
    return a_question(
        draw(st.text(max_size=50)) + draw(topics | st.just("")),
        mode=draw(st.sampled_from(Mode)),
        portfolios=draw(st.lists(books(), max_size=3)),
        memories=draw(st.lists(st.text(max_size=300), max_size=8)),
        client_context=draw(st.dictionaries(st.text(), st.text() | st.floats(), max_size=3)),
    )
