"""Ann and Bob, with all use cases of target prices in memory."""

from decimal import Decimal
from typing import Any

from sigmasight.domain.portfolios.target_prices.csv_import import ImportTargetPrices
from sigmasight.domain.portfolios.target_prices.use_cases import (
    ReadTargetPrices,
    SetTargetPrices,
    TargetPriceContext,
    UpdateTargetPrices,
)
from sigmasight.domain.portfolios.target_prices.validation import TargetDraft
from tests.support.fakes.kernel import ImmediateTransaction
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.support.fakes.positions import InMemoryPositions
from tests.support.fakes.target_prices import InMemoryTargetPrices
from tests.unit.domain.portfolios import portfolio_workspace


class TargetPriceWorkspace(portfolio_workspace.PortfolioWorkspace):
    def __init__(self, transaction: type[ImmediateTransaction] = ImmediateTransaction) -> None:
        super().__init__(transaction=transaction)
        held = transaction(self.store)
        at = TargetPriceContext(
            InMemoryPortfolios(self.store),
            InMemoryPositions(self.store),
            InMemoryTargetPrices(self.store),
        )
        self.set_targets = SetTargetPrices(at, self.clock, held)
        self.targets = ReadTargetPrices(at, held)
        self.change_targets = UpdateTargetPrices(at, self.clock, held)
        self.import_targets = ImportTargetPrices(at, self.clock, held)


def a_target_draft(**changes: Any) -> TargetDraft:
    about = {"symbol": "ACME", "target_price_eoy": Decimal(15), "current_price": Decimal(10)}
    return TargetDraft(**{**about, **changes})
