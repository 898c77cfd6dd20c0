"""The file of stress scenarios is read when the server starts, not at the first request."""

from pathlib import Path

import pytest

from sigmasight.entrypoints.composition import build_container
from sigmasight.setting_errors import SettingsError
from sigmasight.settings import Settings


def test_a_file_that_is_not_valid_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_text('[[scenario]]\nid = "a"')
    settings = Settings(stress_scenarios_file=file)

    with pytest.raises(SettingsError, match=r"^STRESS_SCENARIOS_FILE is not valid: .*name"):
        build_container(settings)
