"""The positions of a broker's file, the rows left out, and those that failed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.csv_import.amounts import find_date
from sigmasight.domain.portfolios.csv_import.brokers.context import (
    Context,
    LeftOutError,
    UnusableError,
)
from sigmasight.domain.portfolios.csv_import.brokers.headings import Header
from sigmasight.domain.portfolios.csv_import.brokers.holdings import Holding
from sigmasight.domain.portfolios.csv_import.brokers.layout import Field, Layout, Sections
from sigmasight.domain.portfolios.csv_import.brokers.symbols import CURRENCY, IDENTIFIER
from sigmasight.domain.portfolios.csv_import.csv_file import BadRow, Row, normal
from sigmasight.domain.portfolios.csv_import.dialect import Dialect
from sigmasight.domain.portfolios.csv_import.errors import (
    FileCode,
    RowError,
    SkippedRow,
    code_of,
)
from sigmasight.domain.portfolios.csv_import.parsed_rows import ParsedRows
from sigmasight.domain.portfolios.csv_import.rows import ParsedRow
from sigmasight.domain.portfolios.positions.validation import PositionDraft, validate


@dataclass(slots=True)
class BrokerHoldings:
    """What a broker's file has."""

    entries: ParsedRows = field(default_factory=ParsedRows)
    left_out: list[SkippedRow] = field(default_factory=list)
    failed: list[RowError] = field(default_factory=list)
    value: Decimal = Decimal(0)
    """The stated market value of all holdings, long and short ones added up."""
    failed_value: Decimal = Decimal(0)


