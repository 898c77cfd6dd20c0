"""Portfolios, their positions, and charts of their exposure, value and risk."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK

from sigmasight.entrypoints.local.console.charts import Chart, bar_chart, largest, largest_and_rest
from sigmasight.entrypoints.local.console.fragments import Fragment, fragment
from sigmasight.entrypoints.local.console.visitor import Exchange, Name, Visitor

EXPOSURES = {
    "Long": "long_exposure",
    "Short": "short_exposure",
    "Net": "net_exposure",
    "Gross": "gross_exposure",
}


class PortfolioController(Controller):
    path = "/console/people/{name:str}/portfolios"

    @get("/")
    async def show_portfolios(
        self, name: Name, visitor: NamedDependency[Visitor], portfolio: FromQuery[str] = ""
    ) -> Fragment:
        """Show a portfolio: the newest, unless one is chosen."""
        listed = await visitor.get("/portfolios")
        owned = listed.data["portfolios"] if listed.ok else []
        chosen = next((each for each in owned if each["id"] == portfolio), None) or max(
            owned, key=lambda each: each["created_at"], default=None
        )
        shown = await _portfolio(visitor, chosen["id"]) if chosen else {}
        return fragment(
            "portfolios.html", name=name, listed=listed, owned=owned, chosen=chosen, **shown
        )

    @post("/{portfolio_id:uuid}/calculations", status_code=HTTP_200_OK)
    async def calculate(
        self, name: Name, visitor: NamedDependency[Visitor], portfolio_id: FromPath[UUID]
    ) -> Fragment:
        started = await visitor.post(f"/portfolios/{portfolio_id}/calculate")
        run = started.data["batch_run_id"] if started.ok else None
        return fragment(
            "calculation.html", name=name, portfolio_id=portfolio_id, run=run, exchange=started
        )

    @get("/{portfolio_id:uuid}/calculations/{run_id:uuid}")
    async def show_calculation(
        self,
        name: Name,
        visitor: NamedDependency[Visitor],
        portfolio_id: FromPath[UUID],
        run_id: FromPath[UUID],
    ) -> Fragment:
        """Show a calculation, and have the page ask again until it has ended."""
        status = await visitor.get(f"/portfolios/{portfolio_id}/batch-status/{run_id}")
        is_running = status.ok and status.data["status"] == "running"
        return fragment(
            "calculation.html",
            changed=not is_running,
            name=name,
            portfolio_id=portfolio_id,
            run=run_id if is_running else None,
            exchange=status,
        )


async def _portfolio(visitor: Visitor, portfolio_id: str) -> dict[str, Any]:
    positions = await visitor.get("/positions", portfolio_id=portfolio_id)
    snapshot = await visitor.get(f"/portfolios/{portfolio_id}/snapshot")
    stress = await visitor.get(f"/analytics/portfolio/{portfolio_id}/stress-test")
    return {
        "positions": positions,
        "snapshot": snapshot,
        "stress": stress,
        "charts": [
            chart
            for chart in (_exposure(snapshot), _value(positions), _risk(stress))
            if chart is not None
        ],
    }


def _exposure(snapshot: Exchange) -> Chart | None:
    if not snapshot.ok:
        return None
    figures = snapshot.data
    values = {label: Decimal(figures[name]) for label, name in EXPOSURES.items()}
    return bar_chart("exposure", "Exposure", values)


def _value(positions: Exchange) -> Chart | None:
    if not positions.ok:
        return None
    values: dict[str, Decimal] = defaultdict(Decimal)
    for each in positions.data["positions"]:
        if each["market_value"] is not None:
            values[each["symbol"]] += Decimal(each["market_value"])
    return bar_chart("value", "Value by symbol", largest_and_rest(values))


def _risk(stress: Exchange) -> Chart | None:
    if not stress.ok or not stress.data["data"]:
        return None
    scenarios = stress.data["data"]["scenarios"]
    impacts = {
        each["name"]: Decimal(str(each["impact"]["dollar_impact"])).quantize(Decimal("0.01"))
        for each in scenarios
    }
    return bar_chart(
        "risk", "Risk: the largest gains and losses in stress scenarios", largest(impacts)
    )
