"""Our own tokens, and that neither kind passes for the other."""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from sigmasight.adapters.clerk.key_set import PemKey
from sigmasight.adapters.jwt import MAX_TOKEN_BYTES
from sigmasight.adapters.password_login.tokens import (
    LIFETIME,
    CompositeSessionTokens,
    HmacSessionTokens,
)
from sigmasight.domain.identity.password_login import PASSWORD_LOGIN_ISSUER
from sigmasight.domain.identity.sessions import (
    PasswordSession,
    Session,
    TokenAudienceInvalidError,
    TokenExpiredError,
    TokenIssuerInvalidError,
    TokenKeyUnknownError,
    TokenKindInvalidError,
    TokenMalformedError,
    TokenNotActiveError,
    TokenPartyInvalidError,
    TokenSignatureInvalidError,
)
from sigmasight.domain.kernel import UnauthenticatedError
from tests.support.builders import session_tokens, signing
from tests.support.builders.instants import NOON
from tests.support.builders.password_tokens import (
    AUDIENCE,
    SECRET_KEY,
    a_legacy_token,
    decoded,
    header,
    the_claims,
)
from tests.support.builders.users import ANNS_ID
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.verification_keys import InMemoryKeys

NOW: Final = int(NOON.timestamp())
STRANGE_MEMBERS: Final[list[dict[str, Any]]] = [
    {"alg": None},
    {"kid": None},
    {"typ": None},
    {"kid": 5},
    {"crit": ["exp"]},
    {"crit": []},
    {"b64": False, "crit": ["b64"]},
    {"jku": "https://evil.example.com/jwks.json"},
    {"jwk": {"kty": "oct", "k": "AAAA"}},
    {"x5u": "https://evil.example.com/cert.pem"},
    {"x5c": ["MIIB"]},
    {"cat": signing.SESSION_CATEGORY},
]


def verifier(seconds: float = 0, audience: str = AUDIENCE) -> HmacSessionTokens:
    """Return a verifier at so many seconds after noon."""
    return HmacSessionTokens(SECRET_KEY, audience, FixedClock(NOON + timedelta(seconds=seconds)))


def either(keys: Any = None) -> CompositeSessionTokens:
    return CompositeSessionTokens(session_tokens.verifier(keys), verifier())


class TestIssuing:
    async def test_issues_a_token_for_an_hour_that_identifies_the_caller(self) -> None:
        token = verifier().issue(ANNS_ID)

        assert token.expires_in == LIFETIME == 3600
        session = await verifier().verify(token.text)
        assert session == PasswordSession(
            user_id=ANNS_ID, session_id=session.session_id, expires_at=NOW + 3600
        )
        assert session.session_id == json.loads(decoded(token.text.split(".")[1]))["jti"]

    def test_writes_the_claims_of_the_design_under_a_header_of_our_own(self) -> None:
        head, payload, _ = verifier().issue(ANNS_ID).text.split(".")

        assert json.loads(decoded(head)) == header()
        claims = json.loads(decoded(payload))
        assert len(claims.pop("jti")) == 32
        assert claims == {
            "iss": PASSWORD_LOGIN_ISSUER,
            "sub": str(ANNS_ID),
            "aud": AUDIENCE,
            "iat": NOW,
            "nbf": NOW,
            "exp": NOW + 3600,
        }

    def test_never_makes_the_same_token_twice(self) -> None:
        tokens = verifier()

        assert tokens.issue(ANNS_ID) != tokens.issue(ANNS_ID)


