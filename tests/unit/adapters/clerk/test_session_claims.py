"""The claims of a session token, once its signature is valid."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sigmasight.adapters.clerk.session_tokens import TokenRules
from sigmasight.domain.identity.sessions import (
    SessionPendingError,
    TokenAudienceInvalidError,
    TokenExpiredError,
    TokenIssuerInvalidError,
    TokenLifetimeTooLongError,
    TokenMalformedError,
    TokenNotActiveError,
    TokenPartyInvalidError,
    TokenSignatureInvalidError,
)
from sigmasight.domain.kernel import UnauthenticatedError
from tests.support.builders import signing
from tests.support.builders.session_tokens import (
    ATTACKERS_KEY,
    NOW,
    PARTY,
    RULES,
    a_token,
    a_token_claiming,
    a_token_saying,
    at,
    the_claims,
    verifier,
)

NO_INSTANT = [
    *("null", "true", '"1768478460"', "[]", "{}"),
    *("1768478460.0", "1768478460.5", "1.76847846e9", "-1", "1e400", "NaN", "Infinity"),
    *(str(2**53), str(2**63), str(2**80), "9" * 400),
]


async def account_of(token: str, *, from_cookie: bool = False) -> str:
    return (await verifier().verify(token, from_cookie=from_cookie)).clerk_user_id


async def refusal_of(token: str, *, from_cookie: bool = False) -> type[UnauthenticatedError]:
    with pytest.raises(UnauthenticatedError) as refusal:
        await verifier().verify(token, from_cookie=from_cookie)
    return refusal.type


async def test_the_signature_is_checked_before_the_claims() -> None:
    forged = a_token(key=ATTACKERS_KEY, exp=NOW - 1000, iss="https://evil.example.com")

    assert await refusal_of(forged) is TokenSignatureInvalidError


class TestIssuer:
    @pytest.mark.parametrize(
        "iss",
        [
            *(None, "", "https://evil.example.com", signing.ISSUER + "/"),
            *(signing.ISSUER + ".evil.example.com", signing.ISSUER.upper(), signing.ISSUER[:-1]),
        ],
    )
    async def test_other_than_ours_is_refused(self, iss: str | None) -> None:
        assert await refusal_of(a_token(iss=iss)) is TokenIssuerInvalidError

    @pytest.mark.parametrize("iss", [[signing.ISSUER], 5, True, {}])
    async def test_that_is_no_string_is_refused(self, iss: object) -> None:
        assert await refusal_of(a_token(iss=iss)) is TokenMalformedError


class TestAudience:
    @pytest.mark.parametrize(
        "aud", [None, "sigmasight.io", ["sigmasight.io"], ["a", "sigmasight.io"]]
    )
    async def test_absent_or_containing_ours_is_accepted(self, aud: Any) -> None:
        assert await account_of(a_token(aud=aud)) == "user_ann"

    @pytest.mark.parametrize(
        "aud", ["", "sigmasight", "sigmasight.io.evil", "SIGMASIGHT.IO", [], ["other"], [""]]
    )
    async def test_without_ours_is_refused(self, aud: object) -> None:
        assert await refusal_of(a_token(aud=aud)) is TokenAudienceInvalidError

    @pytest.mark.parametrize("aud", [5, True, {"sigmasight.io": 1}, ["sigmasight.io", 5], [[]]])
    async def test_of_the_wrong_shape_is_refused(self, aud: object) -> None:
        assert await refusal_of(a_token(aud=aud)) is TokenMalformedError


class TestAuthorizedParty:
    @pytest.mark.parametrize("azp", ["", "https://evil.example.com", PARTY + "/", PARTY.upper()])
    async def test_other_than_ours_is_refused(self, azp: str) -> None:
        assert await refusal_of(a_token(azp=azp)) is TokenPartyInvalidError
        assert await refusal_of(a_token(azp=azp), from_cookie=True) is TokenPartyInvalidError

    @pytest.mark.parametrize("azp", [[PARTY], 5, True, {}])
    async def test_that_is_no_string_is_refused(self, azp: object) -> None:
        assert await refusal_of(a_token(azp=azp)) is TokenMalformedError

    async def test_may_be_absent_from_a_bearer_token(self) -> None:
        session = await verifier().verify(a_token(azp=None))

        assert session.authorized_party is None

    async def test_has_to_be_present_when_the_token_came_by_cookie(self) -> None:
        with pytest.raises(TokenPartyInvalidError) as refusal:
            await verifier().verify(a_token(azp=None), from_cookie=True)

        assert str(refusal.value) == (
            "A session token in a cookie must name its application (azp). Clerk leaves it out"
            " on a top-level navigation: fetch a new token, or send it as a bearer token."
        )
        assert await account_of(a_token(), from_cookie=True) == "user_ann"

    async def test_may_be_any_where_none_are_configured_but_not_none_by_cookie(self) -> None:
        anybodys = verifier(rules=TokenRules(signing.ISSUER, "sigmasight.io", frozenset()))

        await anybodys.verify(a_token(azp="https://any.example.com"), from_cookie=True)
        for absent in (None, ""):
            with pytest.raises(TokenPartyInvalidError):
                await anybodys.verify(a_token(azp=absent), from_cookie=True)


class TestLifetime:
    async def test_of_a_day_is_the_longest(self) -> None:
        assert await account_of(a_token(exp=NOW + 86_400)) == "user_ann"
        assert await refusal_of(a_token(exp=NOW + 86_401)) is TokenLifetimeTooLongError

    async def test_too_long_names_the_setting_of_the_template(self) -> None:
        rules = replace(RULES, max_lifetime=3_600)

        with pytest.raises(TokenLifetimeTooLongError, match="JWT template in Clerk") as refusal:
            await verifier(rules=rules).verify(a_token(exp=NOW + 7_200))

        assert "valid for 7200 seconds, and at most 3600" in str(refusal.value)


class TestTime:
    @pytest.mark.parametrize("claim", ["exp", "iat", "sub"])
    async def test_and_subject_are_required(self, claim: str) -> None:
        assert await refusal_of(a_token(**{claim: None})) is TokenMalformedError

    @pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
    @pytest.mark.parametrize("raw", NO_INSTANT)
    async def test_is_a_whole_number_of_seconds(self, claim: str, raw: str) -> None:
        assert await refusal_of(a_token_claiming(claim, raw)) is TokenMalformedError

    async def test_to_expire_is_forgiven_for_less_than_5_seconds(self) -> None:
        token = a_token(exp=NOW)

        await verifier(clock=at(4.999)).verify(token)
        with pytest.raises(TokenExpiredError):
            await verifier(clock=at(5)).verify(token)

    @pytest.mark.parametrize("claim", ["nbf", "iat"])
    async def test_to_begin_is_forgiven_for_5_seconds(self, claim: str) -> None:
        token = a_token(**{claim: NOW})

        await verifier(clock=at(-5)).verify(token)
        with pytest.raises(TokenNotActiveError):
            await verifier(clock=at(-5.001)).verify(token)

    async def test_to_begin_may_be_absent(self) -> None:
        assert await account_of(a_token(nbf=None)) == "user_ann"

    async def test_long_past_is_expired(self) -> None:
        assert await refusal_of(a_token(exp=0, iat=0, nbf=0)) is TokenExpiredError

    async def test_far_ahead_is_not_active(self) -> None:
        far = 2**53 - 1

        assert await refusal_of(a_token(exp=far, iat=far, nbf=far)) is TokenNotActiveError


class TestSubject:
    @pytest.mark.parametrize(
        "sub", ["", "a" * 256, "user_\x00", "user ann", "user_ann\n", 5, [], {}]
    )
    async def test_that_cannot_be_stored_as_an_id_is_refused(self, sub: object) -> None:
        assert await refusal_of(a_token(sub=sub)) is TokenMalformedError


class TestSession:
    async def test_that_is_pending_is_not_signed_in(self) -> None:
        assert await refusal_of(a_token(sts="pending")) is SessionPendingError

    @pytest.mark.parametrize("sts", [None, "active"])
    async def test_that_is_not_pending_is(self, sts: str | None) -> None:
        assert await account_of(a_token(sts=sts)) == "user_ann"

    async def test_may_be_absent_as_in_a_template(self) -> None:
        session = await verifier().verify(a_token(sid=None, sts=None, v=None))

        assert session.session_id is None


class TestEmail:
    @pytest.mark.parametrize(
        "email", [None, "", "no address", "{{user.primary_email_address}}", 5, []]
    )
    async def test_that_is_no_address_counts_as_absent(self, email: object) -> None:
        session = await verifier().verify(a_token(email=email))

        assert session.email is None

    @pytest.mark.parametrize("given", [None, False, "true", 1, "True", [True], {}])
    async def test_is_verified_only_where_the_claim_is_true_itself(self, given: object) -> None:
        session = await verifier().verify(a_token(email_verified=given))

        assert not session.email_verified
        assert (await verifier().verify(a_token(email_verified=True))).email_verified


class TestPayload:
    @pytest.mark.parametrize(
        "payload",
        [
            *(b"[]", b"{}", b'"user_ann"', b"5", b"null", b"true", b"{", b"not json"),
            *(
                b"\xff\xfe",
                b'{"sub": "\xff"}',
                b"[" * 5000,
                b'{"sub":' * 700,
                b"{} {}",
                b"\xef\xbb\xbf{}",
            ),
            json.dumps([the_claims()]).encode(),
            json.dumps(the_claims()).encode("utf-16"),
            json.dumps(the_claims(sub="@")).replace("@", "\\ud800").encode(),
        ],
    )
    async def test_that_is_no_object_of_claims_is_refused(self, payload: bytes) -> None:
        with pytest.raises(TokenMalformedError, match=r"^The session token's claims do not fit: "):
            await verifier().verify(a_token_saying(payload))

    async def test_counts_the_last_of_duplicate_claims_as_rfc_7519_has_it(self) -> None:
        good, bad = f'"iss": "{signing.ISSUER}"', '"iss": "https://evil.example.com"'
        rest = json.dumps(the_claims(iss=None)).lstrip("{")

        bad_last = a_token_saying(f"{{{good}, {bad}, {rest}".encode())
        good_last = a_token_saying(f"{{{bad}, {good}, {rest}".encode())

        assert await refusal_of(bad_last) is TokenIssuerInvalidError
        assert await account_of(good_last) == "user_ann"
