"""API keys: what a user's own tools sign in with, instead of a session."""

import re
from abc import abstractmethod
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from secrets import token_bytes
from typing import Final, NewType, Protocol
from uuid import UUID
from zlib import crc32

from sigmasight.domain.kernel import (
    ConflictError,
    DeniedError,
    NotFoundError,
    UnauthenticatedError,
    UserId,
)

ApiKeyId = NewType("ApiKeyId", UUID)

MARK: Final = "ss_live_"
"""What every key begins with, for people and for scanners of leaked secrets."""
SECRET_BYTES: Final = 32
ID_BYTES: Final = 16
CHECK_BYTES: Final = 4
KEY: Final = re.compile(f"{MARK}[A-Za-z0-9_-]{{70}}", re.ASCII)
SHOWN: Final = len(MARK) + 6
"""How many characters of a key are stored and shown: of 256 bits, 36."""
MAX_KEYS: Final = 20
USE_INTERVAL: Final = timedelta(minutes=1)
"""How exact `last_used_at` is."""


class ApiKeyInvalidError(UnauthenticatedError):
    code = "api_key_invalid"

    def __init__(self) -> None:
        super().__init__("There is no such API key: it was revoked, or is not whole.")


class ApiKeyExpiredError(UnauthenticatedError):
    code = "api_key_expired"

    def __init__(self) -> None:
        super().__init__("The API key has expired: create another one.")


class ApiKeyReadOnlyError(DeniedError):
    code = "api_key_read_only"

    def __init__(self) -> None:
        super().__init__("This API key only reads: use one with the scope “write”.")


class SessionRequiredError(DeniedError):
    code = "session_required"

    def __init__(self) -> None:
        super().__init__("This needs a session of the user's own: sign in, without an API key.")


class ApiKeyNotFoundError(NotFoundError):
    code = "api_key_not_found"

    def __init__(self) -> None:
        super().__init__("No such API key.")


class ApiKeyLimitReachedError(ConflictError):
    code = "api_key_limit_reached"

    def __init__(self) -> None:
        super().__init__(f"There is room for {MAX_KEYS} API keys. Revoke one to create another.")


class KeyScope(StrEnum):
    """What a key permits; `write` includes reading."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class KeyReference:
    """What a key's text says: whose it is, and the SHA-256 that is stored of it."""

    user_id: UserId
    digest: bytes
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key, without its text. `prefix` is what its text begins with."""

    id: ApiKeyId
    user_id: UserId
    name: str
    scope: KeyScope
    prefix: str
    digest: bytes
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def require_valid(self, now: datetime) -> None:
        """Raise ApiKeyExpiredError."""
        if self.expires_at and now >= self.expires_at:
            raise ApiKeyExpiredError

    def require(self, needed: KeyScope) -> None:
        """Raise ApiKeyReadOnlyError."""
        if needed is KeyScope.WRITE and self.scope is not KeyScope.WRITE:
            raise ApiKeyReadOnlyError


def new_key_text(user: UserId) -> str:
    """Return a new key: a mark, then 256 random bits, the user's id and a checksum in base64url."""
    content = token_bytes(SECRET_BYTES) + user.bytes
    return MARK + urlsafe_b64encode(content + _check(content)).rstrip(b"=").decode()


def read_key_text(text: str) -> KeyReference:
    """Return what a key refers to, or raise ApiKeyInvalidError."""
    if not KEY.fullmatch(text):
        raise ApiKeyInvalidError
    decoded = urlsafe_b64decode(f"{text.removeprefix(MARK)}==")
    content, check = decoded[:-CHECK_BYTES], decoded[-CHECK_BYTES:]
    if check != _check(content):
        raise ApiKeyInvalidError
    return KeyReference(
        UserId(UUID(bytes=content[SECRET_BYTES:])), sha256(text.encode()).digest(), text[:SHOWN]
    )


def _check(content: bytes) -> bytes:
    return crc32(MARK.encode() + content).to_bytes(CHECK_BYTES)


class ApiKeys(Protocol):
    """All users' keys, within the caller's transaction."""

    @abstractmethod
    async def list(self, user: UserId) -> Sequence[ApiKey]:
        """Return the user's keys, newest first."""

    @abstractmethod
    async def add(self, key: ApiKey) -> None:
        """Store a new key."""

    @abstractmethod
    async def remove(self, user: UserId, key: ApiKeyId) -> ApiKey | None:
        """Delete one of the user's keys, and return it as it was."""

    @abstractmethod
    async def remove_all(self, user: UserId) -> int:
        """Delete all of the user's keys; return how many there were."""

    @abstractmethod
    async def put_uses(self, uses: "Uses") -> None:
        """Store when keys were last used, unless a later instant is stored; ignore deleted ones."""


Uses = Mapping[tuple[UserId, ApiKeyId], datetime]
"""When keys were last used."""


class RecentKeyUses:
    """Uses that are not stored yet: a request does not wait for that."""

    def __init__(self) -> None:
        self._uses: dict[tuple[UserId, ApiKeyId], datetime] = {}

    def record(self, key: ApiKey, at: datetime) -> None:
        """Record a use, unless one of the last minute is stored."""
        if key.last_used_at is None or at - key.last_used_at >= USE_INTERVAL:
            self._uses[key.user_id, key.id] = at

    def take(self) -> Uses:
        """Return the uses, and forget them."""
        taken, self._uses = self._uses, {}
        return taken

    def restore(self, uses: Uses) -> None:
        """Record uses again that could not be stored."""
        self._uses = {**uses, **self._uses}
