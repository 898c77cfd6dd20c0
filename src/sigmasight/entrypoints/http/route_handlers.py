"""Litestar's handlers, with access control, injected dependencies and documented errors."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from inspect import Parameter, getdoc, signature
from typing import Any, Final, Self, get_args
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.params import PathParameter
from litestar.status_codes import (
    HTTP_400_BAD_REQUEST,
    HTTP_404_NOT_FOUND,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_415_UNSUPPORTED_MEDIA_TYPE,
    HTTP_500_INTERNAL_SERVER_ERROR,
)
from litestar.types import AnyCallable

from sigmasight.domain.kernel import DomainError
from sigmasight.entrypoints.http.dependency_injection import inject
from sigmasight.entrypoints.http.guards import API_KEYS, Access, describe_errors, describe_security

BODY_STATUSES: Final = (
    HTTP_400_BAD_REQUEST,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_415_UNSUPPORTED_MEDIA_TYPE,
)


class GuardedHandler(HTTPRouteHandler):
    """A handler of one operation, which states who has access and which errors it raises.

    `loads` is what the guard loads of the caller (by default a User); `api_keys` opens it to keys,
    where its router does not; `response` describes the
    response of a handler whose return type does not; `text` is a media type of text that the
    client may choose instead. The first sentence of its docstring is the operation's summary.
    """

    def __init__(  # noqa: PLR0913  an operation has this many properties
        self,
        path: str,
        access: Access,
        *errors: type[DomainError],
        http_method: HttpMethod,
        loads: type | None = None,
        api_keys: bool = False,
        raw_body: bool = False,
        response: ResponseSpec | None = None,
        text: str | None = None,
        **options: Any,
    ) -> None:
        opt: dict[str, Any] = {"access": access, **({"loads": loads} if loads else {})}
        security = describe_security(access)
        opt.update(API_KEYS if api_keys else {})
        super().__init__(path, http_method=http_method, opt=opt, security=security, **options)
        self._errors = errors
        self._raw_body = raw_body
        self._response = response and replace(response, generate_examples=False)
        self._text = text

    def __call__(self, fn: AnyCallable) -> Self:
        handler = inject(fn)
        parameters = signature(handler).parameters
        self.responses = describe_errors(
            self.opt["access"], self._errors, self._framework_statuses(parameters)
        )
        if self._response:
            self.responses[self.status_code] = self._response
        self.summary, _, more = (getdoc(fn) or "").partition("\n\n")
        self.description = more or self.summary
        self.operation_class = partial(  # type: ignore[assignment]  # only ever called
            _operation,
            is_body_optional="data" in parameters and parameters["data"].default is None,
            text=self._text,
            is_refused_with_400=HTTP_400_BAD_REQUEST in self.responses,
        )
        self.response_description = HTTPStatus(self.status_code).phrase
        super().__call__(handler)
        return self

    def _framework_statuses(self, parameters: Mapping[str, Parameter]) -> Iterator[int]:
        """Yield the statuses that Litestar answers with before the handler runs."""
        for name, parameter in parameters.items():
            if name == "data":
                yield from BODY_STATUSES
            elif any(isinstance(each, PathParameter) for each in _metadata(parameter)):
                if UUID in get_args(parameter.annotation):
                    yield HTTP_404_NOT_FOUND
            elif name not in {"self", "request"}:
                yield HTTP_400_BAD_REQUEST
        if self._raw_body:
            yield HTTP_413_REQUEST_ENTITY_TOO_LARGE
        yield HTTP_500_INTERNAL_SERVER_ERROR

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Run the guards on this handler; Litestar copies it for each guard of each request."""
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]  # Litestar has made them async


def _metadata(parameter: Parameter) -> tuple[Any, ...]:
    return getattr(parameter.annotation, "__metadata__", ())


def _operation(
    *,
    is_body_optional: bool,
    text: str | None,
    is_refused_with_400: bool,
    request_body: RequestBody | None,
    responses: dict[str, OpenAPIResponse],
    **fields: Any,
) -> Operation:
    """Describe an operation with what Litestar leaves out, without a 400 that never happens."""
    if not is_refused_with_400:
        responses.pop("400", None)
    if request_body and is_body_optional:
        request_body.required = False
    content = responses["200"].content if text else None
    if content and text:
        content[text] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
    return Operation(request_body=request_body, responses={**responses}, **fields)


get = partial(GuardedHandler, http_method=HttpMethod.GET)
post = partial(GuardedHandler, http_method=HttpMethod.POST)
put = partial(GuardedHandler, http_method=HttpMethod.PUT)
patch = partial(GuardedHandler, http_method=HttpMethod.PATCH)
delete = partial(GuardedHandler, http_method=HttpMethod.DELETE)
