"""Charles Schwab: Accounts, Positions, Export."""

import re
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.layout import AssetKind, Layout

SCHWAB: Final = Layout(
    broker="Charles Schwab",
    symbol=("Symbol",),
    quantity=("Qty (Quantity)", "Quantity"),
    cost=("Cost Basis",),
    value=("Mkt Val (Market Value)", "Market Value"),
    kind=("Security Type",),
    also=("Security Type",),
    kinds={
        "equity": AssetKind.STOCK,
        "etf": AssetKind.ETF,
        "etfs & closed end funds": AssetKind.ETF,
        "mutual fund": AssetKind.MUTUAL_FUND,
        "fixed income": AssetKind.BOND,
        "option": AssetKind.OPTION,
        "cash and money market": AssetKind.CASH,
    },
    cash=re.compile(r"cash & cash investments", re.IGNORECASE),
    cash_symbol="CASH",
    sums=re.compile(r"(account|positions) total", re.IGNORECASE),
    dated=re.compile(r"\bas of\b"),
)
