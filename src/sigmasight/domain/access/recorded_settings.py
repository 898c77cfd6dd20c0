"""The settings that decide entitlements: those of the servers, and those of a command."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType, Protocol

from sigmasight.domain.kernel import Clock, Transaction, atomic

EntitlementSettings = NewType("EntitlementSettings", Mapping[str, Any])
"""The settings' values by their names, as JSON has them."""


class RecordedSettings(Protocol):
    """The settings of the server that started last."""

    @abstractmethod
    async def put(self, settings: EntitlementSettings, at: datetime) -> None:
        """Store the settings in place of earlier ones."""

    @abstractmethod
    async def read(self) -> EntitlementSettings:
        """Return the settings; none before the first server has started."""


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """A setting whose value here is not the servers'."""

    name: str
    here: Any
    servers: Any


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """Record a starting server's settings."""

    settings: EntitlementSettings
    recorded: RecordedSettings
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(self) -> None:
        await self.recorded.put(self.settings, self.clock.now())


@dataclass(frozen=True, slots=True)
class CompareSettings:
    """Compare a command's settings with the servers'."""

    settings: EntitlementSettings
    recorded: RecordedSettings
    transaction: Transaction

    @atomic
    async def __call__(self) -> Sequence[SettingDifference]:
        servers = await self.recorded.read()
        return [
            SettingDifference(name, here, servers[name])
            for name, here in self.settings.items()
            if name in servers and servers[name] != here
        ]
