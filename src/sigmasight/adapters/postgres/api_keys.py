"""API keys in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.domain.identity.api_keys import ApiKey, ApiKeyId, ApiKeys, Uses
from sigmasight.domain.kernel import UserId

PUT_USES: Final = """
UPDATE api_keys SET last_used_at = used.at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS used (user_id, id, at)
WHERE api_keys.user_id = used.user_id AND api_keys.id = used.id
    AND (last_used_at IS NULL OR last_used_at < used.at)
"""


class ApiKeyRow(DefaultBase):
    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("user_id", "digest", name="uq_api_keys_digest"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(String(10))
    prefix: Mapped[str] = mapped_column(String(20))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the key's text."""
    created_at: Mapped[datetime] = mapped_column(INSTANT)
    expires_at: Mapped[datetime | None] = mapped_column(INSTANT)
    last_used_at: Mapped[datetime | None] = mapped_column(INSTANT)


class ApiKeyRepository(EntityRepository[ApiKeyRow, ApiKey]):
    model_type = ApiKeyRow
    entity_type = ApiKey
    ordering: ClassVar[Ordering] = [(ApiKeyRow.created_at, True), (ApiKeyRow.id, False)]


class PostgresApiKeys(ApiKeys):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._keys = ApiKeyRepository(session)

    async def list(self, user: UserId) -> Sequence[ApiKey]:
        return await self._keys.find_all(ApiKeyRow.user_id == user)

    async def add(self, key: ApiKey) -> None:
        await self._keys.put(key)

    async def remove(self, user: UserId, key: ApiKeyId) -> ApiKey | None:
        one = ApiKeyRow.user_id == user, ApiKeyRow.id == key
        found = await self._keys.find(*one)
        return found if await self._keys.remove(*one) else None

    async def remove_all(self, user: UserId) -> int:
        return await self._keys.remove(ApiKeyRow.user_id == user)

    async def put_uses(self, uses: Uses) -> None:
        users, ids = [user for user, _ in uses], [key for _, key in uses]
        connection = await raw_connection(self._session)
        await connection.execute(PUT_USES, users, ids, list(uses.values()))
