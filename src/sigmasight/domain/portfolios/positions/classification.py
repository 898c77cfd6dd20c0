"""Classes, types and subtypes of positions."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

SHARES_PER_CONTRACT: Final = Decimal(100)
PER_FACE_VALUE: Final = Decimal("0.01")
"""The multiplier of bonds, which are counted by face value and quoted per 100 of it."""


class PositionType(StrEnum):
    """Calls and puts, bought (L) or written (S); everything else long or short."""

    LC = "LC"
    LP = "LP"
    SC = "SC"
    SP = "SP"
    LONG = "LONG"
    SHORT = "SHORT"

    def __init__(self, value: str) -> None:
        self.is_option = value not in {"LONG", "SHORT"}
        self.is_short = value in {"SC", "SP", "SHORT"}
        self.multiplier = SHARES_PER_CONTRACT if self.is_option else Decimal(1)
        """The usual contract multiplier."""


class InvestmentClass(StrEnum):
    PUBLIC = "PUBLIC"
    OPTIONS = "OPTIONS"
    PRIVATE = "PRIVATE"


SUBTYPES: Final[Mapping[InvestmentClass, tuple[str, ...]]] = {
    InvestmentClass.PUBLIC: ("STOCK", "ETF", "MUTUAL_FUND", "BOND", "CASH"),
    InvestmentClass.OPTIONS: ("CALL", "PUT"),
    InvestmentClass.PRIVATE: (
        *("PRIVATE_EQUITY", "VENTURE_CAPITAL", "HEDGE_FUND", "PRIVATE_REIT", "REAL_ESTATE"),
        *("CRYPTOCURRENCY", "CRYPTO", "ART", "MONEY_MARKET", "TREASURY_BILLS", "CASH"),
        *("COMMODITY", "OTHER"),
    ),
}

OPTION_SUBTYPES: Final[Mapping[PositionType, str]] = {
    PositionType.LC: "CALL",
    PositionType.SC: "CALL",
    PositionType.LP: "PUT",
    PositionType.SP: "PUT",
}