@dataclass(slots=True)
class BrokerFile:
    """Reads a file row by row: tables under their headers, and lines of text between them."""

    layout: Layout
    dialect: Dialect
    accounts: frozenset[str] = frozenset()
    """Those that count; all if there are none."""
    found: BrokerHoldings = field(default_factory=BrokerHoldings)
    _header: Header | None = None
    _section: str = ""
    _days: list[date] = field(default_factory=list)
    _rows: list[Holding] = field(default_factory=list)
    _details: list[Holding] = field(default_factory=list)
    """Parts of holdings; holdings themselves if nothing else is listed of their symbol."""
    _sums_of_cash: list[tuple[Row, str]] = field(default_factory=list)
    """With the amount, which counts if the file lists no currency on its own."""
    _base_currency: str | None = None
    _symbol: str | None = None
    _has_positions: bool = False
    _account: str | None = None
    _underlying: str = ""
    """The symbol above a row, in a grouped table."""
    _context: Context = field(init=False)

    def __post_init__(self) -> None:
        self._context = Context(self.layout, self.dialect.decimal)

    @property
    def has_positions(self) -> bool:
        """Whether the table of positions was there."""
        return self._has_positions

    def read(self, rows: Iterable[Row | BadRow]) -> None:
        for row in rows:
            if isinstance(row, BadRow):
                self.found.failed.append(
                    RowError(row=row.number, code=FileCode.MALFORMED, message=row.message)
                )
            elif self.layout.sections:
                self._sectioned(row, self.layout.sections)
            elif not self._prose(row):
                self._plain(row)

    def holdings(self, *, today: date, as_of: date | None) -> BrokerHoldings:
        """Return all, entered on that day, or else on the day the file states.

        Raise ValidationFailedError if there is neither.
        """
        stated = self._days[0] if self._days else None
        for holding in (*self._rows, *self._unlisted()):
            if self.accounts and holding.account not in self.accounts:
                continue
            try:
                draft = holding.draft()
            except LeftOutError as reason:
                self.found.left_out.append(SkippedRow(holding.number, holding.label, str(reason)))
            except UnusableError as error:
                self._fail(holding, error.error)
            else:
                on = as_of or holding.day or stated
                self._add(holding, draft, on and min(on, today), today)
        self.found.left_out.sort(key=lambda each: each.row)
        self.found.failed.sort(key=lambda each: each.row)
        return self.found

    def _unlisted(self) -> Iterator[Holding]:
        """Yield what counts because its holding is not listed; leave the other parts out."""
        listed = {each.name for each in self._rows}
        for part in self._details:
            if part.name in listed:
                what = "It is a lot of a holding that is listed."
                self.found.left_out.append(SkippedRow(part.number, part.label, what))
            else:
                yield part
        for row, amount in self._sums_of_cash:
            if any(each.is_money for each in self._rows):
                what = "It is the sum of the currencies that are listed."
                self.found.left_out.append(SkippedRow(row.number, "CASH", what))
            else:
                yield self._money(row, self._base_currency, amount)

    def _add(self, holding: Holding, draft: PositionDraft, on: date | None, today: date) -> None:
        entered = draft.entry_date or on
        if entered is None:
            unknown = f"The file of {self.layout.broker} does not state its date: give `as_of`."
            raise ValidationFailedError(FieldError("as_of", unknown, "required"))
        source = draft.source
        if source and source.file_price is not None:
            source = replace(source, file_price_date=on or today)
        try:
            terms = validate(replace(draft, entry_date=entered, source=source), today=today)
        except ValidationFailedError as refusal:
            self._fail(holding, refusal.errors[0])
        else:
            self.found.value += holding.size
            self.found.entries.append(ParsedRow(terms))

    def _fail(self, holding: Holding, error: FieldError) -> None:
        self.found.value += holding.size
        self.found.failed_value += holding.size
        self.found.failed.append(
            RowError(
                row=holding.number,
                symbol=holding.label,
                field=error.field,
                code=code_of(error),
                message=error.message,
            )
        )

    def _plain(self, row: Row) -> None:
        if self._header and not self._header.repeats(row.cells):
            self._row(row, self._header)
        elif header := Header.of(self.layout, row.cells):
            self._begin(header)
        else:
            self._header = None  # another table begins

    def _begin(self, header: Header) -> None:
        self._header, self._has_positions = header, True
        place = header.places.get(Field.ENTRY_DATE)
        if place is not None:
            self._context.month_first = self.dialect.month_first.get(place)

    def _row(self, row: Row, header: Header) -> None:
        cells = header.values(row.cells)
        if self.layout.is_grouped and not self._grouped(cells):
            return
        if self._account:
            cells.setdefault(Field.ACCOUNT, self._account)
        if self._symbol:
            first = row.cells[0].strip()
            is_sum = self.layout.sums.fullmatch(first)
            cells.setdefault(Field.SYMBOL, first if is_sum else self._symbol)
        rows = self._details if self._is_detail(row, header) else self._rows
        rows.append(Holding(self._context, row.number, cells))

    def _is_detail(self, row: Row, header: Header) -> bool:
        return any(
            name in header.names
            and any(normal(cell) == detail for cell in row.cells[header.names.index(name) :][:1])
            for name, detail in self.layout.details.items()
        )

    def _grouped(self, cells: dict[Field, str]) -> bool:
        """Complete a row's cells; a symbol alone, above its positions, is remembered."""
        name, layout = cells.get(Field.SYMBOL, ""), self.layout
        if layout.cash.fullmatch(name) or layout.sums.fullmatch(name):
            cells[Field.VALUE] = cells.get(Field.QUANTITY, "")
        elif Field.QUANTITY not in cells:
            self._underlying = name
            return False
        else:
            cells[Field.UNDERLYING] = self._underlying
        return True

    def _prose(self, row: Row) -> bool:
        """Take the day and the account of a line of text; return whether the row is one."""
        words = [cell.strip() for cell in row.cells if cell.strip()]
        text = " ".join(words)
        if self.layout.dated.search(text) and (day := find_date(text)):
            self._days.append(day)
        if match := self.layout.account.search(text):
            self._account = match[1].strip()
        if match := self.layout.titled.search(text):
            self._symbol = match[1]
        return len(words) == 1

    def _sectioned(self, row: Row, sections: Sections) -> None:
        name, mark = normal(row.cells[0]), normal(row.cells[1]) if len(row.cells) > 1 else ""
        self._prose(row)
        if len(row.cells) > 3 and normal(row.cells[2]) in sections.base_currency:  # noqa: PLR2004  name, mark, label, value
            self._base_currency = row.cells[3].strip().upper()
        if mark == "header":
            self._header = None
            self._section = name
            if name in sections.positions:
                self._header = Header.of(self.layout, row.cells)
                self._has_positions = self._has_positions or self._header is not None
            elif name in (*sections.cash, *sections.information):
                self._header = Header(
                    self.layout, [normal(cell) for cell in row.cells], {}, frozenset()
                )
        elif mark == "data" and self._header and name == self._section:
            if name in sections.positions:
                self._row(row, self._header)
            elif name in sections.cash:
                self._cash(row, self._header, sections)
            else:
                self._information(row, self._header)

    def _cash(self, row: Row, header: Header, sections: Sections) -> None:
        """Take the money of a currency; the sum in the base currency counts without any."""
        place = next((header.names.index(n) for n in sections.cash_amount if n in header.names), 4)
        if len(row.cells) <= max(place, 3) or normal(row.cells[2]) not in sections.cash_label:
            return
        currency, amount = row.cells[3].strip(), row.cells[place]
        if CURRENCY.fullmatch(currency.upper()):
            self._rows.append(self._money(row, currency.upper(), amount))
        elif normal(currency) in sections.cash_sum:
            self._sums_of_cash.append((row, amount))

    def _money(self, row: Row, currency: str | None, amount: str) -> Holding:
        cells = {Field.SYMBOL: "CASH", Field.KIND: "cash", Field.VALUE: amount}
        if self._account:
            cells[Field.ACCOUNT] = self._account
        if currency and CURRENCY.fullmatch(currency):
            cells[Field.CURRENCY] = currency
        return Holding(self._context, row.number, cells)

    def _information(self, row: Row, header: Header) -> None:
        by_name = dict(zip(header.names, (cell.strip() for cell in row.cells), strict=False))
        identifier = next(
            (by_name[n] for n in ("security id", "wertpapier-id", "isin") if by_name.get(n)), ""
        )
        if IDENTIFIER.fullmatch(identifier):
            self._context.identifiers[by_name.get("symbol", "")] = identifier
