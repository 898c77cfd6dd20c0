"""Portfolios over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import UNSET, Meta, UnsetType

from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.money import amount, total
from sigmasight.domain.portfolios.portfolio import (
    AccountNameTakenError,
    AccountType,
    CreatePortfolio,
    DeletePortfolio,
    ExchangeRateMissingError,
    Portfolio,
    PortfolioChanges,
    PortfolioId,
    PortfolioLimitReachedError,
    PortfolioNotFoundError,
    PortfolioTerms,
    ReadPortfolios,
    UpdatePortfolio,
)
from sigmasight.entrypoints.http.decimals import plain_decimal
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.requests import DecimalAmount, Lines, Title
from sigmasight.entrypoints.http.route_handlers import delete, get, post, put
from sigmasight.entrypoints.http.schemas import build_view, provided_fields
from sigmasight.entrypoints.http.validation_messages import CURRENCY

Name = Annotated[Title, Meta(max_length=255)]
AccountName = Annotated[Title, Meta(max_length=100)]
Description = Annotated[Lines, Meta(max_length=1000)]
Currency = Annotated[str, Meta(pattern=CURRENCY)]


class CreatePortfolioBody(msgspec.Struct, frozen=True):
    name: Name
    account_name: AccountName
    account_type: AccountType = AccountType.TAXABLE
    description: Description | None = None
    currency: Currency = "USD"
    equity_balance: DecimalAmount | None = None
    is_active: bool = True


class UpdatePortfolioBody(msgspec.Struct, frozen=True):
    name: Name | UnsetType = UNSET
    account_name: AccountName | UnsetType = UNSET
    account_type: AccountType | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    equity_balance: DecimalAmount | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class PortfolioView(msgspec.Struct, frozen=True):
    id: UUID
    user_id: UUID
    name: str
    account_name: str
    account_type: AccountType
    description: str | None
    currency: str
    equity_balance: Decimal | None
    is_active: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    position_count: int
    net_asset_value: Decimal
    total_value: Decimal


class PortfoliosView(msgspec.Struct, frozen=True):
    portfolios: list[PortfolioView]
    total_count: int
    active_count: int
    net_asset_value: Decimal
    total_value: Decimal


class DeletedPortfolioView(msgspec.Struct, frozen=True):
    success: bool
    message: str
    portfolio_id: UUID
    deleted_at: datetime


class PortfolioController(Controller):
    path = "/portfolios"
    tags = ["Portfolios"]

    @post("/", Access.VALIDATED, PortfolioLimitReachedError, AccountNameTakenError)
    async def create_portfolio(
        self,
        data: JSONBody[CreatePortfolioBody],
        user: FromDishka[User],
        create: FromDishka[CreatePortfolio],
    ) -> PortfolioView:
        """Create a portfolio, within the limit of the caller's tier."""
        terms = PortfolioTerms(**_terms(data))
        return _view(await create(terms, by=user.id))

    @get("/", Access.SIGNED_IN)
    async def list_portfolios(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadPortfolios],
        include_inactive: FromQuery[bool] = False,  # noqa: FBT002  a query parameter
    ) -> PortfoliosView:
        """List the caller's portfolios, oldest first."""
        return _list_view(await read.all(by=user.id, include_inactive=include_inactive))

    @get("/{portfolio_id:uuid}", Access.SIGNED_IN, PortfolioNotFoundError)
    async def read_portfolio(
        self, portfolio_id: FromPath[UUID], user: FromDishka[User], read: FromDishka[ReadPortfolios]
    ) -> PortfolioView:
        """Read one of the caller's portfolios."""
        return _view(await read.one(PortfolioId(portfolio_id), by=user.id))

    @put(
        "/{portfolio_id:uuid}",
        Access.VALIDATED,
        PortfolioNotFoundError,
        AccountNameTakenError,
        ExchangeRateMissingError,
    )
    async def update_portfolio(
        self,
        portfolio_id: FromPath[UUID],
        data: JSONBody[UpdatePortfolioBody],
        user: FromDishka[User],
        update: FromDishka[UpdatePortfolio],
    ) -> PortfolioView:
        """Change any part of one of the caller's portfolios."""
        changes = cast("PortfolioChanges", _terms(data))
        return _view(await update(PortfolioId(portfolio_id), by=user.id, **changes))

    @delete(
        "/{portfolio_id:uuid}", Access.VALIDATED, PortfolioNotFoundError, status_code=HTTP_200_OK
    )
    async def delete_portfolio(
        self,
        portfolio_id: FromPath[UUID],
        user: FromDishka[User],
        delete: FromDishka[DeletePortfolio],
    ) -> DeletedPortfolioView:
        """Delete one of the caller's portfolios; it no longer counts towards the limit."""
        deleted_at = await delete(PortfolioId(portfolio_id), by=user.id)
        return DeletedPortfolioView(
            success=True,
            message="The portfolio was deleted.",
            portfolio_id=portfolio_id,
            deleted_at=deleted_at,
        )


def _terms(body: CreatePortfolioBody | UpdatePortfolioBody) -> dict[str, Any]:
    """Return the fields of a body in the domain's form."""
    terms = provided_fields(body)
    for title in {"name", "account_name"} & terms.keys():
        terms[title] = terms[title].strip()
    if terms.get("equity_balance") is not None:
        terms["equity_balance"] = amount(terms["equity_balance"], "equity_balance")
    if "currency" in terms:
        terms["currency"] = terms["currency"].upper()
    return terms


def _view(portfolio: Portfolio) -> PortfolioView:
    value = plain_decimal(portfolio.net_asset_value)
    return build_view(
        PortfolioView,
        portfolio,
        portfolio.terms,
        position_count=portfolio.holdings.count,
        net_asset_value=value,
        total_value=value,
    )


def _list_view(portfolios: Sequence[Portfolio]) -> PortfoliosView:
    value = plain_decimal(total(portfolio.net_asset_value for portfolio in portfolios))
    return PortfoliosView(
        portfolios=[_view(portfolio) for portfolio in portfolios],
        total_count=len(portfolios),
        active_count=sum(portfolio.terms.is_active for portfolio in portfolios),
        net_asset_value=value,
        total_value=value,
    )
