"""Litestar's handlers, with access control, injected dependencies and documented errors."""

from functools import partial
from inspect import signature
from typing import Any, Self

from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import AnyCallable

from sigmasight.domain.kernel import DomainError
from sigmasight.entrypoints.http.dependency_injection import inject
from sigmasight.entrypoints.http.guards import Access, describe_errors, describe_security


class GuardedHandler(HTTPRouteHandler):
    """A handler of one operation, which states who has access and which errors it raises.

    `loads` is what the guard loads of the caller (by default a User); `response` describes the
    response of a handler whose return type does not.
    """

    def __init__(  # noqa: PLR0913  an operation has this many properties
        self,
        path: str,
        access: Access,
        *errors: type[DomainError],
        http_method: HttpMethod,
        loads: type | None = None,
        raw_body: bool = False,
        response: ResponseSpec | None = None,
        **options: Any,
    ) -> None:
        opt = {"access": access} | ({"loads": loads} if loads else {})
        security = describe_security(access)
        super().__init__(path, http_method=http_method, opt=opt, security=security, **options)
        self._errors = errors
        self._raw_body = raw_body
        self._response = response

    def __call__(self, fn: AnyCallable) -> Self:
        handler = inject(fn)
        parameters = signature(handler).parameters.keys() - {"self", "request"}
        self.responses = describe_errors(
            self.opt["access"],
            self._errors,
            parameters=bool(parameters),
            body="data" in parameters,
            raw_body=self._raw_body,
        )
        if self._response:
            self.responses[200] = self._response
        super().__call__(handler)
        return self

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Run the guards on this handler; Litestar copies it for each guard of each request."""
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]  # Litestar has made them async


get = partial(GuardedHandler, http_method=HttpMethod.GET)
post = partial(GuardedHandler, http_method=HttpMethod.POST)
put = partial(GuardedHandler, http_method=HttpMethod.PUT)
patch = partial(GuardedHandler, http_method=HttpMethod.PATCH)
delete = partial(GuardedHandler, http_method=HttpMethod.DELETE)
