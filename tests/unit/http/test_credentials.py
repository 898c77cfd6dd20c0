"""Where a request carries its session token, and which of several counts."""

import pytest

from tests.support.builders import signing
from tests.support.builders.session_tokens import ATTACKERS_KEY, PARTY, a_token
from tests.support.builders.users import ANNS_ID, a_user, bob
from tests.support.providers.application import SUFFIXED_COOKIE, InMemoryApplication

BAD = a_token(key=ATTACKERS_KEY)
BODY = {"name": "Savings", "account_name": "Broker 1"}


async def who(api: InMemoryApplication, **request: object) -> str:
    """Return whose request that was, or the code of the refusal."""
    answer = await api("GET", "/auth/me", by=None, **request)  # type: ignore[arg-type]
    payload = answer.json()
    return str(payload.get("clerk_user_id") or payload["error"])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_bearer_token_signs_in(api: InMemoryApplication, scheme: str) -> None:
    assert await who(api, headers={"Authorization": f"{scheme} {a_token()}"}) == "user_ann"


@pytest.mark.parametrize("cookie", ["__session", SUFFIXED_COOKIE])
async def test_a_session_cookie_signs_in(api: InMemoryApplication, cookie: str) -> None:
    assert await who(api, cookies={cookie: a_token()}) == "user_ann"


async def test_the_bearer_token_takes_precedence_over_cookies(api: InMemoryApplication) -> None:
    api.with_users(a_user(), bob())
    headers = {"Authorization": f"Bearer {a_token()}"}
    cookies = {SUFFIXED_COOKIE: a_token(sub="user_bob"), "__session": BAD}

    assert await who(api, headers=headers, cookies=cookies) == "user_ann"


async def test_the_cookie_with_our_suffix_takes_precedence_over_the_plain_one(
    api: InMemoryApplication,
) -> None:
    api.with_users(a_user(), bob())
    cookies = {"__session": a_token(sub="user_bob"), SUFFIXED_COOKIE: a_token()}

    assert await who(api, cookies=cookies) == "user_ann"


@pytest.mark.parametrize(
    "cookie",
    ["__client", "__session_1Z8AzTQD", "session", "__SESSION", "__session_", "__client_uat"],
)
async def test_the_client_cookie_and_foreign_cookies_never_sign_in(
    api: InMemoryApplication, cookie: str
) -> None:
    assert await who(api, cookies={cookie: a_token()}) == "token_missing"


async def test_a_bad_bearer_token_is_not_rescued_by_a_cookie(api: InMemoryApplication) -> None:
    cookies = {"__session": a_token(), SUFFIXED_COOKIE: a_token()}

    for bearer, code in [
        ("Bearer " + BAD, "token_signature_invalid"),
        ("Bearer", "token_malformed"),
    ]:
        assert await who(api, headers={"Authorization": bearer}, cookies=cookies) == code


async def test_a_bad_cookie_with_our_suffix_is_not_rescued_by_the_plain_one(
    api: InMemoryApplication,
) -> None:
    cookies = {SUFFIXED_COOKIE: BAD, "__session": a_token()}

    assert await who(api, cookies=cookies) == "token_signature_invalid"


@pytest.mark.parametrize("value", ["", "Basic YTpi", "Token x", "Bear"])
async def test_another_scheme_carries_no_token(api: InMemoryApplication, value: str) -> None:
    assert await who(api, headers={"Authorization": value}) == "token_missing"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer   ", "Bearer a b", "bearer null"])
async def test_a_bearer_without_a_token_is_malformed(api: InMemoryApplication, value: str) -> None:
    assert await who(api, headers={"Authorization": value}) == "token_malformed"


async def test_a_token_in_the_url_is_ignored(api: InMemoryApplication) -> None:
    answer = await api("GET", f"/auth/me?token={a_token()}&__session={a_token()}", by=None)

    assert answer.json()["error"] == "token_missing"


async def test_a_cookie_needs_its_authorized_party_and_a_bearer_does_not(
    api: InMemoryApplication,
) -> None:
    partyless = a_token(azp=None)

    assert await who(api, headers={"Authorization": f"Bearer {partyless}"}) == "user_ann"
    assert await who(api, cookies={"__session": partyless}) == "token_party_invalid"


class TestWritingWithACookie:
    async def test_needs_one_of_our_origins(self, api: InMemoryApplication) -> None:
        answer = await api(
            "POST",
            "/portfolios",
            by=None,
            cookies={"__session": a_token()},
            headers={"Origin": PARTY},
            json=BODY,
        )

        assert answer.status_code == 201

    @pytest.mark.parametrize(
        "origin",
        [
            None,
            "",
            "null",
            "https://evil.example.com",
            PARTY + "/",
            PARTY + ".evil.com",
            PARTY.upper(),
        ],
    )
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    async def test_from_elsewhere_is_refused(
        self, api: InMemoryApplication, origin: str | None, method: str
    ) -> None:
        path = "/portfolios" if method == "POST" else f"/portfolios/{ANNS_ID}"
        headers = {} if origin is None else {"Origin": origin}

        answer = await api(
            method, path, by=None, cookies={"__session": a_token()}, headers=headers, json=BODY
        )

        assert (answer.status_code, answer.json()["error"]) == (403, "origin_not_allowed")
        assert api.store.portfolios == {}

    async def test_from_a_cors_origin_is_allowed(self) -> None:
        api = InMemoryApplication(cors_allowed_origins=["https://partner.example.com"])
        api.with_users(a_user(invite_validated=True))

        answer = await api(
            "POST",
            "/portfolios",
            by=None,
            cookies={"__session": a_token()},
            headers={"Origin": "https://partner.example.com"},
            json=BODY,
        )

        assert answer.status_code == 201

    async def test_is_stricter_than_reading_with_one(self, api: InMemoryApplication) -> None:
        cookies = {"__session": a_token()}

        assert await who(api, cookies=cookies, headers={"Origin": "https://evil.com"}) == "user_ann"

    async def test_is_stricter_than_writing_with_a_bearer_token(
        self, api: InMemoryApplication
    ) -> None:
        headers = {"Authorization": f"Bearer {a_token()}", "Origin": "https://any.example.com"}

        answer = await api("POST", "/portfolios", by=None, headers=headers, json=BODY)

        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (a_token(exp=1), "token_expired"),
        (a_token(nbf=2**40), "token_not_active"),
        (a_token(iss="https://evil.example.com"), "token_issuer_invalid"),
        (a_token(aud="other"), "token_audience_invalid"),
        (a_token(azp="https://evil.example.com"), "token_party_invalid"),
        (a_token(sts="pending"), "session_pending"),
        (a_token(head=signing.header(kid="ins_other")), "token_key_unknown"),
        (a_token(head=signing.header(cat="cl_B7d4PD333AAA")), "token_kind_invalid"),
        (BAD, "token_signature_invalid"),
        ("not a token", "token_malformed"),
        ("a" * 9000, "token_malformed"),
    ],
)
async def test_every_reason_to_refuse_a_token_has_its_code(
    api: InMemoryApplication, token: str, code: str
) -> None:
    answer = await api("GET", "/auth/me", by=None, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["error"]) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
