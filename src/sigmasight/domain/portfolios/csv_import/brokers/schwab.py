"""Charles Schwab: Accounts, Positions, Export; of one account, of all, or by lot."""

import re
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.layout import AssetKind, Field, Layout

SCHWAB: Final = Layout(
    broker="Charles Schwab",
    marks=("symbol",),
    needs=frozenset({Field.KIND, Field.QUANTITY, Field.VALUE, Field.COST}),
    columns={
        Field.SYMBOL: ("symbol",),
        Field.DESCRIPTION: ("description",),
        Field.QUANTITY: ("qty (quantity)", "quantity", "qty"),
        Field.PRICE: ("price",),
        Field.VALUE: ("mkt val (market value)", "market value", "mkt val"),
        Field.COST: ("cost basis",),
        Field.KIND: ("asset type", "security type"),
    },
    kinds={
        "equity": AssetKind.STOCK,
        "etf": AssetKind.ETF,
        "etfs & closed end funds": AssetKind.ETF,
        "mutual fund": AssetKind.MUTUAL_FUND,
        "fixed income": AssetKind.BOND,
        "option": AssetKind.OPTION,
        "cash and money market": AssetKind.CASH,
    },
    cash=re.compile(r"cash & (cash investments|money market)", re.IGNORECASE),
    dated=re.compile(r"\bas of\b"),
    account=re.compile(r"^Positions for (?:account )?(.+?) as of\b"),
)
LOTS: Final = Layout(
    broker=SCHWAB.broker,
    marks=("open date", "quantity", "cost/share"),
    columns={
        Field.ENTRY_DATE: ("open date",),
        Field.QUANTITY: ("quantity",),
        Field.PRICE: ("price",),
        Field.UNIT_COST: ("cost/share",),
        Field.VALUE: ("market value",),
        Field.COST: ("cost basis",),
    },
    sums=re.compile(r"total", re.IGNORECASE),
    dated=SCHWAB.dated,
    titled=re.compile(r"^(\S+) Lot Details for\b"),
    account=re.compile(r"\bLot Details for (?:account )?(.+?) as of\b"),
)
