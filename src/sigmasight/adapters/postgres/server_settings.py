"""The servers' settings in Postgres."""

from datetime import datetime
from typing import Any, Final

import msgspec
from advanced_alchemy.base import DefaultBase
from sqlalchemy import String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.domain.access.recorded_settings import EntitlementSettings, RecordedSettings


class ServerSettingRow(DefaultBase):
    __tablename__ = "server_settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    recorded_at: Mapped[datetime] = mapped_column(INSTANT)


PUT: Final = """
INSERT INTO server_settings (name, value, recorded_at)
SELECT key, value, $2 FROM jsonb_each($1::jsonb) ORDER BY key
ON CONFLICT (name) DO UPDATE SET value = excluded.value, recorded_at = excluded.recorded_at
"""
READ: Final = "SELECT name, value::text AS value FROM server_settings"


class PostgresRecordedSettings(RecordedSettings):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, settings: EntitlementSettings, at: datetime) -> None:
        values = msgspec.json.encode(settings).decode()
        await (await raw_connection(self._session)).execute(PUT, values, at)

    async def read(self) -> EntitlementSettings:
        rows = await (await raw_connection(self._session)).fetch(READ)
        return EntitlementSettings({row["name"]: msgspec.json.decode(row["value"]) for row in rows})
