"""A portfolio of Ann's, and requests that change it."""

from typing import Any
from uuid import UUID

import httpx

from tests.support.providers.application import InMemoryApplication

NOBODYS = str(UUID(int=9))
BODY: dict[str, Any] = {
    "symbol": "ACME",
    "quantity": "10",
    "avg_cost": "12.50",
    "position_type": "LONG",
    "investment_class": "PUBLIC",
}
OPTION: dict[str, Any] = {
    **BODY,
    "symbol": "ACME260619C00015000",
    "position_type": "SC",
    "investment_class": "OPTIONS",
    "underlying_symbol": "ACME",
    "strike_price": "15",
    "expiration_date": "2026-06-19",
}


class PortfolioClient:
    """A portfolio of Ann's."""

    def __init__(self, api: InMemoryApplication, portfolio: str) -> None:
        self.api = api
        self.id = portfolio

    async def add(self, **changes: Any) -> dict[str, Any]:
        answer = await self.try_to_add({**BODY, **changes})
        assert answer.status_code == 201, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    async def try_to_add(self, body: Any, **of: Any) -> httpx.Response:
        return await self.api("POST", f"/positions/?portfolio_id={self.id}", json=body, **of)

    async def add_all(self, *bodies: Any, **of: Any) -> httpx.Response:
        whole = {"portfolio_id": self.id, "positions": bodies}
        return await self.api("POST", "/positions/bulk", json=whole, **of)

    async def change(self, position: dict[str, Any], **changes: Any) -> httpx.Response:
        return await self.api("PUT", f"/positions/{position['id']}", json=changes)

    async def listed(self, query: str = "") -> dict[str, Any]:
        answer = await self.api("GET", f"/positions?portfolio_id={self.id}{query}")
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    async def itself(self) -> dict[str, Any]:
        payload: dict[str, Any] = (await self.api("GET", f"/portfolios/{self.id}")).json()
        return payload


def refused(answer: httpx.Response) -> list[tuple[str, str]]:
    payload = answer.json()
    assert (answer.status_code, payload["error"]) == (400, "validation_failed"), payload
    return [(fault["field"], fault["code"]) for fault in payload["errors"]]
