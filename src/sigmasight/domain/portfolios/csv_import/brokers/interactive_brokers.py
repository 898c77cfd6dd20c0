"""Interactive Brokers: the activity statement, in English and German, and Flex queries."""

import re
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.layout import (
    AssetKind,
    Field,
    Layout,
    Sections,
)

KINDS: Final = {
    "stocks": AssetKind.PUBLIC,
    "aktien": AssetKind.PUBLIC,
    "stk": AssetKind.PUBLIC,
    "etfs": AssetKind.ETF,
    "funds": AssetKind.MUTUAL_FUND,
    "mutual funds": AssetKind.MUTUAL_FUND,
    "fonds": AssetKind.MUTUAL_FUND,
    "fund": AssetKind.MUTUAL_FUND,
    "bonds": AssetKind.BOND,
    "anleihen": AssetKind.BOND,
    "bond": AssetKind.BOND,
    "treasury bills": AssetKind.TREASURY_BILLS,
    "schatzwechsel": AssetKind.TREASURY_BILLS,
    "bill": AssetKind.TREASURY_BILLS,
    "equity and index options": AssetKind.OPTION,
    "aktien- und indexoptionen": AssetKind.OPTION,
    "opt": AssetKind.OPTION,
    "options on futures": AssetKind.OPTION,
    "fop": AssetKind.OPTION,
    "warrants": AssetKind.OTHER,
    "optionsscheine": AssetKind.OTHER,
    "war": AssetKind.OTHER,
    "structured products": AssetKind.OTHER,
    "iopt": AssetKind.OTHER,
    "futures": AssetKind.COMMODITY,
    "fut": AssetKind.COMMODITY,
    "crypto": AssetKind.CRYPTOCURRENCY,
    "kryptowährungen": AssetKind.CRYPTOCURRENCY,
    "cryptocurrency": AssetKind.CRYPTOCURRENCY,
    "forex": AssetKind.LEFT_OUT,
    "devisen": AssetKind.LEFT_OUT,
    "cash": AssetKind.CASH,
}
STATEMENT: Final = Layout(
    broker="Interactive Brokers",
    marks=(),
    needs=frozenset({Field.KIND, Field.QUANTITY, Field.COST}),
    columns={
        Field.SYMBOL: ("symbol",),
        Field.KIND: ("asset category", "vermögenswertkategorie", "vermögenskategorie"),
        Field.CURRENCY: ("currency", "währung"),
        Field.QUANTITY: ("quantity", "menge", "anzahl"),
        Field.MULTIPLIER: ("mult", "multiplier", "mult.", "multiplikator"),
        Field.UNIT_COST: ("cost price", "einstandskurs", "einstandspreis"),
        Field.COST: ("cost basis", "kostenbasis", "einstandswert"),
        Field.PRICE: ("close price", "schlusskurs"),
        Field.VALUE: ("value", "wert"),
        Field.ACCOUNT: ("account", "konto"),
    },
    kinds=KINDS,
    details={"datadiscriminator": "lot"},
    dated=re.compile(r"^(Statement|Auszug) Data (Period|Periode|Zeitraum)\b"),
    account=re.compile(
        r"^(?:Account Information|Kontoinformation(?:en)?) Data (?:Account|Konto) (.+)"
    ),
    sections=Sections(
        positions=(
            *("open positions", "long open positions", "short open positions"),
            *("offene positionen", "offene long-positionen", "offene short-positionen"),
        ),
        cash=("cash report", "cash-bericht", "barmittelbericht"),
        cash_amount=("total", "gesamt", "insgesamt"),
        cash_label=("ending cash", "endbarsaldo", "barendsaldo", "schlusssaldo", "endsaldo"),
        information=("financial instrument information", "informationen zum finanzinstrument"),
    ),
)
FLEX_QUERY: Final = Layout(
    broker="Interactive Brokers Flex query",
    marks=("symbol", "quantity", "assetclass"),
    columns={
        Field.SYMBOL: ("symbol",),
        Field.DESCRIPTION: ("description",),
        Field.IDENTIFIER: ("isin", "cusip", "securityid"),
        Field.KIND: ("assetclass",),
        Field.CURRENCY: ("currencyprimary", "currency"),
        Field.QUANTITY: ("quantity", "position"),
        Field.MULTIPLIER: ("multiplier",),
        Field.UNIT_COST: ("costbasisprice",),
        Field.COST: ("costbasismoney",),
        Field.PRICE: ("markprice",),
        Field.VALUE: ("positionvalue",),
        Field.ACCOUNT: ("clientaccountid", "accountid"),
        Field.UNDERLYING: ("underlyingsymbol",),
        Field.STRIKE: ("strike",),
        Field.EXPIRATION: ("expiry",),
        Field.RIGHT: ("put/call",),
        Field.DAY: ("reportdate",),
    },
    kinds=KINDS,
    details={"levelofdetail": "lot"},
)
