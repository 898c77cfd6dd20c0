"""HAProxy and the units of systemd: they agree with each other and with the program."""

import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from tests.unit.deployment.references import DEPLOY, open_paths, parse_command, unknown_settings

HAPROXY: Final = (DEPLOY / "haproxy" / "haproxy.cfg").read_text()
UNITS: Final = sorted((DEPLOY / "systemd").glob("*.service"))
API: Final = (DEPLOY / "systemd" / "sigmasight@.service").read_text()


def setting_of(text: str, name: str) -> str:
    [value] = re.findall(rf"\b{name}=(\S+)", text)
    return str(value)


def test_haproxy_asks_for_a_path_that_answers() -> None:
    [path] = re.findall(r"send meth GET uri (\S+)", HAPROXY)

    assert path == "/health/ready"
    assert path in open_paths()


def test_the_drain_is_longer_than_haproxy_takes_to_notice() -> None:
    [every] = re.findall(r"inter (\d+)s fastinter 500ms fall 1", HAPROXY)

    assert float(setting_of(API, "DRAIN_SECONDS")) > 2 * int(every)


def test_haproxys_servers_are_on_ports_of_this_host() -> None:
    ports = re.findall(r"^ +server \w+ 127\.0\.0\.1:(\d+)$", HAPROXY, re.MULTILINE)

    assert ports == ["8001", "8002"]
    assert all(f"sigmasight@{port}" in API for port in ports)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_each_unit_runs_a_command_that_the_program_has(unit: Path) -> None:
    [found] = re.findall(r"/opt/sigmasight/bin/sigmasight (.+?)'?$", unit.read_text(), re.MULTILINE)

    parse_command(shlex.split(found.replace("%i", "8001")))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_the_variables_of_each_unit_are_settings(unit: Path) -> None:
    given = " ".join(re.findall(r"^Environment=(.*)$", unit.read_text(), re.MULTILINE))

    assert unknown_settings(re.findall(r"([A-Z_]+)=", given)) == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_each_unit_runs_without_root_and_cannot_write(unit: Path) -> None:
    lines = unit.read_text().splitlines()

    assert {"DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes"} <= set(lines)


def test_a_server_has_the_time_to_drain_and_only_its_parent_gets_the_signal() -> None:
    assert int(setting_of(API, "TimeoutStopSec")) > 2 * float(setting_of(API, "DRAIN_SECONDS"))
    assert setting_of(API, "KillMode") == "mixed"
    assert setting_of(API, "SuccessExitStatus") == "143"


def test_the_timer_belongs_to_a_unit() -> None:
    [timer] = (DEPLOY / "systemd").glob("*.timer")

    assert timer.with_suffix(".service") in UNITS
