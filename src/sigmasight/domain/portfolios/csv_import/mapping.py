"""Any other table: which of its columns fill which fields, suggested or chosen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.headings import Header, headings_of
from sigmasight.domain.portfolios.csv_import.brokers.layout import AssetKind, Field, Layout
from sigmasight.domain.portfolios.csv_import.csv_file import Row, normal
from sigmasight.domain.portfolios.csv_import.errors import FileCode, UnreadableError

HEADER_ROWS: Final = 200
"""Rows among which the header of a table is looked for."""
CERTAIN, LIKELY = 0.95, 0.6
SYNONYMS: Final[Mapping[Field, Sequence[str]]] = {
    Field.SYMBOL: ("symbol", "ticker", "ticker symbol", "instrument", "code", "kürzel", "asset"),
    Field.IDENTIFIER: ("isin", "cusip", "sedol", "wkn", "security id", "identifier"),
    Field.QUANTITY: (
        *("quantity", "qty", "shares", "units", "amount", "position", "no. of shares"),
        *("number of shares", "holding", "stück", "anzahl", "menge", "bestand", "nominal"),
    ),
    Field.UNIT_COST: (
        *("average cost", "avg cost", "avg. cost", "average price", "avg price", "unit cost"),
        *("purchase price", "cost price", "price paid", "entry price", "cost per share"),
        *("cost/share", "buy price", "einstandskurs", "kaufkurs", "cost basis per share"),
        *("entry price per share", "average cost basis", "trade price", "open price"),
    ),
    Field.COST: (
        *("cost basis", "total cost", "cost", "cost basis total", "book value", "book cost"),
        *("invested", "invested value", "purchase value", "einstandswert", "kaufwert"),
    ),
    Field.PRICE: (
        *("price", "last price", "current price", "market price", "close", "last", "share price"),
        *("mark", "close price", "kurs", "quote", "closing price", "nav"),
    ),
    Field.VALUE: (
        *("market value", "value", "current value", "total value", "mkt value", "position value"),
        *("marktwert", "wert", "kurswert", "equity", "balance"),
    ),
    Field.ENTRY_DATE: (
        *("entry date", "purchase date", "date acquired", "open date", "trade date", "acquired"),
        *("buy date", "date", "kaufdatum", "acquisition date"),
    ),
    Field.DESCRIPTION: ("description", "name", "security", "security name", "bezeichnung", "title"),
    Field.CURRENCY: ("currency", "ccy", "währung", "cur"),
    Field.ACCOUNT: ("account", "account number", "account name", "konto", "depot", "portfolio"),
    Field.KIND: ("type", "asset type", "asset class", "security type", "category", "gattung"),
    Field.SIDE: ("side", "direction", "long/short", "buy/sell"),
    Field.MULTIPLIER: ("multiplier", "contract size", "mult"),
    Field.UNDERLYING: ("underlying", "underlying symbol", "underlier"),
    Field.STRIKE: ("strike", "strike price"),
    Field.EXPIRATION: ("expiration", "expiry", "expiration date", "exp date", "maturity"),
    Field.RIGHT: ("call/put", "put/call", "option type", "right"),
}
KINDS: Final[Mapping[str, AssetKind]] = {
    word: kind
    for kind, words in {
        AssetKind.STOCK: ("stock", "stocks", "equity", "equities", "common stock", "aktie"),
        AssetKind.ETF: ("etf", "etfs", "etp", "exchange traded fund"),
        AssetKind.MUTUAL_FUND: ("fund", "funds", "mutual fund", "mutual funds", "fonds"),
        AssetKind.BOND: ("bond", "bonds", "fixed income", "note", "anleihe"),
        AssetKind.TREASURY_BILLS: ("treasury bill", "treasury bills", "t-bill", "bill"),
        AssetKind.CASH: ("cash", "money market", "sweep", "currency", "liquidität"),
        AssetKind.CRYPTOCURRENCY: ("crypto", "cryptocurrency", "coin", "token"),
        AssetKind.OPTION: ("option", "options", "call", "put"),
        AssetKind.COMMODITY: ("commodity", "future", "futures", "gold"),
        AssetKind.OTHER: ("other", "warrant", "warrants", "certificate"),
    }.items()
    for word in words
}
CONSTANTS: Final = frozenset(
    {
        *(Field.CURRENCY, Field.ACCOUNT, Field.KIND, Field.MULTIPLIER, Field.SIDE),
        *(Field.ENTRY_DATE, Field.DAY),
    }
)
"""Fields that may have one value for all rows instead of a column."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column for a field; the confidence is from 0 to 1."""

    field: Field
    heading: str
    confidence: float


