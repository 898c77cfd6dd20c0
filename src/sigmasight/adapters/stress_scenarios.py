"""The stress scenarios of `stress_scenarios.toml`, beside this module."""

import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import Final

import msgspec

from sigmasight.domain.portfolios.analytics.factors import Factor
from sigmasight.domain.portfolios.analytics.stress import Scenario, Scenarios

PERCENT: Final = 100


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    description: str
    category: str
    severity: str
    shocks: dict[str, float]
    """In percent; of `rates`, in percentage points of yield."""
    by_default: bool = True


class StressScenarios(Scenarios):
    """The file's scenarios, read once."""

    def __init__(self) -> None:
        file = resources.files("sigmasight.adapters").joinpath("stress_scenarios.toml")
        entries = msgspec.convert(tomllib.loads(file.read_text())["scenario"], list[_Entry])
        self._all = [_scenario(each) for each in entries]

    @property
    def all(self) -> Sequence[Scenario]:
        return self._all


def _scenario(entry: _Entry) -> Scenario:
    return Scenario(
        id=entry.id,
        name=entry.name,
        description=entry.description,
        category=entry.category,
        severity=entry.severity,
        shocks={Factor[name.upper()]: shock / PERCENT for name, shock in entry.shocks.items()},
        by_default=entry.by_default,
    )
