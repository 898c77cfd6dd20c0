"""Every reason to refuse a token has its remedy."""

import pytest

from sigmasight.adapters.clerk.session_tokens import TokenRules
from sigmasight.adapters.diagnosis.session_token import TokenAccepted
from sigmasight.domain.diagnosis import Finding, Verdict
from tests.support.builders import signing
from tests.support.builders.session_tokens import ATTACKERS_KEY, NOW, PARTY, a_token, verifier

RULES = TokenRules(signing.ISSUER, "sigmasight.io", frozenset({PARTY}))


async def examined(token: str) -> Finding:
    return await TokenAccepted(token, verifier(rules=RULES), RULES).run()


async def test_a_whole_token_is_accepted() -> None:
    assert (await examined(a_token(email_verified=True))).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("token", "detail", "remedy"),
    [
        (a_token(email=None), "email", "primary_email_address"),
        (a_token(email_verified=False), "email_verified", "verified in Clerk"),
        (a_token(azp=None, email_verified=True), "azp", "browser"),
        (a_token(azp="https://evil.example.com"), "evil.example.com", "CLERK_AUTHORIZED_PARTIES"),
        (a_token(iss="https://other.example.com"), "other.example.com", "CLERK_DOMAIN"),
        (a_token(aud="other"), "'other', not 'sigmasight.io'", "CLERK_AUDIENCE"),
        (a_token(exp=NOW + 86_401), "CLERK_MAX_TOKEN_AGE", "Lower"),
        (a_token(exp=NOW - 60), "expired", "Fetch a new one"),
        (a_token(nbf=NOW + 60), "not valid yet", "clock"),
        (a_token(sts="pending"), "pending task", "Finish"),
        (a_token(key=ATTACKERS_KEY), "not signed by", "CLERK_DOMAIN"),
        (a_token(head=signing.header(kid="other")), "a key", "CLERK_DOMAIN"),
        (a_token(head=signing.header(cat="machine")), "not a session token", "machine"),
        ("pasted wrongly", "not a signed JWT", "three parts"),
    ],
)
async def test_each_fault_is_named(token: str, detail: str, remedy: str) -> None:
    finding = await examined(token)

    assert finding.verdict is Verdict.FAILED
    assert detail in finding.detail
    assert remedy in finding.remedy


async def test_every_fault_of_the_claims_is_named_at_once() -> None:
    finding = await examined(a_token(email=None, azp=None))

    assert all(name in finding.detail for name in ("email", "email_verified", "azp"))
