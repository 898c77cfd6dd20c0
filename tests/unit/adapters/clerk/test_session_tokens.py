"""What a session token's form, header and signature have to be."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey

from sigmasight.adapters.clerk.session_tokens import ClerkSessionTokens
from sigmasight.domain.identity.sessions import (
    Session,
    TokenKeyUnknownError,
    TokenKindInvalidError,
    TokenMalformedError,
    TokenSignatureInvalidError,
)
from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders import signing
from tests.support.builders.session_tokens import (
    ATTACKERS_KEY,
    NOW,
    PARTY,
    a_token,
    a_token_by,
    a_token_by_hmac,
    verifier,
    with_segment,
)

PUBLIC_PEM = signing.pem().encode()
ATTACKERS_JWK = ATTACKERS_KEY.as_dict(private=False)


async def test_a_token_of_clerk_identifies_the_caller(tokens: ClerkSessionTokens) -> None:
    session = await tokens.verify(a_token())

    assert session == Session(
        clerk_user_id=ClerkUserId("user_ann"),
        session_id="sess_ann",
        authorized_party=PARTY,
        email="ann@example.com",
        email_verified=False,
        expires_at=NOW + 60,
    )


@pytest.mark.parametrize(
    "head",
    [
        signing.header(cat="cl_B7d4PD222AAA"),
        signing.header(cat="cl_I7d4PD111III"),
        signing.header(cat=None),
        signing.header(typ=None),
        signing.header(typ="jwt"),
        signing.header(oiat=NOW, v=2, anything=[{}]),
    ],
    ids=["template", "no class", "no cat", "no typ", "small typ", "unknown members"],
)
async def test_a_header_as_clerk_may_write_it_is_accepted(
    tokens: ClerkSessionTokens, head: dict[str, Any]
) -> None:
    session = await tokens.verify(a_token(head=head))

    assert session.clerk_user_id == "user_ann"


@pytest.mark.parametrize("cat", ["cl_B7d4PD333AAA", "cl_B7d4PD444AAA", "", "CL_B7D4PD111AAA"])
async def test_a_machine_token_and_any_unknown_class_are_refused(
    tokens: ClerkSessionTokens, cat: str
) -> None:
    with pytest.raises(TokenKindInvalidError):
        await tokens.verify(a_token(head=signing.header(cat=cat)))


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "JWE", "", "JWT "])
async def test_a_typ_other_than_jwt_is_refused(tokens: ClerkSessionTokens, typ: str) -> None:
    with pytest.raises(TokenKindInvalidError):
        await tokens.verify(a_token(head=signing.header(typ=typ)))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "HS256"])
async def test_an_alg_other_than_rs256_is_refused_even_when_rightly_signed(
    tokens: ClerkSessionTokens, alg: str
) -> None:
    with pytest.raises(TokenSignatureInvalidError):
        await tokens.verify(a_token(head=signing.header(alg=alg)))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "RS256"])
async def test_an_unsigned_token_is_refused(tokens: ClerkSessionTokens, alg: str) -> None:
    unsigned = with_segment(a_token(head=signing.header(alg=alg)), 2, "")

    with pytest.raises(TokenMalformedError):
        await tokens.verify(unsigned)


@pytest.mark.parametrize(
    "token",
    [
        *(a_token_by(alg, signing.KEY) for alg in ("RS384", "RS512", "PS256", "PS384", "PS512")),
        a_token_by("ES256", ECKey.generate_key("P-256")),
        a_token_by_hmac("HS256", PUBLIC_PEM),
        a_token_by_hmac("HS256", PUBLIC_PEM.strip()),
        a_token_by_hmac("HS384", PUBLIC_PEM, "sha384"),
        a_token_by_hmac("HS512", PUBLIC_PEM, "sha512"),
        a_token_by_hmac("RS256", PUBLIC_PEM),
        a_token_by_hmac("HS256", b""),
        a_token(key=ATTACKERS_KEY),
        with_segment(a_token_by("RS512", signing.KEY), 0, a_token().split(".")[0]),
        with_segment(a_token(), 2, "AAAA"),
        with_segment(a_token(), 2, "A" * 342),
        with_segment(a_token(), 2, a_token(sub="user_bob").split(".")[2]),
        with_segment(a_token(), 1, a_token(sub="user_bob").split(".")[1]),
    ],
    ids=[
        *("RS384", "RS512", "PS256", "PS384", "PS512", "ES256"),
        *("HS256 with our PEM", "HS256 with our PEM stripped", "HS384", "HS512"),
        *("HMAC under RS256", "HMAC of nothing", "another key under the right kid"),
        *("RS512 under RS256", "short signature", "zero signature"),
        *("signature of another", "claims of another"),
    ],
)
async def test_a_token_not_signed_with_rs256_and_our_key_is_refused(
    tokens: ClerkSessionTokens, token: str
) -> None:
    with pytest.raises(TokenSignatureInvalidError):
        await tokens.verify(token)


@pytest.mark.parametrize("key", [ATTACKERS_KEY, signing.KEY], ids=["attacker's", "ours"])
@pytest.mark.parametrize(
    "member",
    [
        {"jwk": ATTACKERS_JWK},
        {"jku": "https://evil.example.com/jwks.json"},
        {"x5u": "https://evil.example.com/cert.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"jwk": {}},
    ],
    ids=["jwk", "jku", "x5u", "x5c", "crit", "no-crit", "b64", "no-jwk"],
)
async def test_keys_in_the_header_are_never_followed_and_crit_is_refused(
    tokens: ClerkSessionTokens, member: dict[str, Any], key: Any
) -> None:
    with pytest.raises(
        TokenMalformedError, match=r"^The token's header carries what Clerk never writes\.$"
    ):
        await tokens.verify(a_token(head=signing.header(**member), key=key))


async def test_crit_that_is_null_is_refused(tokens: ClerkSessionTokens) -> None:
    with pytest.raises(TokenMalformedError):
        await tokens.verify(a_token(head={**signing.header(), "crit": None}))


@pytest.mark.parametrize("kid", [None, ""])
async def test_a_token_without_a_kid_is_refused(
    tokens: ClerkSessionTokens, kid: str | None
) -> None:
    with pytest.raises(TokenKeyUnknownError):
        await tokens.verify(a_token(head=signing.header(kid=kid)))


@pytest.mark.parametrize(
    "kid", ["ins_other", "../../etc/passwd", "ins_test ", "INS_TEST", "ins_tes"]
)
async def test_a_kid_that_is_not_in_the_key_set_is_refused(kid: str) -> None:
    with pytest.raises(TokenKeyUnknownError):
        await verifier().verify(a_token(head=signing.header(kid=kid)))


@pytest.mark.parametrize(
    "head",
    [
        {**signing.header(), "kid": 5},
        {**signing.header(), "kid": ["ins_test"]},
        {**signing.header(), "alg": None},
        {**signing.header(), "alg": ["RS256"]},
        {**signing.header(), "typ": 5},
        {**signing.header(), "typ": None},
        {**signing.header(), "cat": {}},
        {"kid": "ins_test", "typ": "JWT"},
        [signing.header()],
        "RS256",
        None,
    ],
    ids=str,
)
async def test_a_header_of_the_wrong_shape_is_refused(
    tokens: ClerkSessionTokens, head: Any
) -> None:
    header = signing.encode(json.dumps(head).encode()).decode()

    with pytest.raises(TokenMalformedError, match=r"^The session token's header cannot be read\.$"):
        await tokens.verify(with_segment(a_token(), 0, header))


@pytest.mark.parametrize(
    "header", [b"", b"{", b"not json", b"\xff\xfe", b"[" * 5000, b'{"x":' * 1000, b'{"alg":NaN}']
)
async def test_a_header_that_is_not_json_is_refused(
    tokens: ClerkSessionTokens, header: bytes
) -> None:
    with pytest.raises(TokenMalformedError):
        await tokens.verify(with_segment(a_token(), 0, signing.encode(header).decode()))
