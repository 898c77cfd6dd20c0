"""Clerk session tokens: every check of the header, the signature and the claims."""

import re
from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

import msgspec
from cachetools import LRUCache
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from sigmasight.adapters.jwt import (
    NumericDate,
    header_of,
    require_compact,
    require_current,
    signed_by,
)
from sigmasight.domain.identity.sessions import (
    Session,
    SessionPendingError,
    SessionTokens,
    TokenAudienceInvalidError,
    TokenIssuerInvalidError,
    TokenKeyUnknownError,
    TokenKindInvalidError,
    TokenLifetimeTooLongError,
    TokenMalformedError,
    TokenPartyInvalidError,
    TokenSignatureInvalidError,
)
from sigmasight.domain.identity.users import email_address
from sigmasight.domain.kernel import ClerkUserId, Clock

CACHE_SIZE: Final = 10_000
SESSION_CATEGORIES: Final = frozenset({"cl_B7d4PD111AAA", "cl_B7d4PD222AAA", "cl_I7d4PD111III"})
"""Clerk's token categories of sessions and JWT templates, and the unspecified one."""

# The allowlist belongs on the registry: where one is given, joserfc ignores `algorithms=`.
# Unknown header members (Clerk's `cat` and `oiat`) are checked here, not refused by joserfc.
RS256_ONLY: Final = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)


class VerificationKeys(Protocol):
    """The keys session tokens may be signed with, now."""

    @abstractmethod
    async def get(self, kid: str) -> RSAKey:
        """Return the key of that id.

        Raise TokenKeyUnknownError, or IdentityProviderUnavailableError if none can be had.
        """

    @abstractmethod
    async def replacement(self, kid: str, key: RSAKey) -> RSAKey | None:
        """Return the key that has taken the place of that one under its id, if any.

        For a signature that the known key did not make: Clerk may have replaced it.
        """

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Whether the last fetch succeeded, so that tokens can be verified."""

    @property
    @abstractmethod
    def age(self) -> float | None:
        """The seconds since the last fetch that succeeded; None if there was none."""

    @abstractmethod
    def has(self, kid: str, key: RSAKey) -> bool:
        """Tell whether that key is still the one of that id, without a fetch."""


class _Header(msgspec.Struct):
    alg: str
    kid: str | None = None
    typ: str = "JWT"
    cat: str | None = None
    crit: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    jku: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    jwk: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    x5u: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    x5c: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    def check(self) -> str:
        """Return the key id of a header as Clerk writes it."""
        if self.typ.upper() != "JWT" or not (self.cat is None or self.cat in SESSION_CATEGORIES):
            raise TokenKindInvalidError
        if self.alg != "RS256":
            raise TokenSignatureInvalidError
        if any(
            member is not msgspec.UNSET
            for member in (self.crit, self.jku, self.jwk, self.x5u, self.x5c)
        ):
            raise TokenMalformedError("The token's header carries what Clerk never writes.")
        if not self.kid:
            raise TokenKeyUnknownError
        return self.kid


PRINTABLE: Final = re.compile(r"[!-~]{1,255}")


class _Claims(msgspec.Struct):
    sub: Annotated[str, msgspec.Meta(pattern=r"\A[!-~]{1,255}\Z")]
    exp: NumericDate
    iat: NumericDate
    iss: str = ""
    nbf: NumericDate = 0
    azp: str | None = None
    aud: str | list[str] | None = None
    sid: Annotated[str, msgspec.Meta(pattern=r"\A[!-~]{0,255}\Z")] | None = None
    sts: str | None = None
    email: Any = None
    email_verified: Any = None
    act: Any = None


DECODE_HEADER: Final = msgspec.json.Decoder(_Header).decode
DECODE_CLAIMS: Final = msgspec.json.Decoder(_Claims).decode


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Where tokens are accepted from, and how long they may be valid."""

    issuer: str
    audience: str
    authorized_parties: Collection[str]
    max_lifetime: int = 86_400
    """Seconds from a token's `iat` to its `exp`."""


@dataclass(frozen=True, slots=True)
class _Verified:
    kid: str
    key: RSAKey
    session: Session


class ClerkSessionTokens(SessionTokens):
    """Verifies tokens, and caches those it has verified until they expire."""

    def __init__(self, keys: VerificationKeys, rules: TokenRules, clock: Clock) -> None:
        self._keys = keys
        self._rules = rules
        self._clock = clock
        self._verified = LRUCache[str, _Verified](CACHE_SIZE)

    async def verify(self, token: str, *, from_cookie: bool = False) -> Session:
        known = self._verified.get(token)
        if known is None or not self._is_still_valid(known):
            known = await self._verify(token)
            self._verified[token] = known
        if from_cookie and not known.session.authorized_party:
            raise TokenPartyInvalidError(
                "A session token in a cookie must name its application (azp). Clerk leaves it out"
                " on a top-level navigation: fetch a new token, or send it as a bearer token."
            )
        return known.session

    def _is_still_valid(self, known: _Verified) -> bool:
        return self._clock.now().timestamp() < known.session.expires_at and self._keys.has(
            known.kid, known.key
        )

    async def _verify(self, token: str) -> _Verified:
        require_compact(token)
        try:
            kid = DECODE_HEADER(header_of(token)).check()
            signed = jws.extract_compact(token.encode(), registry=RS256_ONLY)
        except (JoseError, ValueError, RecursionError) as error:
            raise TokenMalformedError("The session token's header cannot be read.") from error
        key = await self._keys.get(kid)
        if not signed_by(key, signed, RS256_ONLY):
            replaced = await self._keys.replacement(kid, key)
            if replaced is None or not signed_by(replaced, signed, RS256_ONLY):
                raise TokenSignatureInvalidError
            key = replaced
        try:
            claims = DECODE_CLAIMS(signed.payload)
        except (ValueError, RecursionError) as error:
            raise TokenMalformedError(f"The session token's claims do not fit: {error}.") from error
        self._check(claims)
        return _Verified(kid, key, _session(claims))

    def _check(self, claims: _Claims) -> None:
        now = self._clock.now().timestamp()
        if claims.iss != self._rules.issuer:
            raise TokenIssuerInvalidError
        require_current(now, exp=claims.exp, nbf=claims.nbf, iat=claims.iat)
        if claims.exp - claims.iat > self._rules.max_lifetime:
            raise TokenLifetimeTooLongError(claims.exp - claims.iat, self._rules.max_lifetime)
        if claims.aud is not None and self._rules.audience not in _as_list(claims.aud):
            raise TokenAudienceInvalidError
        parties = self._rules.authorized_parties
        if claims.azp is not None and parties and claims.azp not in parties:
            raise TokenPartyInvalidError
        if claims.sts == "pending":
            raise SessionPendingError


def _as_list(audience: str | list[str]) -> list[str]:
    return [audience] if isinstance(audience, str) else audience


def _session(claims: _Claims) -> Session:
    return Session(
        clerk_user_id=ClerkUserId(claims.sub),
        session_id=claims.sid,
        authorized_party=claims.azp,
        email=email_address(claims.email),
        email_verified=claims.email_verified is True,
        expires_at=claims.exp,
        impersonator=_impersonator(claims.act),
    )


def _impersonator(actor: Any) -> str | None:
    """Return who acts as the user; a claim of another shape still marks the session."""
    if actor is None:
        return None
    subject = actor.get("sub") if isinstance(actor, dict) else None
    return subject if isinstance(subject, str) and PRINTABLE.fullmatch(subject) else "unknown"
