"""Our own session tokens: HS256 with SECRET_KEY, and nothing else."""

from typing import Final
from uuid import UUID, uuid4

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from sigmasight.adapters.jwt import (
    NumericDate,
    header_of,
    require_compact,
    require_current,
    signed_by,
)
from sigmasight.domain.identity.password_login import PASSWORD_LOGIN_ISSUER, PasswordSessionTokens
from sigmasight.domain.identity.sessions import (
    AnySession,
    FreshToken,
    PasswordSession,
    SessionTokens,
    TokenAudienceInvalidError,
    TokenIssuerInvalidError,
    TokenKeyUnknownError,
    TokenKindInvalidError,
    TokenMalformedError,
    TokenPartyInvalidError,
    TokenSignatureInvalidError,
)
from sigmasight.domain.kernel import Clock, UserId

LIFETIME: Final = 3600
ALGORITHM: Final = "HS256"
KEY_ID: Final = "legacy"
HS256_ONLY: Final = jws.JWSRegistry(algorithms=[ALGORITHM])


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """Exactly the members of our tokens: one with `crit`, `jku`, `jwk` or `x5u` is not ours."""

    alg: str
    typ: str
    kid: str

    def check(self) -> None:
        if self.alg != ALGORITHM:
            raise TokenSignatureInvalidError
        if self.typ != "JWT":
            raise TokenKindInvalidError
        if self.kid != KEY_ID:
            raise TokenKeyUnknownError


class _Claims(msgspec.Struct):
    iss: str
    sub: UUID
    aud: str
    iat: NumericDate
    nbf: NumericDate
    exp: NumericDate
    jti: str


class _Algorithm(msgspec.Struct):
    alg: str


HEADER: Final = msgspec.to_builtins(_Header(ALGORITHM, "JWT", KEY_ID))
DECODE_HEADER: Final = msgspec.json.Decoder(_Header).decode
DECODE_CLAIMS: Final = msgspec.json.Decoder(_Claims).decode
DECODE_ALGORITHM: Final = msgspec.json.Decoder(_Algorithm).decode


class HmacSessionTokens(SessionTokens, PasswordSessionTokens):
    """Issues tokens valid for an hour, and verifies those and no others."""

    def __init__(self, secret: str, audience: str, clock: Clock) -> None:
        self._key = OctKey.import_key(secret)
        self._audience = audience
        self._clock = clock

    def issue(self, user: UserId) -> FreshToken:
        now = int(self._clock.now().timestamp())
        claims = _Claims(
            iss=PASSWORD_LOGIN_ISSUER,
            sub=user,
            aud=self._audience,
            iat=now,
            nbf=now,
            exp=now + LIFETIME,
            jti=uuid4().hex,
        )
        payload = msgspec.json.encode(claims)
        text = jws.serialize_compact(HEADER, payload, self._key, registry=HS256_ONLY)
        return FreshToken(text, LIFETIME)

    async def verify(self, token: str, *, from_cookie: bool = False) -> PasswordSession:
        if from_cookie:
            raise TokenPartyInvalidError  # ours are never cookies
        require_compact(token)
        try:
            DECODE_HEADER(header_of(token)).check()
            signed = jws.extract_compact(token.encode(), registry=HS256_ONLY)
        except (JoseError, ValueError, RecursionError) as error:
            raise TokenMalformedError("The session token's header cannot be read.") from error
        if not signed_by(self._key, signed, HS256_ONLY):
            raise TokenSignatureInvalidError
        try:
            claims = DECODE_CLAIMS(signed.payload)
        except (ValueError, RecursionError) as error:
            raise TokenMalformedError(f"The session token's claims do not fit: {error}.") from error
        self._check(claims)
        return PasswordSession(
            user_id=UserId(claims.sub), session_id=claims.jti, expires_at=claims.exp
        )

    def _check(self, claims: _Claims) -> None:
        now = self._clock.now().timestamp()
        if claims.iss != PASSWORD_LOGIN_ISSUER:
            raise TokenIssuerInvalidError
        require_current(now, exp=claims.exp, nbf=claims.nbf, iat=claims.iat)
        if claims.aud != self._audience:
            raise TokenAudienceInvalidError


def names_hmac(token: str) -> bool:
    """Return whether a token's header names our algorithm; False for one that cannot be read."""
    try:
        return DECODE_ALGORITHM(header_of(token)).alg == ALGORITHM
    except (ValueError, RecursionError):
        return False


class CompositeSessionTokens(SessionTokens):
    """Chooses by the algorithm a token names, so that none is tried against the other's key.

    A cookie's token is Clerk's: ours come as bearer tokens alone.
    """

    def __init__(self, clerks: SessionTokens, ours: HmacSessionTokens) -> None:
        self._clerks = clerks
        self._ours = ours

    async def verify(self, token: str, *, from_cookie: bool = False) -> AnySession:
        if not from_cookie and names_hmac(token):
            return await self._ours.verify(token)
        return await self._clerks.verify(token, from_cookie=from_cookie)
