"""One request of every kind, from a user with access."""

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import httpx

from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api

ANN = a_person("ann")
SOME_ID = UUID(int=7)


def every_kind(api: Api) -> list[Coroutine[Any, Any, httpx.Response]]:
    """Return reads, writes and a webhook; a server that has its database serves them all."""
    token = ANN.token()
    return [
        api.get("/auth/me", token),
        api.get("/portfolios", token),
        api.get(f"/portfolios/{SOME_ID}", token),
        api.post("/portfolios", token, {"name": "Savings", "account_name": "Broker"}),
        api.put(f"/portfolios/{SOME_ID}", token, {"name": "Savings"}),
        api.delete(f"/portfolios/{SOME_ID}", token),
        api.post("/onboarding/validate-invite", token, {"invite_code": "wrong"}),
        api.deliver(ANN.updated(1)),
    ]


SERVED = [200, 200, 404, 201, 404, 404, 200, 200]
"""What those requests are answered with while all is well."""
