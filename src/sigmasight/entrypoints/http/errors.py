"""Errors as HTTP responses: a status for each error family, RFC 9457 bodies."""

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from traceback import walk_tb
from typing import Any, Final

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar._multipart import parse_multipart_form
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import ParameterKwarg
from litestar.status_codes import (
    HTTP_400_BAD_REQUEST,
    HTTP_401_UNAUTHORIZED,
    HTTP_403_FORBIDDEN,
    HTTP_404_NOT_FOUND,
    HTTP_409_CONFLICT,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_429_TOO_MANY_REQUESTS,
    HTTP_500_INTERNAL_SERVER_ERROR,
    HTTP_503_SERVICE_UNAVAILABLE,
)
from litestar.types import ExceptionHandlersMap

from sigmasight.domain.access.usage import AiLimitReachedError
from sigmasight.domain.clerk_events.inbox import WebhookSignatureInvalidError
from sigmasight.domain.kernel import (
    ConflictError,
    DeniedError,
    DomainError,
    FieldError,
    InvalidError,
    NotFoundError,
    QuotaError,
    UnauthenticatedError,
    UnavailableError,
    ValidationFailedError,
)
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.entrypoints.http.headers import rate_limit_headers
from sigmasight.entrypoints.http.rate_limits import RateLimitedError
from sigmasight.entrypoints.http.requests import ClientDisconnectedError
from sigmasight.entrypoints.http.validation_messages import sentence
from sigmasight.entrypoints.remedies import describe

STATUS: Final[Mapping[type[DomainError], int]] = {
    InvalidError: HTTP_400_BAD_REQUEST,
    UnauthenticatedError: HTTP_401_UNAUTHORIZED,
    DeniedError: HTTP_403_FORBIDDEN,
    NotFoundError: HTTP_404_NOT_FOUND,
    ConflictError: HTTP_409_CONFLICT,
    QuotaError: HTTP_429_TOO_MANY_REQUESTS,
    UnavailableError: HTTP_503_SERVICE_UNAVAILABLE,
}

FRAMEWORK_CODES: Final[Mapping[int, str]] = {
    HTTP_400_BAD_REQUEST: "validation_failed",
    HTTP_404_NOT_FOUND: "route_not_found",
    HTTP_413_REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    ClientDisconnectedError.status_code: "client_disconnected",
}

MEMBERS: Final[Mapping[str, Mapping[str, Any]]] = {"invite_required": {"redirect": "/settings"}}
"""Members of a problem that only web clients need."""

PROBLEM: Final = "application/problem+json"

MISSING_PARAMETER: Final = re.compile(r"Missing required query parameter '(\w+)'")
MISSING_FIELD: Final = re.compile(r"Object missing required field `(\w+)`")

BODY_TOO_LARGE: Final = "The body is larger than {} bytes."
UNEXPECTED: Final = "Something went wrong on our side. It has been logged under this request's id."

logger = structlog.stdlib.get_logger()


def status_of(error: type[DomainError]) -> int:
    """Return the HTTP status of an error's family."""
    return next(STATUS[family] for family in error.__mro__ if family in STATUS)


