"""Interactive Brokers: the Activity Statement as CSV; one of its tables lists the positions."""

import re
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.layout import AssetKind, Layout

INTERACTIVE_BROKERS: Final = Layout(
    broker="Interactive Brokers",
    symbol=("Symbol",),
    quantity=("Quantity",),
    cost=("Cost Basis",),
    value=("Value",),
    kind=("Asset Category",),
    currency=("Currency",),
    also=("Open Positions", "Asset Category"),
    kinds={
        "stocks": AssetKind.PUBLIC,
        "bonds": AssetKind.BOND,
        "mutual funds": AssetKind.MUTUAL_FUND,
        "equity and index options": AssetKind.OPTION,
        "crypto": AssetKind.CRYPTOCURRENCY,
    },
    cash=re.compile(r"(?!)"),
    sums=re.compile(r"(?!)"),
    dated=re.compile(r"^Statement Data Period\b"),
    section=("Open Positions",),
    details=(("Header", "Data"), ("DataDiscriminator", "Summary")),
)
