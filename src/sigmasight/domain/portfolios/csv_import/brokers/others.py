"""Position files of further brokers."""

import re
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.layout import AssetKind, Field, Layout

F = Field
VANGUARD: Final = Layout(
    broker="Vanguard",
    marks=("investment name", "symbol", "shares", "share price"),
    columns={
        F.ACCOUNT: ("account number",),
        F.DESCRIPTION: ("investment name",),
        F.SYMBOL: ("symbol",),
        F.QUANTITY: ("shares",),
        F.PRICE: ("share price",),
        F.VALUE: ("total value",),
    },
    joins_classes=True,
)
ETRADE: Final = Layout(
    broker="E*TRADE",
    marks=("symbol", "qty #", "price paid $"),
    columns={
        F.SYMBOL: ("symbol",),
        F.QUANTITY: ("qty #",),
        F.PRICE: ("last price $",),
        F.UNIT_COST: ("price paid $",),
        F.VALUE: ("value $",),
    },
    cash=re.compile(r"cash( .*)?", re.IGNORECASE),
    dated=re.compile(r"as of\b|generated", re.IGNORECASE),
)
MERRILL: Final = Layout(
    broker="Merrill",
    marks=("symbol", "quantity", "value", "unrealized gain/loss $ chg % chg"),
    columns={
        F.SYMBOL: ("symbol",),
        F.DESCRIPTION: ("description",),
        F.QUANTITY: ("quantity",),
        F.PRICE: ("price",),
        F.VALUE: ("value",),
        F.GAIN: ("unrealized gain/loss $ chg % chg",),
    },
    cash=re.compile(r"money accounts|cash balance.*", re.IGNORECASE),
    sums=re.compile(r"pending activity", re.IGNORECASE),
    dated=re.compile(r"^Exported on", re.IGNORECASE),
    account=re.compile(r"^Selected account\(s\): ?(.+)"),
    joins_classes=True,
)
THINKORSWIM: Final = Layout(
    broker="thinkorswim",
    marks=("instrument", "qty", "trade price", "mark"),
    columns={
        F.SYMBOL: ("instrument",),
        F.QUANTITY: ("qty",),
        F.UNIT_COST: ("trade price",),
        F.PRICE: ("mark",),
    },
    cash=re.compile(r"cash & sweep vehicle", re.IGNORECASE),
    sums=re.compile(r"(overall|bp adjustment|overnight|available dollars).*", re.IGNORECASE),
    dated=re.compile(r"^Position Statement\b"),
    account=re.compile(r"^Position Statement for (\S+)"),
    is_grouped=True,
)
TASTYTRADE: Final = Layout(
    broker="tastytrade",
    marks=("symbol", "type", "quantity", "trade price", "mark"),
    columns={
        F.ACCOUNT: ("account",),
        F.SYMBOL: ("symbol",),
        F.KIND: ("type",),
        F.QUANTITY: ("quantity",),
        F.UNIT_COST: ("trade price",),
        F.PRICE: ("mark",),
        F.EXPIRATION: ("exp date",),
        F.STRIKE: ("strike price",),
        F.RIGHT: ("call/put",),
    },
    kinds={
        "stock": AssetKind.PUBLIC,
        "equity": AssetKind.PUBLIC,
        "option": AssetKind.OPTION,
        "equity option": AssetKind.OPTION,
        "cryptocurrency": AssetKind.CRYPTOCURRENCY,
        "future": AssetKind.COMMODITY,
    },
)
DEGIRO: Final = Layout(
    broker="DEGIRO",
    marks=(),
    needs=frozenset({F.IDENTIFIER, F.QUANTITY, F.VALUE}),
    columns={
        F.DESCRIPTION: ("product", "produkt", "produit", "prodotto", "producto"),
        F.IDENTIFIER: ("symbol/isin", "symbool/isin", "simbolo/isin", "symbole/isin"),
        F.QUANTITY: ("amount", "aantal", "anzahl", "quantité", "quantità", "cantidad"),
        F.PRICE: ("closing", "slotkoers", "schlußkurs", "schlusskurs", "clôture", "ultimo"),
        F.CURRENCY: ("local value", "lokale waarde", "wert", "montant en devises"),
        F.VALUE: ("local value +1", "lokale waarde +1", "wert +1", "montant en devises +1"),
    },
    cash=re.compile(r"cash( & cash fund)?.*", re.IGNORECASE),
)
TRADING212: Final = Layout(
    broker="Trading 212",
    marks=("slice", "owned quantity", "invested value"),
    columns={
        F.SYMBOL: ("slice",),
        F.DESCRIPTION: ("name",),
        F.QUANTITY: ("owned quantity",),
        F.COST: ("invested value",),
        F.VALUE: ("value",),
    },
)
ZERODHA: Final = Layout(
    broker="Zerodha",
    marks=("instrument", "qty.", "avg. cost", "ltp"),
    columns={
        F.SYMBOL: ("instrument",),
        F.QUANTITY: ("qty.",),
        F.UNIT_COST: ("avg. cost",),
        F.PRICE: ("ltp",),
        F.VALUE: ("cur. val",),
    },
    currency="INR",
)
JP_MORGAN: Final = Layout(
    broker="J.P. Morgan",
    marks=("ticker", "quantity", "value", "unrealized g/l amt."),
    columns={
        F.SYMBOL: ("ticker",),
        F.IDENTIFIER: ("cusip", "isin"),
        F.DESCRIPTION: ("description",),
        F.KIND: ("asset class",),
        F.QUANTITY: ("quantity",),
        F.PRICE: ("price",),
        F.VALUE: ("value",),
        F.COST: ("cost",),
        F.CURRENCY: ("base ccy", "local ccy"),
        F.ACCOUNT: ("account number", "account"),
    },
    sums=re.compile(r"footnotes.*", re.IGNORECASE),
    dated=re.compile(r"\bas of\b", re.IGNORECASE),
)
M1: Final = Layout(
    broker="M1 Finance",
    marks=("symbol", "name", "quantity", "avg. price", "cost basis"),
    columns={
        F.SYMBOL: ("symbol",),
        F.DESCRIPTION: ("name",),
        F.QUANTITY: ("quantity",),
        F.UNIT_COST: ("avg. price",),
        F.COST: ("cost basis",),
        F.GAIN: ("unrealized gain ($)",),
        F.VALUE: ("value",),
    },
)
WEBULL: Final = Layout(
    broker="Webull",
    marks=("symbol", "quantity", "cost price", "market value"),
    columns={
        F.SYMBOL: ("symbol", "ticker"),
        F.DESCRIPTION: ("name",),
        F.QUANTITY: ("quantity",),
        F.UNIT_COST: ("cost price",),
        F.COST: ("total cost",),
        F.PRICE: ("last price", "close price"),
        F.VALUE: ("market value",),
        F.CURRENCY: ("currency",),
    },
)
FLATEX: Final = Layout(
    broker="flatex",
    marks=("isin", "bezeichnung"),
    columns={
        F.IDENTIFIER: ("isin",),
        F.DESCRIPTION: ("bezeichnung",),
        F.KIND: ("anlageklasse", "gattung"),
        F.QUANTITY: ("stück/nominale", "bestand", "stück", "nominale"),
        F.UNIT_COST: ("einstandskurs", "einst. kurs", "einstandspreis"),
        F.PRICE: ("letzter kurs", "akt. kurs", "kurs"),
        F.VALUE: ("marktwert", "wert", "aktueller wert"),
        F.CURRENCY: ("währung", "kurswährung"),
    },
    currency="EUR",
)
GHOSTFOLIO: Final = Layout(
    broker="Ghostfolio",
    marks=("symbol", "quantity", "marketprice", "investment"),
    columns={
        F.SYMBOL: ("symbol",),
        F.DESCRIPTION: ("name",),
        F.KIND: ("assetsubclass",),
        F.QUANTITY: ("quantity",),
        F.PRICE: ("marketprice",),
        F.COST: ("investment",),
        F.VALUE: ("valueinbasecurrency", "value"),
        F.CURRENCY: ("currency",),
    },
)
PORTFOLIO_PERFORMANCE: Final = Layout(
    broker="Portfolio Performance",
    marks=("shares", "name", "symbol", "quote", "market value"),
    columns={
        F.SYMBOL: ("symbol", "ticker symbol"),
        F.DESCRIPTION: ("name",),
        F.IDENTIFIER: ("isin",),
        F.QUANTITY: ("shares",),
        F.PRICE: ("quote",),
        F.UNIT_COST: ("purchase price",),
        F.COST: ("purchase value",),
        F.VALUE: ("market value",),
        F.CURRENCY: ("currency",),
    },
)
COINBASE: Final = Layout(
    broker="Coinbase",
    marks=("asset", "quantity", "cost basis", "current price"),
    columns={
        F.SYMBOL: ("asset",),
        F.QUANTITY: ("quantity",),
        F.PRICE: ("current price",),
        F.COST: ("cost basis",),
        F.VALUE: ("current value", "value"),
        F.CURRENCY: ("currency",),
    },
    constants={F.KIND: "crypto"},
    kinds={"crypto": AssetKind.CRYPTOCURRENCY},
)
KRAKEN: Final = Layout(
    broker="Kraken",
    marks=("asset", "balance"),
    columns={
        F.SYMBOL: ("asset",),
        F.QUANTITY: ("balance",),
        F.PRICE: ("price",),
        F.VALUE: ("value",),
    },
    constants={F.KIND: "crypto"},
    kinds={"crypto": AssetKind.CRYPTOCURRENCY},
    cash=re.compile(r"Z?(USD|EUR|GBP|CHF|CAD|AUD|JPY)"),
)
OTHERS: Final = (
    *(VANGUARD, ETRADE, MERRILL, THINKORSWIM, TASTYTRADE, DEGIRO, TRADING212, ZERODHA),
    *(JP_MORGAN, M1, WEBULL, FLATEX, GHOSTFOLIO, PORTFOLIO_PERFORMANCE, COINBASE, KRAKEN),
)
