"""The units as systemd reads them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

DEPLOY: Final = Path(__file__).parents[3] / "deploy"
PROGRAM: Final = str(Path(sys.executable).with_name("sigmasight"))
NO_SETTINGS: Final = re.compile(r"^EnvironmentFile.*\n", re.MULTILINE)
LONG: Final = pytest.mark.long("it needs systemd, which `make test-long` installs")


def verify(folder: Path) -> "subprocess.CompletedProcess[str]":
    binary = shutil.which("systemd-analyze")
    assert binary, "Install it: sudo apt-get install systemd"
    units = sorted(path for path in folder.iterdir() if "@." not in path.name)
    return subprocess.run(  # noqa: S603
        [binary, "verify", *units], capture_output=True, text=True, check=False
    )


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A copy of the units that runs this machine's program."""
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace("/opt/sigmasight/bin/sigmasight", PROGRAM)
        (tmp_path / path.name).write_text(NO_SETTINGS.sub("", text))
    template = tmp_path / "sigmasight@.service"
    (tmp_path / "sigmasight@8001.service").write_text(template.read_text())
    return tmp_path


@LONG
def test_systemd_finds_nothing(units: Path) -> None:
    verified = verify(units)

    assert (verified.returncode, verified.stderr) == (0, "")


@LONG
@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Restart=always", "Restrat=always"), ("TimeoutStopSec=60", "TimeoutStopSec=soon")],
)
def test_systemd_finds_a_planted_mistake(units: Path, right: str, wrong: str) -> None:
    unit = units / "sigmasight-worker.service"
    unit.write_text(unit.read_text().replace(right, wrong))

    assert verify(units).stderr