def problem(  # noqa: PLR0913  a problem has this many members
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    detail: str,
    *,
    members: Mapping[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[dict[str, Any]]:
    """Return an RFC 9457 problem with our error code and further members.

    It is `application/json`, the only type whose body the web app reads, unless the client accepts
    `application/problem+json` by name.
    """
    request.scope["problem_code"] = code  # type: ignore[typeddict-unknown-key]  # for the log
    is_by_name = PROBLEM in request.headers.get("Accept", "")
    content = problem_content(
        status,
        code,
        detail,
        members or {},
        instance=request.scope.get("request_id"),
        is_by_name=is_by_name,
    )
    return Response(
        content,
        status_code=status,
        media_type=PROBLEM if is_by_name else MediaType.JSON,
        headers={"Vary": "Accept", **(headers or {})},
    )


def problem_content(  # noqa: PLR0913  a problem has this many members
    status: int,
    code: str,
    detail: str,
    members: Mapping[str, Any],
    *,
    instance: object,
    is_by_name: bool = False,
) -> dict[str, Any]:
    is_object = code == CsvInvalidError.code and not is_by_name
    return {
        "type": f"urn:sigmasight:error:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": instance,
        "error": {"code": code, "message": detail, "details": members} if is_object else code,
        "code": code,
        "message": detail,
        **members,
    }


def details_of(error: DomainError) -> tuple[str, Mapping[str, Any]]:
    """Return the detail and the further members of an error's problem."""
    return describe(error), {**error.details, **MEMBERS.get(error.code, {})}


def handle_domain_error(
    request: Request[Any, Any, Any], error: DomainError
) -> Response[dict[str, Any]]:
    headers = {}
    if isinstance(error, UnavailableError):
        logger.warning("unavailable", code=error.code, cause=repr(error.__cause__))
    if isinstance(error, AiLimitReachedError):
        headers = rate_limit_headers(used=error.used, allowed=error.limit, now=error.at)
    if isinstance(error, RateLimitedError):
        headers = dict(error.headers)
    if isinstance(error, QuotaError | UnavailableError):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    elif isinstance(error, UnauthenticatedError) and not isinstance(
        error, WebhookSignatureInvalidError
    ):
        headers["WWW-Authenticate"] = "Bearer"
    detail, members = details_of(error)
    return problem(
        request, status_of(type(error)), error.code, detail, members=members, headers=headers
    )


def handle_http_error(
    request: Request[Any, Any, Any], error: HTTPException
) -> Response[dict[str, Any]]:
    """Translate the framework's error to one of our problems."""
    status = error.status_code
    if status == HTTP_500_INTERNAL_SERVER_ERROR:
        return handle_unexpected_error(request, error)
    code = FRAMEWORK_CODES.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "_")
    detail = _framework_detail(request, error)
    members: dict[str, Any] = {}
    if status == HTTP_400_BAD_REQUEST:
        members["errors"] = _field_errors(request, error)
        detail = " ".join(
            f"{each['field']}: {each['message']}" if each["field"] else each["message"]
            for each in members["errors"]
        )
    elif status == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
        limit = request.route_handler.resolve_request_max_body_size()
        members["limit_bytes"] = limit
        detail = BODY_TOO_LARGE.format(limit)
    return problem(request, status, code, detail, members=members, headers=error.headers)


def _framework_detail(request: Request[Any, Any, Any], error: HTTPException) -> str:
    match error.status_code:
        case 404:
            return f"There is nothing at {request.url.path}."
        case 405:
            return f"{request.url.path} does not take {request.method}."
        case _:
            return error.detail


def _field_errors(request: Request[Any, Any, Any], error: HTTPException) -> list[dict[str, Any]]:
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        return [
            _field_error(request, each.get("key", ""), each.get("message", ""))
            for each in error.extra
        ]
    if missing := MISSING_PARAMETER.match(error.detail):
        return [{"field": missing[1], "message": "Required.", "code": "required"}]
    return [{"field": "", "message": sentence(error.detail), "code": "malformed"}]


def _client_name(request: Request[Any, Any, Any], key: str) -> str:
    """Return a client's name for a parameter of the handler."""
    parameter = request.route_handler.parsed_fn_signature.parameters.get(key)
    definition = parameter and parameter.kwarg_definition
    name = definition.name if isinstance(definition, ParameterKwarg) else None
    return "" if key == "data" else name or key


def _type_of(request: Request[Any, Any, Any], key: str) -> Any:
    """Return the type of a parameter or of a field of the body."""
    parameters = request.route_handler.parsed_fn_signature.parameters
    if key in parameters:
        return parameters[key].annotation
    body = parameters["data"].annotation if "data" in parameters else None
    if not (isinstance(body, type) and issubclass(body, msgspec.Struct)):
        return None
    fields = msgspec.structs.fields(body)
    return next((field.type for field in fields if field.name == key), None)


def _field_error(request: Request[Any, Any, Any], key: str, message: str) -> dict[str, Any]:
    field = _client_name(request, key)
    if missing := MISSING_FIELD.fullmatch(message):
        field = ".".join(filter(None, [field, missing[1]]))
        return {"field": field, "message": "Required.", "code": "required"}
    if message == "'data'":
        message = "A JSON body is required"
    return {"field": field, "message": sentence(message, _type_of(request, key)), "code": "invalid"}


def handle_unexpected_error(
    request: Request[Any, Any, Any], error: Exception
) -> Response[dict[str, Any]]:
    """Log an unexpected error; the client learns only that there was one."""
    logger.error("unhandled error", path=request.url.path, exc_info=error)
    return problem(
        request,
        HTTP_500_INTERNAL_SERVER_ERROR,
        "internal_error",
        UNEXPECTED,
    )


def handle_encoding_error(
    request: Request[Any, Any, Any], error: UnicodeError | LookupError
) -> Response[dict[str, Any]]:
    """Refuse a text field of a form in another encoding than it states, or in an unknown one."""
    if (field := _part_of(error)) is None:
        return handle_unexpected_error(request, error)
    what = "The text is not in UTF-8, or in the encoding that it states."
    return handle_domain_error(request, ValidationFailedError(FieldError(field, what, "invalid")))


def _part_of(error: Exception) -> str | None:
    """Return the field that the framework's form parser was at, which it does not say itself."""
    for frame, _ in walk_tb(error.__traceback__):
        if frame.f_code is parse_multipart_form.__code__:
            return str(getattr(frame.f_locals.get("segment"), "name", ""))
    return None


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    DomainError: handle_domain_error,
    HTTPException: handle_http_error,
    UnicodeError: handle_encoding_error,
    LookupError: handle_encoding_error,
    Exception: handle_unexpected_error,
}
