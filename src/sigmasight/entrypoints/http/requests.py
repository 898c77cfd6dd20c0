"""Reading of request bodies: decimals never pass through binary floating point."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import ClientException, HTTPException, InternalServerException
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import Body, QueryParameter
from litestar.status_codes import HTTP_415_UNSUPPORTED_MEDIA_TYPE
from litestar.types import TypeDecodersSequence

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.entrypoints.http.validation_messages import LINES, PROSE, TITLE, sentence

Title = Annotated[str, msgspec.Meta(pattern=TITLE)]
"""Text on one line, not blank."""
Prose = Annotated[str, msgspec.Meta(pattern=PROSE)]
"""Text of any number of lines, not blank."""
Lines = Annotated[str, msgspec.Meta(pattern=LINES)]
"""Text of any number of lines."""

PLAIN_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")


WHOLE: Final = re.compile(r"(-?\d{1,30})\.0+", re.ASCII)
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998
NOT_A_NUMBER: Final = Decimal("NaN")
MAX_EXPONENT: Final = 10_000
"""Beyond it, only writing a number in digits would exhaust memory."""


def read_number(text: str) -> Decimal | int:
    """Return a JSON number with a fraction or an exponent; 5.0 is the integer 5.

    One whose exponent is out of range is NaN, which no rule lets pass.
    """
    if whole := WHOLE.fullmatch(text):
        return int(whole[1])
    try:
        number = Decimal(text)
    except InvalidOperation:
        return NOT_A_NUMBER
    return number if abs(number.adjusted()) <= MAX_EXPONENT else NOT_A_NUMBER


DECODE: Final = msgspec.json.Decoder(float_hook=read_number).decode


class Amount(Decimal):
    """A decimal number in a request: a string of plain digits, or a JSON number."""


def read_amount(_type: type, value: Any) -> Amount:
    """Convert a JSON value to an Amount; Decimal itself also accepts `1_000` and `NaN`."""
    if isinstance(value, str):
        readable = bool(PLAIN_DECIMAL.fullmatch(value))
    else:
        readable = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not readable:
        raise ValueError("Expected a decimal number such as 125000.00")
    return Amount(value)


TYPE_DECODERS: Final[TypeDecodersSequence] = [(lambda kind: kind is Amount, read_amount)]

Email = Annotated[str, msgspec.Meta(extra_json_schema={"format": "email"})]

InstantParameter = Annotated[str | None, QueryParameter(max_length=40, format="date-time")]

DecimalAmount = Annotated[
    Amount, Body(schema_extra={"type": [OpenAPIType.STRING, OpenAPIType.NUMBER]})
]


class UnsupportedMediaTypeError(HTTPException):
    status_code = HTTP_415_UNSUPPORTED_MEDIA_TYPE


class ClientDisconnectedError(HTTPException):
    """The client left before its request was whole: nobody is to blame, and nobody listens."""

    status_code = 499


class ExactRequest(Request[Any, Any, Any]):
    """Decodes JSON fractions to Decimal, and refuses other media types."""

    async def json(self) -> Any:
        media_type, _ = self.content_type
        if media_type and media_type != "application/json" and not media_type.endswith("+json"):
            raise UnsupportedMediaTypeError(f"Send application/json, not {media_type}.")
        try:
            return DECODE(await self.body())
        except (ValueError, RecursionError) as error:
            raise ClientException(f"The body is not JSON: {error}") from error

    async def stream(self) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in super().stream():
                yield chunk
        except InternalServerException as error:
            if self.is_connected:
                what = "The client left before its request was whole."
                raise ClientDisconnectedError(what) from error
            raise


def read_fields(
    kind: type[msgspec.Struct], value: Any
) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    """Return the valid fields of an object, and an error for each invalid one.

    msgspec stops at the first error, and does not name the element of an array.
    """
    if not isinstance(value, dict):
        return {}, (FieldError("", "Must be an object.", "invalid"),)
    fields: dict[str, Any] = {}
    errors: list[FieldError] = []
    for field in msgspec.structs.fields(kind):
        if field.name not in value:
            continue
        try:
            fields[field.name] = msgspec.convert(
                value[field.name], field.type, strict=False, dec_hook=_read_type
            )
        except msgspec.ValidationError as error:
            errors.append(FieldError(field.name, sentence(str(error), field.type), "invalid"))
    return fields, tuple(errors)


def _read_type(kind: type, value: Any) -> Any:
    if kind is Amount:
        return read_amount(kind, value)
    raise NotImplementedError


def client_address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else "unknown"


def read_instant(field: str, text: str | None) -> datetime | None:
    """Convert a query parameter; raise ValidationFailedError. Without a zone, it is in UTC.

    msgspec takes seconds since 1970 as well, and fails on those beyond the year 9999.
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        what = "Must be a time such as 2026-03-31T18:00:00Z."
        raise ValidationFailedError(FieldError(field, what, "invalid")) from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        what = f"Must be between the years {FIRST_YEAR} and {LAST_YEAR}."
        raise ValidationFailedError(FieldError(field, what, "out_of_range"))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def require_storable(value: object, field: str, max_bytes: int) -> None:
    """Raise ValidationFailedError if a free-form field cannot be stored, or is larger as JSON."""
    if not _is_storable(value):
        what = "has the character NUL, or a number out of range"
        raise ValidationFailedError(FieldError(field, what, "not_storable"))
    if len(msgspec.json.encode(value)) > max_bytes:
        raise ValidationFailedError(
            FieldError(field, f"is larger than {max_bytes} bytes", "too_large")
        )


def _is_storable(value: object) -> bool:
    match value:
        case str():
            return "\x00" not in value
        case Decimal():
            return value.is_finite()
        case dict():
            return all(_is_storable(each) for pair in value.items() for each in pair)
        case list():
            return all(map(_is_storable, value))
        case _:
            return True
