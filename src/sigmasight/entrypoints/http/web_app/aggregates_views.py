"""What the views of several portfolios together share."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from litestar.params import QueryParameter

from sigmasight.domain.portfolios.analytics.aggregates import weights_of
from sigmasight.domain.portfolios.analytics.book import Book, Reason, Unavailable
from sigmasight.domain.portfolios.analytics.use_cases import Accounts
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId
from sigmasight.entrypoints.http.web_app import aggregates_schemas as schemas

V = TypeVar("V", bound=schemas.Aggregate)
E = TypeVar("E", bound=schemas.Entry)

MAX_PORTFOLIOS: Final = 100
PortfolioIds = Annotated[list[UUID] | None, QueryParameter(max_items=MAX_PORTFOLIOS)]


def portfolio_ids_of(portfolio_ids: list[UUID] | None) -> list[PortfolioId]:
    return [PortfolioId(each) for each in portfolio_ids or ()]


def aggregate_view(
    view: type[V],
    accounts: Accounts,
    book: Book | None = None,
    *,
    method: str,
    problem: object = None,
    **figures: Any,
) -> V:
    """Return an aggregate's view; it is unavailable without portfolios, or with a problem."""
    value = float(total(each.net_asset_value for each in accounts.portfolios))
    reason = problem.reason if isinstance(problem, Unavailable) else None
    if not accounts.portfolios:
        reason = Reason.NO_POSITIONS
    message = reason.sentence if reason else None
    return view(
        available=reason is None,
        reason=reason,
        message=message if accounts.portfolios else "There is no active portfolio.",
        currency=accounts.portfolios[0].terms.currency if accounts.portfolios else None,
        net_asset_value=value,
        total_value=value,
        portfolio_count=len(accounts.portfolios),
        other_currencies=[
            schemas.OtherCurrency(each.id, each.terms.name, each.terms.currency)
            for each in accounts.other_currencies
        ],
        calculation_date=book.day if book else None,
        calculation_method=method,
        **figures,
    )


def entries(
    view: type[E], accounts: Accounts, more: Mapping[PortfolioId, Mapping[str, Any]] | None = None
) -> list[E]:
    weights = weights_of(accounts.portfolios)
    return [
        _entry(view, each, weights[each.id], (more or {}).get(each.id, {}))
        for each in accounts.portfolios
    ]


def _entry(view: type[E], portfolio: Portfolio, weight: float, more: Mapping[str, Any]) -> E:
    return view(
        id=portfolio.id,
        portfolio_id=portfolio.id,
        portfolio_name=portfolio.terms.name,
        account_name=portfolio.terms.account_name,
        account_type=portfolio.terms.account_type,
        value=float(portfolio.net_asset_value),
        weight=weight,
        **more,
    )
