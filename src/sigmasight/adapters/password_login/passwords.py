"""Passwords with pwdlib: argon2id for all, bcrypt for those of the original system."""

from functools import partial
from typing import Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from argon2 import Type, extract_parameters
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.base import ensure_bytes, ensure_str
from pwdlib.hashers.bcrypt import BcryptHasher

from sigmasight.domain.identity.password_login import PasswordCheck, Passwords

TIME_COST: Final = 3
PARALLELISM: Final = 4
MEMORY_COST: Final = 65_536
"""In KiB: RFC 9106's second recommendation."""
AT_ONCE: Final = 4
BCRYPT_BYTES: Final = 72


class _Argon2id(Argon2Hasher):
    """Replaces weaker hashes, never stronger ones."""

    def __init__(self, memory_cost: int) -> None:
        super().__init__(TIME_COST, memory_cost, PARALLELISM)
        self._memory_cost = memory_cost

    def check_needs_rehash(self, hash: str | bytes) -> bool:  # noqa: A002  pwdlib's name
        known = extract_parameters(ensure_str(hash))
        return (
            known.type is not Type.ID
            or known.memory_cost < self._memory_cost
            or known.time_cost < TIME_COST
        )

    def unmatchable(self) -> str:
        """Return a hash that no password matches, as slow to compare as any other."""
        parameters = f"m={self._memory_cost},t={TIME_COST},p={PARALLELISM}"
        return f"$argon2id$v=19${parameters}${'A' * 22}${'A' * 43}"


class _TruncatingBcrypt(BcryptHasher):
    """Looks at 72 bytes, as bcrypt always did; its library now refuses longer passwords."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002  pwdlib's name
        return super().verify(ensure_bytes(password)[:BCRYPT_BYTES], hash)


class PwdlibPasswords(Passwords):
    """Hashes in threads, few at a time: each uses its memory and a core."""

    def __init__(self, *, memory_cost: int = MEMORY_COST, at_once: int = AT_ONCE) -> None:
        argon2id = _Argon2id(memory_cost)
        self._hashes = PasswordHash((argon2id, _TruncatingBcrypt()))
        self._unmatchable = argon2id.unmatchable()
        self._limiter = CapacityLimiter(at_once)

    async def hash(self, password: str) -> str:
        return await run_sync(partial(self._hashes.hash, password), limiter=self._limiter)

    async def verify(self, password: str, hashed: str | None) -> PasswordCheck:
        return await run_sync(
            partial(self._verify, password, hashed or self._unmatchable), limiter=self._limiter
        )

    def _verify(self, password: str, hashed: str) -> PasswordCheck:
        try:
            right, replacement = self._hashes.verify_and_update(password, hashed)
        except (UnknownHashError, ValueError):  # not a hash, or one its library cannot read
            self._hashes.verify(password, self._unmatchable)
            return PasswordCheck(right=False)
        return PasswordCheck(right, replacement)
