"""Secrets that are easy to recognise, in settings and requests, and in the forms they may take."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from tests.support.builders.session_tokens import ATTACKERS_KEY, a_token

WEBHOOK_SECRETS: Final = [
    "whsec_" + b64encode(f"planted webhook secret {n}".encode()).decode() for n in (1, 2)
]
SETTINGS: Final[Mapping[str, str]] = {
    "DATABASE_URL": "postgresql://app:planted-database%2Fpassword@127.0.0.1:1/app",
    "CLERK_SECRET_KEY": "sk_live_planted+clerk/key",
    "CLERK_WEBHOOK_SECRET": ",".join(WEBHOOK_SECRETS),
    "BETA_INVITE_CODE": "planted-invite-code",
    "SECRET_KEY": "planted secret key & thirty-two characters",
    "OPENAI_API_KEY": "sk-planted-model-key",
}
"""Every setting that is a secret."""
CODE: Final = SETTINGS["BETA_INVITE_CODE"]
WRONG_CODE: Final = "miss-planted-invite"
PASSWORD: Final = "planted pass/word+1"  # noqa: S105
WRONG_PASSWORD: Final = "planted wrong/word+1"  # noqa: S105
KEY: Final = "planted-idempotency-key"
FORGED: Final = a_token(key=ATTACKERS_KEY)
"""A session token that is not valid here, and may be so elsewhere."""
ROW: Final = "planted-row-value"
"""What only the database should show."""
SECRETS: Final = (
    *SETTINGS.values(),
    "planted-database%2Fpassword",
    "planted-database/password",
    *(each.removeprefix("whsec_") for each in WEBHOOK_SECRETS),
    "planted webhook secret 1",
    "planted webhook secret 2",
    PASSWORD,
    WRONG_PASSWORD,
    WRONG_CODE,
    KEY,
    FORGED,
    FORGED.rpartition(".")[2],
    ROW,
)


def forms(secret: str) -> Iterator[str]:
    """Yield a secret as it is, URL-encoded, in JSON, and anywhere within base64."""
    yield from {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            encoded = encode(b"\0" * before + secret.encode()).decode().rstrip("=")
            yield encoded[(0, 2, 3)[before] : -1]  # without what its neighbours change


FORMS: Final = {form: secret for secret in SECRETS for form in forms(secret)}


def secrets_in(text: str, forms: Mapping[str, str] = FORMS) -> set[str]:
    return {secret for form, secret in forms.items() if form in text}
