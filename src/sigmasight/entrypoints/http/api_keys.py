"""The caller's API keys, over HTTP."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.identity.api_key_management import CreateApiKey, ManageApiKeys
from sigmasight.domain.identity.api_keys import (
    ApiKeyId,
    ApiKeyLimitReachedError,
    ApiKeyNotFoundError,
    KeyScope,
)
from sigmasight.domain.identity.sessions import AnySession, impersonator_of
from sigmasight.domain.identity.users import User
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.requests import Title
from sigmasight.entrypoints.http.route_handlers import delete, get, post
from sigmasight.entrypoints.http.schemas import build_view

MAX_DAYS: Final = 3650

Name = Annotated[Title, msgspec.Meta(min_length=1, max_length=100)]
Days = Annotated[int, msgspec.Meta(ge=1, le=MAX_DAYS)]


class CreateApiKeyBody(msgspec.Struct, frozen=True):
    name: Name
    scope: KeyScope = KeyScope.READ
    expires_in_days: Days | None = None
    """Without it, the key is valid until it is revoked."""


class ApiKeyView(msgspec.Struct, frozen=True):
    """A key, of which only the beginning is known; `last_used_at` is exact to a minute or so."""

    id: UUID
    name: str
    scope: KeyScope
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKeyView(ApiKeyView, frozen=True):
    """A new key with its text, which is never shown again."""

    key: str


class ApiKeysView(msgspec.Struct, frozen=True):
    api_keys: list[ApiKeyView]


class RevokedApiKeyView(msgspec.Struct, frozen=True):
    success: bool
    message: str


class ApiKeyController(Controller):
    path = "/auth/api-keys"
    tags = ["Identity"]

    @get("/", Access.SIGNED_IN)
    async def list_api_keys(
        self, user: FromDishka[User], keys: FromDishka[ManageApiKeys]
    ) -> ApiKeysView:
        """List the caller's API keys, newest first."""
        return ApiKeysView([build_view(ApiKeyView, key) for key in await keys.list(user.id)])

    @post("/", Access.SIGNED_IN, ApiKeyLimitReachedError)
    async def create_api_key(
        self,
        data: JSONBody[CreateApiKeyBody],
        user: FromDishka[User],
        session: FromDishka[AnySession],
        create: FromDishka[CreateApiKey],
    ) -> NewApiKeyView:
        """Create an API key, one of at most twenty. Only this response has its text.

        A tool of the user's sends it as `Authorization: Bearer ss_live_…`. The scope `read` permits
        GET and HEAD. No key manages keys, signs out, enters an invite code, or is an operator's.
        """
        days = data.expires_in_days
        created = await create(
            data.name,
            data.scope,
            by=user.id,
            lifetime=None if days is None else timedelta(days=days),
            impersonator=impersonator_of(session),
        )
        return build_view(NewApiKeyView, created.key, key=created.text)

    @delete("/{key_id:uuid}", Access.SIGNED_IN, ApiKeyNotFoundError, status_code=HTTP_200_OK)
    async def revoke_api_key(
        self, key_id: FromPath[UUID], user: FromDishka[User], keys: FromDishka[ManageApiKeys]
    ) -> RevokedApiKeyView:
        """Revoke an API key: it is refused from the next request on."""
        await keys.revoke(user.id, ApiKeyId(key_id))
        return RevokedApiKeyView(success=True, message="The API key is revoked.")
