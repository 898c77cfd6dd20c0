"""A row of a broker's table: the position that it is, or why it is none."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from sigmasight.domain.portfolios.csv_import.amounts import find_date, parse_amount
from sigmasight.domain.portfolios.csv_import.brokers.context import (
    Context,
    LeftOutError,
    UnusableError,
)
from sigmasight.domain.portfolios.csv_import.brokers.layout import AssetKind, Field
from sigmasight.domain.portfolios.csv_import.brokers.symbols import (
    CURRENCY,
    FUND_NAME,
    FUND_SYMBOL,
    IDENTIFIER,
    MONEY_FUNDS,
    SUMS,
    spelled,
)
from sigmasight.domain.portfolios.csv_import.errors import MAX_REPORTED_SYMBOL
from sigmasight.domain.portfolios.csv_import.options import Option, parse_option
from sigmasight.domain.portfolios.csv_import.rows import KINDS
from sigmasight.domain.portfolios.csv_import.values import parse_date
from sigmasight.domain.portfolios.positions.classification import (
    PER_FACE_VALUE,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.validation import (
    MAX_FIGURE,
    PRECISION,
    SYMBOL,
    HoldingSource,
    PositionDraft,
)

MAX_ACCOUNT: Final = 100
MAX_MULTIPLIER: Final = 1_000_000
PRIVATE: Final = frozenset(
    {
        *(AssetKind.CRYPTOCURRENCY, AssetKind.TREASURY_BILLS),
        *(AssetKind.COMMODITY, AssetKind.OTHER),
    }
)
FACE_VALUE: Final = frozenset({AssetKind.BOND, AssetKind.TREASURY_BILLS})


class Holding:
    """A row that may be a holding: its cells by field."""

    def __init__(self, context: Context, number: int, cells: Mapping[Field, str]) -> None:
        self._context = context
        self._layout = context.layout
        self.number = number
        self._cells = cells
        name = cells.get(Field.SYMBOL) or cells.get(Field.IDENTIFIER)
        self.name = name or cells.get(Field.DESCRIPTION, "")
        kind = cells.get(Field.KIND, "").lower()
        self._kind = self._layout.kinds.get(kind)

    @property
    def label(self) -> str | None:
        return self.name[:MAX_REPORTED_SYMBOL] or None

    @property
    def account(self) -> str | None:
        return self._cells.get(Field.ACCOUNT, "")[:MAX_ACCOUNT] or None

    @property
    def size(self) -> Decimal:
        """The stated market value without its sign; 0 if the file states none."""
        return abs(self.value or Decimal(0))

    @property
    def value(self) -> Decimal | None:
        """The stated market value, for what the file is worth as a whole."""
        return self._amount(Field.VALUE)

    @property
    def day(self) -> date | None:
        """The day that the row itself is of."""
        return find_date(self._cells.get(Field.DAY, ""))

    @property
    def is_money(self) -> bool:
        """Whether it is a currency's cash."""
        return self._kind is AssetKind.CASH

    def draft(self) -> PositionDraft:
        """Return the row's draft, without its day; raise LeftOutError or UnusableError."""
        if self._is_sum():
            raise LeftOutError("It is a total or a note, not a position.")
        if self._kind is AssetKind.LEFT_OUT:
            raise LeftOutError("It is no holding of its own.")
        if self._is_cash():
            return self._cash()
        quantity = self._quantity()
        if option := self._parse_option():
            return self._option(option, quantity)
        if self._kind is AssetKind.OPTION:
            raise UnusableError(
                "symbol", "The option's symbol is not in a known format.", "invalid"
            )
        return self._security(self._kind or self._guessed(), quantity)

    def _is_sum(self) -> bool:
        return bool(
            self._layout.sums.fullmatch(self.name)
            or (SUMS.fullmatch(self.name) and not self._amount(Field.QUANTITY))
        )

    def _is_cash(self) -> bool:
        return bool(
            self._kind is AssetKind.CASH
            or self._layout.cash.fullmatch(self.name)
            or self.name.rstrip("*").upper() in MONEY_FUNDS
        )

    def _cash(self) -> PositionDraft:
        amount = self._amount(Field.VALUE)
        if amount is None:
            amount = self._amount(Field.QUANTITY)
        if not amount:
            raise LeftOutError("It has no amount of cash.")
        symbol = self.name.rstrip("*").upper()
        is_fund = symbol in MONEY_FUNDS or CURRENCY.fullmatch(symbol)
        return PositionDraft(
            symbol=symbol if is_fund else "CASH",
            quantity=amount,
            avg_cost=Decimal(1),
            position_type=PositionType.SHORT if amount < 0 else PositionType.LONG,
            investment_class=InvestmentClass.PUBLIC,
            investment_subtype=AssetKind.CASH.value,
            entry_date=self._entered(),
            source=self._source(None, None),
        )

    def _security(self, kind: AssetKind, quantity: Decimal) -> PositionDraft:
        multiplier = self._multiplier()
        if kind in FACE_VALUE and self._is_per_face_value(quantity):
            multiplier = PER_FACE_VALUE
        return PositionDraft(
            symbol=self._symbol(kind),
            quantity=quantity,
            avg_cost=self._unit_cost(quantity, multiplier or Decimal(1)),
            position_type=PositionType.SHORT if quantity < 0 else PositionType.LONG,
            investment_class=InvestmentClass.PRIVATE if kind in PRIVATE else InvestmentClass.PUBLIC,
            investment_subtype=None if kind is AssetKind.PUBLIC else kind.value,
            entry_date=self._entered(),
            source=self._source(multiplier, self._price(quantity, multiplier or Decimal(1))),
        )

    def _option(self, option: Option, quantity: Decimal) -> PositionDraft:
        right = "PUT" if option.is_put else "CALL"
        kind = KINDS[right, quantity < 0]
        multiplier = self._multiplier() or option.multiplier or kind.multiplier
        return PositionDraft(
            symbol=option.symbol,
            quantity=quantity,
            avg_cost=self._unit_cost(quantity, multiplier),
            position_type=kind,
            investment_class=InvestmentClass.OPTIONS,
            investment_subtype=right,
            underlying_symbol=spelled(option.underlying, joined=True),
            strike_price=option.strike,
            expiration_date=option.expires,
            entry_date=self._entered(),
            source=self._source(multiplier, self._price(quantity, multiplier)),
        )

    def _parse_option(self) -> Option | None:
        cells = self._cells
        symbol = cells.get(Field.SYMBOL, "")
        if found := parse_option(symbol, cells.get(Field.UNDERLYING, "")):
            return found
        strike, right = self._amount(Field.STRIKE), cells.get(Field.RIGHT, "").upper()[:1]
        expires = find_date(cells.get(Field.EXPIRATION, ""))
        underlying = cells.get(Field.UNDERLYING) or symbol.split(" ")[0]
        if strike is None or expires is None or right not in {"C", "P"} or not underlying:
            return None
        return Option(underlying.upper(), expires, strike, right == "P")

    def _symbol(self, kind: AssetKind) -> str:
        named = Field.UNDERLYING if self._layout.is_grouped else Field.SYMBOL
        symbol = spelled(self._cells.get(named, ""), joined=self._layout.joins_classes)
        identifier = self._identifier()
        is_usable = SYMBOL.fullmatch(symbol) and kind not in FACE_VALUE
        if not is_usable and identifier:
            return identifier
        if kind in FACE_VALUE or not symbol:
            symbol = "_".join((symbol or self._cells.get(Field.DESCRIPTION, "")).upper().split())
        if not symbol:
            raise UnusableError("symbol", "Required.", "required")
        return symbol

    def _identifier(self) -> str | None:
        stated = self._cells.get(Field.IDENTIFIER, "").upper()
        if IDENTIFIER.fullmatch(stated):
            return stated
        return self._context.identifiers.get(self._cells.get(Field.SYMBOL, ""))

    def _guessed(self) -> AssetKind:
        """Return the kind of a holding whose kind the file does not state in known words."""
        if FUND_NAME.search(f"{self._cells.get(Field.DESCRIPTION, '')} {self.name}"):
            return AssetKind.ETF
        is_fund = FUND_SYMBOL.fullmatch(self.name)
        return AssetKind.MUTUAL_FUND if is_fund else AssetKind.PUBLIC

    def _quantity(self) -> Decimal:
        quantity = self._amount(Field.QUANTITY)
        if quantity is None:
            if not (self._cells.get(Field.SYMBOL) or self._cells.get(Field.IDENTIFIER)):
                raise LeftOutError("It is a note, not a position.")
            raise UnusableError("quantity", "The file states no quantity.", "required")
        if not quantity:
            raise LeftOutError("Its quantity is 0.")
        is_short = self._cells.get(Field.SIDE, "").lower() in {"short", "sell", "s"}
        return -abs(quantity) if is_short else quantity

    def _entered(self) -> date | None:
        """Return the row's own entry date; None without one."""
        cell = self._cells.get(Field.ENTRY_DATE)
        if cell is None:
            return None
        if isinstance(found := parse_date("entry_date", cell, self._context.orders), date):
            return found
        if found.code == "ambiguous" or (day := find_date(cell)) is None:
            raise UnusableError("entry_date", found.message, "invalid")
        return day

    def _multiplier(self) -> Decimal | None:
        multiplier = self._amount(Field.MULTIPLIER)
        if not multiplier:
            return None
        if not 0 < multiplier < MAX_MULTIPLIER or multiplier != round(multiplier, 6):
            bounds = f"Must be more than 0 and below {MAX_MULTIPLIER}, with at most 6 decimals."
            raise UnusableError("multiplier", bounds, "out_of_range")
        return multiplier

    def _is_per_face_value(self, quantity: Decimal) -> bool:
        price, value = self._amount(Field.PRICE), self.value
        if price and value:
            whole = abs(price * quantity)
            return abs(whole * PER_FACE_VALUE - abs(value)) < abs(whole - abs(value))
        return True

    def _unit_cost(self, quantity: Decimal, multiplier: Decimal) -> Decimal | None:
        """Return the cost of one; None if the file does not know it."""
        unit, cost, gain = (
            self._amount(each) for each in (Field.UNIT_COST, Field.COST, Field.GAIN)
        )
        if cost is None and gain is not None and self.value is not None:
            cost = self.value - gain
        if cost is None or (unit and not cost):
            return None if unit is None else abs(unit)
        return _divided(abs(cost), abs(quantity) * multiplier)

    def _price(self, quantity: Decimal, multiplier: Decimal) -> Decimal | None:
        price, value = self._amount(Field.PRICE), self.value
        if price is None and value:
            price = _divided(abs(value), abs(quantity) * multiplier)
        is_usable = price is not None and 0 < price < MAX_FIGURE
        return price.quantize(PRECISION) if price and is_usable else None

    def _source(self, multiplier: Decimal | None, price: Decimal | None) -> HoldingSource:
        currency = self._cells.get(Field.CURRENCY, "").upper()
        return HoldingSource(
            currency=currency if CURRENCY.fullmatch(currency) else self._layout.currency,
            multiplier=multiplier,
            account=self.account,
            identifier=self._identifier(),
            file_price=price,
        )

    def _amount(self, field: Field) -> Decimal | None:
        cell = self._cells.get(field, "")
        found = parse_amount(cell, self._context.decimal)
        if found is None and field is Field.GAIN and cell:
            return parse_amount(cell.split()[0], self._context.decimal)  # a percentage follows
        return found


def _divided(amount: Decimal, by: Decimal) -> Decimal:
    try:
        return (amount / by).quantize(PRECISION)
    except InvalidOperation:
        raise UnusableError("avg_cost", "It is too large.", "too_large") from None
