"""Password accounts in Postgres, and the networks their users sign in from."""

from datetime import datetime
from typing import Final
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKey, String, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.identity import PostgresUsers, UserRow
from sigmasight.adapters.postgres.repository import EntityRepository
from sigmasight.adapters.postgres.user_directory import with_address
from sigmasight.domain.access.attempts import ClientNetwork
from sigmasight.domain.identity.password_login import (
    MAX_NETWORKS,
    KnownNetworks,
    PasswordAccount,
    PasswordAccounts,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import UserId


class PasswordAccountRepository(EntityRepository[UserRow, PasswordAccount]):
    model_type = UserRow
    entity_type = PasswordAccount


class PostgresPasswordAccounts(PasswordAccounts):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._accounts = PasswordAccountRepository(session)

    async def with_email(self, email: str) -> PasswordAccount | None:
        return await self._accounts.find(*with_address(email))

    async def add(self, user: User, hashed_password: str) -> None:
        await PostgresUsers(self._session).put(user)
        await self._accounts.change(UserRow.id == user.id, hashed_password=hashed_password)

    async def rehash(self, user: UserId, known: str, better: str) -> None:
        await self._accounts.change(
            UserRow.id == user,
            UserRow.hashed_password == known,
            hashed_password=better,
            updated_at=func.now(),
        )


class KnownNetworkRow(DefaultBase):
    __tablename__ = "known_networks"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    network: Mapped[str] = mapped_column(String(50), primary_key=True)
    last_at: Mapped[datetime] = mapped_column(INSTANT)


INCLUDES: Final = """
SELECT EXISTS (
    SELECT 1 FROM users JOIN known_networks ON user_id = id
    WHERE lower(email) = lower($1) AND deleted_at IS NULL AND network = $2
)
"""
ADD: Final = """
INSERT INTO known_networks AS known (user_id, network, last_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id, network) DO UPDATE SET last_at = GREATEST(known.last_at, excluded.last_at)
"""
KEEP_LATEST: Final = """
DELETE FROM known_networks WHERE user_id = $1 AND network IN (
    SELECT network FROM known_networks WHERE user_id = $1
    ORDER BY last_at DESC, network OFFSET $2
)
"""


class PostgresKnownNetworks(KnownNetworks):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def includes(self, email: str, network: ClientNetwork) -> bool:
        driver = await raw_connection(self._session)
        return bool(await driver.fetchval(INCLUDES, email, network))

    async def add(self, user: UserId, network: ClientNetwork, at: datetime) -> None:
        driver = await raw_connection(self._session)
        await driver.execute(ADD, user, network, at)
        await driver.execute(KEEP_LATEST, user, MAX_NETWORKS)