def suggest(cells: Sequence[str]) -> Sequence[Suggestion]:
    """Return at most one column for each field, and one field for each column."""
    found: dict[Field, Suggestion] = {}
    taken: set[str] = set()
    for is_match, confidence in ((_is_same, CERTAIN), (_is_alike, LIKELY)):
        for field, words in SYNONYMS.items():
            for word in words:
                heading = next(
                    (h for h in cells if normal(h) not in taken and is_match(normal(h), word)), None
                )
                if field not in found and heading is not None:
                    found[field] = Suggestion(field, heading.strip(), confidence)
                    taken.add(normal(heading))
    return [found[field] for field in Field if field in found]


def _is_same(heading: str, word: str) -> bool:
    return _bare(heading) == _bare(word)


def _is_alike(heading: str, word: str) -> bool:
    words = set(_bare(heading).split())
    return len(word) > 3 and set(_bare(word).split()) <= words  # noqa: PLR2004  no abbreviations


def _bare(text: str) -> str:
    """Return a heading without units and signs: `Price Paid $` is `price paid`."""
    return " ".join(re.sub(r"\([^)]*\)|[^\w/ ]", " ", text).split()) or text


def find_header(rows: Sequence[Row]) -> Row | None:
    """Return the row with the most headings that are known, or else the most words."""
    best = max(rows, key=_score, default=None)
    return best if best and len([cell for cell in best.cells if cell.strip()]) > 1 else None


def _score(row: Row) -> tuple[int, int]:
    words = [cell for cell in row.cells if cell.strip() and not re.search(r"\d", cell)]
    return len(suggest(row.cells)), len(words)


def layout_of_mapping(mapping: Mapping[Field, str], headings: Sequence[str]) -> Layout:
    """Return the layout that a client's mapping describes, for a table with these headings.

    Raise UnreadableError if a field has neither a column nor a constant.
    """
    names = set(headings_of(headings))
    columns = {field: (normal(name),) for field, name in mapping.items() if normal(name) in names}
    constants = {field: text for field, text in mapping.items() if field not in columns}
    for field, text in constants.items():
        if field not in CONSTANTS:
            what = f"There is no column “{text[:50]}”, which `mapping` names for {field}."
            raise UnreadableError(1, FileCode.COLUMN_MISSING, what)
    return Layout(
        broker="this table",
        marks=tuple(name for each in columns.values() for name in each),
        columns=columns,
        constants=constants,
        kinds=KINDS,
        cash=re.compile(r"(cash|[A-Z]{3} cash|cash [A-Z]{3}|[$])( .*)?", re.IGNORECASE),
    )


def header_with(mapping: Mapping[Field, str], rows: Sequence[Row]) -> tuple[Row, Header]:
    """Return the row that has the mapped headings; raise UnreadableError if none has."""
    wanted = {normal(name) for field, name in mapping.items() if field not in CONSTANTS}
    row = next((each for each in rows if wanted <= set(headings_of(each.cells))), None)
    row = row or find_header(rows)
    layout = layout_of_mapping(mapping, row.cells if row else ())
    header = Header.of(layout, row.cells) if row else None
    if row is None or header is None:
        what = "A `mapping` needs a quantity, and a symbol, an identifier or a description."
        raise UnreadableError(1, FileCode.COLUMN_MISSING, what)
    return row, header
