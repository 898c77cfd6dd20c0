"""Request bodies, read exactly: decimals never pass through binary floating point."""

from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import ClientException, HTTPException
from litestar.status_codes import HTTP_415_UNSUPPORTED_MEDIA_TYPE

DECODE: Final = msgspec.json.Decoder(float_hook=Decimal).decode

Title = Annotated[
    str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$")
]
"""Text on one line, not blank."""
Lines = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]
"""Text of any number of lines."""


class UnsupportedMediaTypeError(HTTPException):
    status_code = HTTP_415_UNSUPPORTED_MEDIA_TYPE


class ExactRequest(Request[Any, Any, Any]):
    """Decodes JSON numbers with a fraction to Decimal, and takes nothing but JSON for JSON."""

    async def json(self) -> Any:
        media_type, _ = self.content_type
        if media_type and media_type != "application/json" and not media_type.endswith("+json"):
            raise UnsupportedMediaTypeError(f"Send application/json, not {media_type}.")
        try:
            return DECODE(await self.body())
        except (ValueError, RecursionError) as error:
            raise ClientException(f"The body is not JSON: {error}") from error
