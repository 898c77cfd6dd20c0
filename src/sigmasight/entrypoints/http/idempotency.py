"""The header by which a client says that two requests are one."""

from hashlib import sha256
from typing import Annotated, Final

import msgspec
from litestar.params import HeaderParameter

from sigmasight.domain.access.usage import IdempotencyKey

KEY: Final = r"^[\x21-\x7e]+$"

KeyHeader = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", max_length=255, pattern=KEY)
]


def key_of(text: str | None, body: msgspec.Struct) -> IdempotencyKey | None:
    """Return the key of a request, if it has one, with what tells its body from another."""
    if text is None:
        return None
    described = msgspec.json.encode(body, order="deterministic")
    return IdempotencyKey(text, sha256(described).hexdigest())
