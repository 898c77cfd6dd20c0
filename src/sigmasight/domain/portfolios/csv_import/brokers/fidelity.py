"""Fidelity: Positions, Download. Its core position is cash, marked with asterisks."""

import re
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.layout import NO_KIND, AssetKind, Layout

FIDELITY: Final = Layout(
    broker="Fidelity",
    symbol=("Symbol",),
    quantity=("Quantity",),
    cost=("Cost Basis Total", "Cost Basis"),
    value=("Current Value",),
    also=("Last Price", "Description"),
    kinds={NO_KIND: AssetKind.PUBLIC},
    cash=re.compile(r"[A-Z]+\*\*"),
    sums=re.compile(r"pending activity|account total", re.IGNORECASE),
    dated=re.compile(r"^Date downloaded\b"),
)
