"""Fidelity: Positions, Download. Its core position is cash, marked with asterisks."""

import re
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.layout import Field, Layout

FIDELITY: Final = Layout(
    broker="Fidelity",
    marks=("symbol", "description", "quantity", "last price", "current value"),
    columns={
        Field.SYMBOL: ("symbol",),
        Field.DESCRIPTION: ("description",),
        Field.QUANTITY: ("quantity",),
        Field.PRICE: ("last price",),
        Field.VALUE: ("current value",),
        Field.COST: ("cost basis total", "cost basis"),
        Field.UNIT_COST: ("average cost basis", "cost basis per share"),
        Field.ACCOUNT: ("account number",),
    },
    cash=re.compile(r"(USD|[A-Z]+\*)\*{1,2}|CASH"),
    sums=re.compile(r"pending activity", re.IGNORECASE),
    dated=re.compile(r"^Date downloaded\b", re.IGNORECASE),
    joins_classes=True,
)
FIDELITY_STATEMENT: Final = Layout(
    broker="Fidelity",
    marks=("symbol/cusip", "description", "quantity", "price", "ending value", "cost basis"),
    columns={
        Field.SYMBOL: ("symbol/cusip",),
        Field.DESCRIPTION: ("description",),
        Field.QUANTITY: ("quantity",),
        Field.PRICE: ("price",),
        Field.VALUE: ("ending value",),
        Field.COST: ("cost basis",),
    },
    sums=re.compile(r"(core account|stocks|bonds|options|mutual funds|subtotal.*)", re.IGNORECASE),
    joins_classes=True,
)
