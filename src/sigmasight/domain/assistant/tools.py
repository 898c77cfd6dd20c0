"""The tools by which a model reads figures of its user's own portfolios.

Tools only read. They belong to one user before the model sees them, so that no argument, whatever
text it comes from, can name another user's portfolio: it is reported as missing.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Protocol
from uuid import UUID

from sigmasight.domain.assistant.language_model import Toolbox, ToolCall, ToolResult, ToolSpec
from sigmasight.domain.kernel import DomainError, InvalidError, UserId
from sigmasight.domain.portfolios.analytics.book import Unavailable
from sigmasight.domain.portfolios.analytics.concentration import Concentration, concentration
from sigmasight.domain.portfolios.analytics.sectors import SectorExposures, sector_exposures
from sigmasight.domain.portfolios.analytics.use_cases import ComputeAnalytics
from sigmasight.domain.portfolios.analytics.volatility import Volatility, volatility
from sigmasight.domain.portfolios.calculations.use_cases import ReadFactors, RunStressTest
from sigmasight.domain.portfolios.equity_changes.use_cases import ReadEquityChanges
from sigmasight.domain.portfolios.overview import ReadOverview
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions.details import ReadPositionDetails
from sigmasight.domain.portfolios.target_prices.use_cases import ReadTargetPrices

MAX_ROWS: Final = 50
"""How many positions or target prices a result has: the largest, and how many there are."""
PORTFOLIO: Final = {"type": "string", "description": "The portfolio's id, as in the data."}

Content = Mapping[str, Any]


def _spec(name: str, description: str, **more: object) -> ToolSpec:
    return ToolSpec(
        name=name,
        description=description,
        parameters={
            "type": "object",
            "properties": {"portfolio_id": PORTFOLIO, **more},
            "required": ["portfolio_id"],
            "additionalProperties": False,
        },
    )


TOOLS: Final[Sequence[ToolSpec]] = (
    _spec("get_overview", "Value, exposures, cash, leverage and profit at the latest prices."),
    _spec("get_positions", "The largest open positions with value, profit, sector and tags."),
    _spec("get_risk", "Volatility, concentration and factor betas."),
    _spec(
        "get_stress_test",
        "What scenarios of market falls, rates and rotations would gain or lose.",
        scenarios={
            "type": "array",
            "items": {"type": "string"},
            "maxItems": 25,
            "description": "Ids of scenarios; leave out for the usual ones.",
        },
    ),
    _spec("get_sectors", "Sector weights compared with the benchmark's."),
    _spec("get_target_prices", "Target prices and the returns expected from them, in percent."),
    _spec("get_equity_changes", "Contributions and withdrawals, in all and by period."),
)


class UnknownToolError(InvalidError):
    code = "tool_unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no tool {name[:50]!r}.")


class Toolboxes(Protocol):
    """The tools of every user."""

    @abstractmethod
    def for_user(self, user: UserId) -> Toolbox:
        """Return the tools that read this user's data, and nobody else's."""


@dataclass(frozen=True, slots=True)
class UserToolbox(Toolbox):
    """The tools of one user; `read` runs a tool within a scope of its own."""

    user: UserId
    read: Callable[[UserId, ToolCall], Awaitable[Content]]

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return TOOLS

    async def call(self, call: ToolCall) -> ToolResult:
        try:
            return ToolResult(call, await self.read(self.user, call))
        except DomainError as error:
            return ToolResult(call, {"error": str(error)}, failed=True)


@dataclass(frozen=True, slots=True)
class ReadWithTool:
    """Run one of the tools for a user."""

    overview: ReadOverview
    positions: ReadPositionDetails
    analytics: ComputeAnalytics
    factors: ReadFactors
    stress: RunStressTest
    targets: ReadTargetPrices
    equity_changes: ReadEquityChanges

    async def __call__(self, user: UserId, call: ToolCall) -> Content:
        """Raise UnknownToolError or PortfolioNotFoundError."""
        portfolio = _portfolio_id(call.arguments)
        match call.name:
            case "get_overview":
                found = await self._overview(portfolio, user)
            case "get_positions":
                found = await self._positions(portfolio, user)
            case "get_risk":
                found = await self._risk(portfolio, user)
            case "get_stress_test":
                found = await self._stress(portfolio, user, call.arguments.get("scenarios"))
            case "get_sectors":
                found = await self._sectors(portfolio, user)
            case "get_target_prices":
                found = await self._targets(portfolio, user)
            case "get_equity_changes":
                found = asdict(await self.equity_changes.summary(portfolio, by=user))
            case _:
                raise UnknownToolError(call.name)
        return {name: _plain(value) for name, value in found.items()}

    async def _overview(self, portfolio: PortfolioId, user: UserId) -> Content:
        overview = await self.overview(portfolio, by=user)
        return {
            "currency": overview.portfolio.terms.currency,
            "net_asset_value": overview.net_asset_value,
            "market_value": overview.market_value,
            "cash": overview.cash_balance,
            "long_exposure": overview.long_exposure,
            "short_exposure": overview.short_exposure,
            "leverage": overview.fraction(overview.gross_exposure),
            "unrealized_pnl": overview.unrealized_pnl,
            "realized_pnl": overview.realized_pnl,
            "pnl_this_year": overview.pnl_since(overview.year),
            "pnl_this_month": overview.pnl_since(overview.month),
            "open_positions": len(overview.positions),
        }

    async def _positions(self, portfolio: PortfolioId, user: UserId) -> Content:
        found = await self.positions.of_portfolio(portfolio, by=user, include_closed=False)
        largest = sorted(found.positions, key=lambda each: -abs(each.market_value))
        return {
            "open_positions": len(largest),
            "positions": [
                {
                    "symbol": each.symbol,
                    "type": each.position_type,
                    "quantity": each.quantity,
                    "market_value": each.market_value,
                    "unrealized_pnl": each.unrealized_pnl,
                    "sector": each.sector,
                    "tags": [tag.name for tag in each.tags],
                }
                for each in largest[:MAX_ROWS]
            ],
        }

    async def _risk(self, portfolio: PortfolioId, user: UserId) -> Content:
        book, found = await self.analytics.one(portfolio, volatility, by=user)
        spread = concentration(book)
        factors = await self.factors.one(portfolio, by=user)
        exposures = factors.exposures.factors if factors else {}
        return {
            "as_of": book.day,
            "volatility_21d": found.realized_21d if isinstance(found, Volatility) else None,
            "volatility_63d": found.realized_63d if isinstance(found, Volatility) else None,
            "volatility_missing": found.reason.sentence if isinstance(found, Unavailable) else None,
            "hhi": spread.hhi if isinstance(spread, Concentration) else None,
            "top_3_concentration": spread.top_3 if isinstance(spread, Concentration) else None,
            "betas": {factor.value: each.beta for factor, each in exposures.items()},
        }

    async def _stress(self, portfolio: PortfolioId, user: UserId, scenarios: object) -> Content:
        result = await self.factors.one(portfolio, by=user)
        if result is None or not result.exposures.factors:
            return {"missing": "The portfolio has no factor exposures yet: calculate it first."}
        ids = (
            [each for each in scenarios if isinstance(each, str)]
            if isinstance(scenarios, list)
            else []
        )
        test = self.stress(result.exposures, ids)
        return {
            "net_asset_value": test.net_asset_value,
            "scenarios": [
                {"id": each.scenario.id, "gain": each.money, "percent": each.fraction * 100}
                for each in test.impacts
            ],
        }

    async def _sectors(self, portfolio: PortfolioId, user: UserId) -> Content:
        _, found = await self.analytics.one(portfolio, sector_exposures, by=user, history=None)
        if not isinstance(found, SectorExposures):
            return {"missing": found.reason.sentence}
        return {"weights": found.weights, "compared_with_benchmark": found.differences}

    async def _targets(self, portfolio: PortfolioId, user: UserId) -> Content:
        _, summary = await self.targets.summary(portfolio, by=user)
        return {
            "expected_return_eoy_percent": _percent(summary.weighted_expected_return_eoy),
            "expected_return_next_year_percent": _percent(
                summary.weighted_expected_return_next_year
            ),
            "positions_with_targets": summary.positions_with_targets,
            "total_positions": summary.total_positions,
            "targets": [
                {
                    "symbol": each.target.symbol,
                    "target_price_eoy": each.target.target_price_eoy,
                    "current_price": each.current_price,
                    "expected_return_percent": _percent(each.expected_return_eoy),
                }
                for each in summary.targets[:MAX_ROWS]
            ],
        }


def _portfolio_id(arguments: Mapping[str, Any]) -> PortfolioId:
    """Return the id; what is not one is the id of no portfolio."""
    try:
        return PortfolioId(UUID(str(arguments.get("portfolio_id"))))
    except ValueError:
        return PortfolioId(UUID(int=0))


def _percent(fraction: Decimal | None) -> Decimal | None:
    return None if fraction is None else fraction * 100


def _plain(value: object) -> Any:
    """Return a value of JSON's types; figures are rounded to what a reader needs."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal | float):
        return round(float(value), 4)
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, date | UUID) else value
