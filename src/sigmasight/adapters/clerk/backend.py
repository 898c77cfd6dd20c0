"""Clerk's Backend API (https://clerk.com/docs/reference/backend-api)."""

import logging
from typing import Final
from urllib.parse import quote

import httpx
import msgspec

from sigmasight.adapters.clerk.instants import instant
from sigmasight.adapters.clerk.users import ClerkUser
from sigmasight.domain.identity.directory import Directory
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.identity.users import AccountInactiveError, Profile
from sigmasight.domain.kernel import ClerkUserId

API_VERSION: Final = "2026-05-12"

logger = logging.getLogger(__name__)


class _DatedUser(ClerkUser):
    updated_at: float = 0


class ClerkDirectory(Directory):
    """Users as Clerk has them now; without a secret key, nothing is asked."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret_key: str | None) -> None:
        self._client = client
        self._url = url
        self._secret_key = secret_key

    async def profile(self, account: ClerkUserId) -> Profile | None:
        if self._secret_key is None:
            return None
        try:
            answer = await self._client.get(
                httpx.URL(f"{self._url}/users/{quote(account, safe='')}"),
                headers={
                    "Authorization": f"Bearer {self._secret_key}",
                    "Clerk-API-Version": API_VERSION,
                },
            )
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise AccountInactiveError
            answer.raise_for_status()
            user = msgspec.json.decode(answer.content, type=_DatedUser)
            return user.profile(instant(user.updated_at))
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("Clerk's Backend API did not tell of a user: %r", error)
            raise IdentityProviderUnavailableError from error
