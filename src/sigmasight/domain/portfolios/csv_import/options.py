"""Brokers' notations of options."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sigmasight.domain.portfolios.csv_import.amounts import make_date

UNDERLYING: Final = r"(?P<underlying>[A-Z][A-Z0-9./ ]{0,9}?)"
STRIKE: Final = r"(?P<strike>\d{1,7}(\.\d{1,3})?)"
COMPACT: Final = r"(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)(?P<type>[CP])"
WORD: Final = r"(?P<type>[CP])(all|ut)"
CONTRACT: Final = r"(?P<multiplier>\d{1,4}) (\([A-Za-z ]+\) )?"
FORMS: Final[Sequence[re.Pattern[str]]] = tuple(
    re.compile(form, re.ASCII)
    for form in (
        # AAPL 12/19/2025 150.00 C, Schwab
        rf"{UNDERLYING} (?P<m>\d\d)/(?P<d>\d\d)/(?P<y>\d{{4}}) {STRIKE} (?P<type>[CP])",
        # AAPL 19DEC25 150 C, Interactive Brokers
        rf"{UNDERLYING} (?P<d>\d\d)(?P<m>[A-Z]{{3}})(?P<y>\d\d) {STRIKE} (?P<type>[CP])",
        # AAPL Dec 19 '25 $150 Call, E*TRADE
        rf"{UNDERLYING} (?P<m>[A-Z][a-z]{{2}}) (?P<d>\d\d?) '(?P<y>\d\d) \${STRIKE} {WORD}",
        # AAPL  251219C00150000, OCC: the strike in thousandths
        rf"(?P<underlying>[A-Z][A-Z0-9]{{0,5}}) *{COMPACT}(?P<mills>\d{{8}})",
        # -AAPL251219C150, Fidelity
        rf"-(?P<underlying>[A-Z]{{1,6}}){COMPACT}{STRIKE}",
        # 100 19 DEC 25 150 CALL, thinkorswim, below its underlying
        rf"{CONTRACT}(?P<d>\d\d?) (?P<m>[A-Z]{{3}}) (?P<y>\d\d) {STRIKE} (?P<type>[CP])(ALL|UT)",
    )
)


@dataclass(frozen=True, slots=True)
class Option:
    underlying: str
    expires: date
    strike: Decimal
    is_put: bool
    multiplier: Decimal | None = None

    @property
    def symbol(self) -> str:
        """Its OCC symbol, without spaces."""
        mills = int(self.strike.scaleb(3))
        root = re.sub(r"[ ./-]", "", self.underlying)
        return f"{root}{self.expires:%y%m%d}{'P' if self.is_put else 'C'}{mills:08d}"


def parse_option(symbol: str, underlying: str = "") -> Option | None:
    """Return the option that a symbol denotes, if any; some leave out the underlying."""
    for form in FORMS:
        if match := form.fullmatch(symbol.strip()):
            return _option(match, underlying)
    return None


def _option(match: re.Match[str], underlying: str) -> Option | None:
    parts = match.groupdict()
    mills, multiplier = parts.get("mills"), parts.get("multiplier")
    strike = Decimal(mills).scaleb(-3) if mills else Decimal(parts["strike"])
    expires = make_date(f"20{parts['y'][-2:]}", parts["m"], parts["d"])
    underlying = parts.get("underlying") or underlying
    if expires is None or not underlying:
        return None
    return Option(
        underlying.strip(),
        expires,
        strike,
        parts["type"] == "P",
        Decimal(multiplier) if multiplier else None,
    )