class TestVerifying:
    async def test_a_token_we_signed_identifies_the_caller(self) -> None:
        assert (await verifier().verify(a_legacy_token())).user_id == ANNS_ID

    @pytest.mark.parametrize(
        ("seconds", "refusal"),
        [
            (-6, TokenNotActiveError),
            (-5, None),
            (3604, None),
            (3605, TokenExpiredError),
            (10**8, TokenExpiredError),
        ],
    )
    async def test_a_token_counts_within_its_hour_and_5_seconds_around_it(
        self, seconds: int, refusal: type[UnauthenticatedError] | None
    ) -> None:
        token = verifier().issue(ANNS_ID).text

        if refusal is None:
            assert (await verifier(seconds).verify(token)).user_id == ANNS_ID
        else:
            with pytest.raises(refusal):
                await verifier(seconds).verify(token)

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"iss": signing.ISSUER}, TokenIssuerInvalidError),
            ({"iss": PASSWORD_LOGIN_ISSUER + "/"}, TokenIssuerInvalidError),
            ({"iss": ""}, TokenIssuerInvalidError),
            ({"aud": "other"}, TokenAudienceInvalidError),
            ({"aud": ""}, TokenAudienceInvalidError),
            ({"nbf": NOW + 60}, TokenNotActiveError),
            ({"iat": NOW + 60}, TokenNotActiveError),
            ({"exp": NOW - 60}, TokenExpiredError),
        ],
        ids=str,
    )
    async def test_a_claim_that_is_not_ours_is_refused(
        self, change: dict[str, Any], refusal: type[UnauthenticatedError]
    ) -> None:
        with pytest.raises(refusal):
            await verifier().verify(a_legacy_token(**change))

    @pytest.mark.parametrize("claim", ["iss", "sub", "aud", "iat", "nbf", "exp", "jti"])
    async def test_no_claim_may_be_missing(self, claim: str) -> None:
        missing: dict[str, Any] = {claim: None}

        with pytest.raises(TokenMalformedError):
            await verifier().verify(a_legacy_token(**missing))

    @pytest.mark.parametrize(
        "change",
        [
            {"exp": str(NOW + 60)},
            {"exp": NOW + 0.5},
            {"exp": True},
            {"exp": 2**53},
            {"exp": -1},
            {"iat": str(NOW)},
            {"iat": [NOW]},
            {"sub": "user_ann"},
            {"sub": ""},
            {"sub": 1},
            {"sub": [str(ANNS_ID)]},
            {"aud": [AUDIENCE]},
        ],
        ids=str,
    )
    async def test_a_claim_of_the_wrong_type_is_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(TokenMalformedError):
            await verifier().verify(a_legacy_token(**change))

    @pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 4000])
    async def test_claims_that_are_no_object_are_refused(self, payload: bytes) -> None:
        with pytest.raises(TokenMalformedError):
            await verifier().verify(a_legacy_token(payload=payload))

    @pytest.mark.parametrize(
        ("head", "refusal"),
        [
            (header(alg="none"), TokenSignatureInvalidError),
            (header(alg="HS384"), TokenSignatureInvalidError),
            (header(alg="HS512"), TokenSignatureInvalidError),
            (header(alg="RS256"), TokenSignatureInvalidError),
            (header(alg="hs256"), TokenSignatureInvalidError),
            (header(typ="at+jwt"), TokenKindInvalidError),
            (header(kid="other"), TokenKeyUnknownError),
            *((header(**member), TokenMalformedError) for member in STRANGE_MEMBERS),
        ],
        ids=str,
    )
    async def test_a_header_other_than_ours_is_refused_however_it_is_signed(
        self, head: dict[str, Any], refusal: type[UnauthenticatedError]
    ) -> None:
        with pytest.raises(refusal):
            await verifier().verify(a_legacy_token(head=head))

    @pytest.mark.parametrize(
        "secret", ["", "x", SECRET_KEY[:-1], SECRET_KEY + "x", SECRET_KEY.upper()]
    )
    async def test_another_secret_is_refused(self, secret: str) -> None:
        with pytest.raises(TokenSignatureInvalidError):
            await verifier().verify(a_legacy_token(secret=secret))

    @pytest.mark.parametrize("digest", ["sha384", "sha512", "sha1"])
    async def test_another_digest_is_refused(self, digest: str) -> None:
        with pytest.raises(TokenSignatureInvalidError):
            await verifier().verify(a_legacy_token(digest=digest))

    @pytest.mark.parametrize(
        "token",
        [
            *("", ".", "..", "a.b.c", "null", "🔑", "é" * 3),
            a_legacy_token() + "=",
            a_legacy_token() + "\n",
            " " + a_legacy_token(),
            a_legacy_token().rpartition(".")[0] + ".",
            a_legacy_token().rpartition(".")[0],
            a_legacy_token() + ".AAAA",
            a_legacy_token(pad="x" * MAX_TOKEN_BYTES),
        ],
    )
    async def test_anything_but_a_token_of_at_most_8_kb_is_refused(self, token: str) -> None:
        with pytest.raises(TokenMalformedError):
            await verifier().verify(token)

    async def test_a_signature_of_another_token_is_refused(self) -> None:
        other = a_legacy_token(sub=str(UUID(int=2))).rpartition(".")[2]

        with pytest.raises(TokenSignatureInvalidError):
            await verifier().verify(session_tokens.with_segment(a_legacy_token(), 2, other))

    async def test_a_cookie_never_carries_one(self) -> None:
        with pytest.raises(TokenPartyInvalidError):
            await verifier().verify(a_legacy_token(), from_cookie=True)


