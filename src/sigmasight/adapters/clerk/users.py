"""Clerk's users: one at a time for requests, all of them for operators."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from sigmasight.adapters.clerk.client import (
    BATCH,
    INTERACTIVE,
    ClerkClient,
    ClerkRequest,
    build_path,
    refusal_message,
    translate_decode_errors,
)
from sigmasight.adapters.clerk.schemas import ClerkUser, instant
from sigmasight.domain.identity.identity_provider import (
    AccountCreationRefusedError,
    AccountDirectory,
    IdentityProvider,
    NewAccount,
    ProviderAccount,
)
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.identity.users import AccountInactiveError, Profile
from sigmasight.domain.kernel import ClerkUserId

PAGE: Final = 500
CHUNK: Final = 100
"""As many ids or addresses Clerk takes in one request."""
HASHERS: Final[Mapping[str, str]] = {
    "$argon2id$": "argon2id",
    "$argon2i$": "argon2i",
    "$2a$": "bcrypt",
    "$2b$": "bcrypt",
    "$2y$": "bcrypt",
}
"""Clerk's names of the kinds of password hash we may have, by how one begins."""
REFUSAL_STATUSES: Final[Collection[int]] = frozenset(range(400, 500)) - {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""403 too: so a full instance refuses to create an account (`user_quota_exceeded`)."""


class _RegisteredUser(ClerkUser):
    external_id: str | None = None
    updated_at: float = 0

    def profile_at(self, now: datetime) -> Profile:
        return self.profile(instant(self.updated_at), now)

    def entry(self, now: datetime) -> ProviderAccount:
        return ProviderAccount(ClerkUserId(self.id), self.profile_at(now), self.external_id)

    def has(self, email: str) -> bool:
        return any(
            (address.email_address or "").lower() == email.lower()
            for address in self.email_addresses
        )


class _Count(msgspec.Struct):
    total_count: int


class ClerkIdentityProvider(IdentityProvider):
    """Users as Clerk has them now; without a secret key, there are none."""

    def __init__(self, client: ClerkClient) -> None:
        self._client = client

    async def profile(self, account: ClerkUserId) -> Profile | None:
        if not self._client.has_key:
            return None
        request = ClerkRequest(
            "GET",
            build_path("users", account),
            INTERACTIVE,
            expected_statuses=[HTTPStatus.NOT_FOUND],
        )
        answer = await self._client.send(request)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise AccountInactiveError
        with translate_decode_errors():
            return msgspec.json.decode(answer.content, type=_RegisteredUser).profile_at(
                self._client.now
            )


class ClerkAccountDirectory(AccountDirectory):
    def __init__(self, client: ClerkClient) -> None:
        self._client = client

    async def count(self) -> int:
        answer = await self._client.send(ClerkRequest("GET", build_path("users", "count"), BATCH))
        with translate_decode_errors():
            return msgspec.json.decode(answer.content, type=_Count).total_count

    async def pages(
        self, after: ClerkUserId | None = None
    ) -> AsyncIterator[Sequence[ProviderAccount]]:
        seen = {after}
        while True:
            query = [("limit", str(PAGE)), ("order_by", "+created_at")]
            if after is not None:
                query.append(("starting_after", after))
            users = await self._users(query)
            with translate_decode_errors():
                fresh = [user.entry(self._client.now) for user in users if user.id not in seen]
            if fresh:
                yield fresh
            if len(users) < PAGE:
                return
            if not fresh:
                raise IdentityProviderUnavailableError(
                    "The identity provider repeats the same page of its register."
                )
            seen.update(entry.account for entry in fresh)
            after = ClerkUserId(users[-1].id)

    async def existing(self, accounts: Sequence[ClerkUserId]) -> frozenset[ClerkUserId]:
        known: set[ClerkUserId] = set()
        for start in range(0, len(accounts), CHUNK):
            chunk = accounts[start : start + CHUNK]
            query = [("limit", str(CHUNK)), *(("user_id[]", account) for account in chunk)]
            known.update(ClerkUserId(user.id) for user in await self._users(query))
        return frozenset(accounts) & known

    async def with_email(self, email: str) -> Sequence[ProviderAccount]:
        users = await self._users([("limit", str(CHUNK)), ("email_address[]", email)])
        with translate_decode_errors():
            return [user.entry(self._client.now) for user in users if user.has(email)]

    async def create_account(self, newcomer: NewAccount) -> ProviderAccount:
        request = ClerkRequest(
            "POST",
            build_path("users"),
            BATCH,
            body=_enrolment(newcomer),
            idempotent=False,
            expected_statuses=REFUSAL_STATUSES,
        )
        answer = await self._client.send(request)
        if answer.is_error:
            raise AccountCreationRefusedError(refusal_message(answer))
        with translate_decode_errors():
            return msgspec.json.decode(answer.content, type=_RegisteredUser).entry(self._client.now)

    async def _users(self, query: Sequence[tuple[str, str]]) -> list[_RegisteredUser]:
        answer = await self._client.send(
            ClerkRequest("GET", build_path("users"), BATCH, query=query)
        )
        with translate_decode_errors():
            return msgspec.json.decode(answer.content, type=list[_RegisteredUser])


def _enrolment(newcomer: NewAccount) -> dict[str, Any]:
    first_name, _, last_name = " ".join((newcomer.full_name or "").split()).partition(" ")
    body: dict[str, Any] = {
        "email_address": [newcomer.email],
        "external_id": str(newcomer.id),
        **_password(newcomer.hashed_password or ""),
    }
    if first_name:
        body["first_name"] = first_name
    if last_name:
        body["last_name"] = last_name
    return body


def _password(digest: str) -> dict[str, Any]:
    """Pass a password on as its hash; a user without a hash Clerk accepts resets it by email."""
    for beginning, hasher in HASHERS.items():
        if digest.startswith(beginning):
            return {"password_digest": digest, "password_hasher": hasher}
    return {"skip_password_requirement": True}
