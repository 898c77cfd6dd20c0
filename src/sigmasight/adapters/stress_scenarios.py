"""Stress scenarios from a file: `stress_scenarios.toml` beside this module, or another one."""

import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
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


class _File(msgspec.Struct, forbid_unknown_fields=True):
    scenario: list[_Entry]


class StressScenarios(Scenarios):
    """A file's scenarios, read once; by default those of the package."""

    def __init__(self, file: Path | None = None) -> None:
        """Raise ValueError, with a sentence, if the file cannot be read or is not valid."""
        source = file or resources.files("sigmasight.adapters").joinpath("stress_scenarios.toml")
        try:
            entries = msgspec.convert(tomllib.loads(source.read_text()), _File).scenario
            self._all = [_scenario(each) for each in entries]
        except (OSError, ValueError, msgspec.ValidationError) as error:
            raise ValueError(f"{source}: {error}") from error
        if len({each.id for each in entries}) < len(entries):
            raise ValueError(f"{source}: an id occurs twice")

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
        shocks={_factor(name): shock / PERCENT for name, shock in entry.shocks.items()},
        by_default=entry.by_default,
    )


def _factor(name: str) -> Factor:
    try:
        return Factor[name.upper()]
    except KeyError:
        known = ", ".join(each.name.lower() for each in Factor)
        raise ValueError(f"there is no factor {name!r}, only {known}") from None
