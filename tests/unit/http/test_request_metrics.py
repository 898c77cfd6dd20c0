"""What is counted of requests: by route, and within bounds whatever a client sends."""

from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from tests.support.builders.users import ANN
from tests.support.providers.application import InMemoryApplication

COUNT = "sigmasight_http_request_duration_seconds_count"


def counted(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value(COUNT, labels) or 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_request_counts_for_its_route_whatever_the_ids(
    api: InMemoryApplication, method: str
) -> None:
    route = "/api/v1/portfolios/{portfolio_id}"
    before = counted(method, route, 404)

    for _ in range(2):
        await api(method, f"/portfolios/{uuid4()}", by=ANN)

    assert counted(method, route, 404) - before == 2


@pytest.mark.parametrize("path", ["/nowhere", "/portfolios/1", "/portfolios/1/2/3"])
async def test_a_path_that_no_route_has_is_unmatched(api: InMemoryApplication, path: str) -> None:
    before = counted("GET", "unmatched", 404)

    await api("GET", path, by=ANN)

    assert counted("GET", "unmatched", 404) - before == 1


async def test_a_method_that_nobody_knows_is_one_among_others(api: InMemoryApplication) -> None:
    methods = {"other", "BREW", "SIP"}
    for method in ("BREW", "SIP"):
        await api(method, "/health/live", by=None)

    labels = {
        sample.labels["method"]
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == COUNT
    }
    assert labels & methods == {"other"}


async def test_a_refusal_counts_by_its_code(api: InMemoryApplication) -> None:
    def refused() -> float:
        labels = {"code": "portfolio_not_found"}
        return REGISTRY.get_sample_value("sigmasight_http_problems_total", labels) or 0

    before = refused()
    await api("GET", f"/portfolios/{uuid4()}", by=ANN)

    assert refused() - before == 1
