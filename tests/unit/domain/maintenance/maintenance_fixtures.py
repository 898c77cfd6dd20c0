"""Fixtures of the tests of maintenance."""

import pytest

from sigmasight.domain.maintenance import use_cases
from sigmasight.domain.maintenance.model import (
    MaintenanceTask,
)
from tests.unit.domain.maintenance.maintenance_workspace import (
    MaintenanceWorkspace,
)

__all__ = ["small_pages", "workspace"]


CLEAR = MaintenanceTask.CLEAR_CALCULATIONS

RUN = MaintenanceTask.RUN_BATCH

ALL = MaintenanceTask.FIX_ALL


@pytest.fixture
def workspace() -> MaintenanceWorkspace:
    return MaintenanceWorkspace()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_cases, "PAGE", 2)
