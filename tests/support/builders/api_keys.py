"""API keys of Ann."""

from typing import Any
from uuid import UUID

from sigmasight.domain.identity.api_keys import ApiKey, ApiKeyId, KeyScope, read_key_text
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID


def a_key(text: str, **changes: Any) -> ApiKey:
    """Return what is stored of a key."""
    reference = read_key_text(text)
    whole: dict[str, Any] = {
        "id": ApiKeyId(UUID(int=77)),
        "user_id": ANNS_ID,
        "name": "Notebook",
        "scope": KeyScope.READ,
        "prefix": reference.prefix,
        "digest": reference.digest,
        "created_at": NOON,
        **changes,
    }
    return ApiKey(**whole)
