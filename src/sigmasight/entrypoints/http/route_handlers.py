"""Litestar's handlers, with guards at a lower price."""

from functools import partial
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler


class GuardedHandler(HTTPRouteHandler):
    """Shows its guards the handler itself.

    Litestar copies it for each guard of each request, some sixty attributes, in case a guard
    should change it; ours only asks what it allows.
    """

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]  # Litestar has made them async


get = partial(GuardedHandler, http_method=HttpMethod.GET)
post = partial(GuardedHandler, http_method=HttpMethod.POST)
put = partial(GuardedHandler, http_method=HttpMethod.PUT)
patch = partial(GuardedHandler, http_method=HttpMethod.PATCH)
delete = partial(GuardedHandler, http_method=HttpMethod.DELETE)