class TestNeitherKindOfTokenPassesForTheOther:
    async def test_and_each_signs_in_its_own_users(self) -> None:
        assert isinstance(await either().verify(a_legacy_token()), PasswordSession)
        assert isinstance(await either().verify(session_tokens.a_token()), Session)
        assert isinstance(
            await either().verify(session_tokens.a_token(), from_cookie=True), Session
        )

    @pytest.mark.parametrize("pem", [signing.pem(), signing.pem().strip()])
    @pytest.mark.parametrize("head", [header(), header(kid=signing.KID)], ids=["ours", "Clerk's"])
    @pytest.mark.parametrize(
        "claims", [the_claims(), session_tokens.the_claims()], ids=["our claims", "Clerk's claims"]
    )
    async def test_hs256_with_the_public_key_for_a_secret_is_refused(
        self, pem: str, head: dict[str, Any], claims: dict[str, Any]
    ) -> None:
        token = a_legacy_token(secret=pem, head=head, payload=json.dumps(claims).encode())

        with pytest.raises((TokenSignatureInvalidError, TokenKeyUnknownError)):
            await either(PemKey(signing.pem())).verify(token)

    async def test_clerks_rs256_over_our_claims_is_refused(self) -> None:
        payload = json.dumps(the_claims()).encode()

        with pytest.raises(TokenIssuerInvalidError):
            await either().verify(signing.sign(signing.header(), payload))

    async def test_our_hs256_over_clerks_claims_is_refused(self) -> None:
        payload = json.dumps(session_tokens.the_claims()).encode()

        with pytest.raises(TokenMalformedError):
            await either().verify(a_legacy_token(payload=payload))

    async def test_our_hs256_over_a_mix_of_claims_is_refused(self) -> None:
        with pytest.raises(TokenIssuerInvalidError):
            await either().verify(a_legacy_token(iss=signing.ISSUER))

    async def test_a_signature_under_the_others_algorithm_is_refused(self) -> None:
        with pytest.raises(TokenSignatureInvalidError):
            await either().verify(a_legacy_token(head=signing.header()))
        with pytest.raises(TokenSignatureInvalidError):
            await either().verify(signing.sign(header(), json.dumps(the_claims()).encode()))

    async def test_an_hs256_token_never_asks_for_clerks_keys(self) -> None:
        keys = InMemoryKeys(signing.KEY)
        for token in (
            a_legacy_token(),
            a_legacy_token(head=header(kid=signing.KID)),
            a_legacy_token(secret="x" * 32),
        ):
            try:
                await either(keys).verify(token)
            except UnauthenticatedError:
                continue

        assert keys.asked == 0

    @pytest.mark.parametrize("alg", ["HS384", "HS512", "none", "hs256", "ES256"])
    async def test_any_other_algorithm_is_refused(self, alg: str) -> None:
        with pytest.raises(TokenSignatureInvalidError):
            await either().verify(a_legacy_token(head=header(alg=alg)))

    async def test_our_token_in_a_cookie_is_refused(self) -> None:
        with pytest.raises(TokenSignatureInvalidError):
            await either().verify(a_legacy_token(), from_cookie=True)

    async def test_clerks_verifier_alone_refuses_ours(self) -> None:
        with pytest.raises(TokenSignatureInvalidError):
            await session_tokens.verifier().verify(a_legacy_token())

    @pytest.mark.parametrize(
        "token", ["", "a.b.c", "null", "🔑", "\udcff" * 3, "A.B.C", "x" * 9000, "e30.e30.AAAA"]
    )
    async def test_a_token_without_an_algorithm_is_malformed(self, token: str) -> None:
        with pytest.raises(TokenMalformedError):
            await either().verify(token)
