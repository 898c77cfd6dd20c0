"""`compose.yaml`: valid, hardened, and naming only what the program has."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.deployment.references import PORT, ROOT, documents, parse_command, unknown_settings

FILE: Final = ROOT / "compose.yaml"
SERVICES: Final[dict[str, Any]] = documents(FILE)[0]["services"]
OURS: Final = ["migrate", "api", "worker"]


def validate(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_matches_the_specification() -> None:
    validated = validate(FILE)

    assert validated.returncode == 0, validated.stdout


@pytest.mark.parametrize(
    ("right", "wrong"), [("    image:", "    imag:"), ("stop_grace_period: 60s", "retries: 3")]
)
def test_a_planted_mistake_is_found(tmp_path: Path, right: str, wrong: str) -> None:
    planted = tmp_path / "compose.yaml"
    planted.write_text(FILE.read_text().replace(right, wrong, 1))

    assert validate(planted).returncode


def test_it_has_the_api_a_worker_postgres_and_pgbouncer_after_the_migration() -> None:
    assert set(SERVICES) == {"postgres", "pgbouncer", *OURS}
    for name in ("api", "worker"):
        needs = SERVICES[name]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", OURS)
def test_each_command_is_one_that_the_program_has(name: str) -> None:
    given = parse_command(SERVICES[name]["command"])

    assert given.get("port") in {None, PORT}


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_a_setting(name: str) -> None:
    assert unknown_settings(SERVICES[name]["environment"]) == []


@pytest.mark.parametrize("name", [*OURS, "pgbouncer"])
def test_each_program_has_a_root_that_cannot_be_written_and_no_capability(name: str) -> None:
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_requests_go_through_the_pooler_and_the_migration_does_not() -> None:
    addresses = {name: SERVICES[name]["environment"]["DATABASE_URL"] for name in OURS}
    ini = (ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini").read_text()

    assert "@postgres:5432/" in addresses["migrate"]
    assert all("@pgbouncer:6432/" in addresses[name] for name in ("api", "worker"))
    assert "listen_port = 6432" in ini
    assert "host=postgres port=5432 dbname=sigmasight" in ini


def test_only_the_api_can_be_reached_and_only_from_this_host() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert ports == {"api": [f"127.0.0.1:{PORT}:{PORT}"]}


def test_what_is_pulled_comes_from_docker_hub_at_a_named_release() -> None:
    pulled = [each["image"] for each in SERVICES.values() if "build" not in each]

    assert [image for image in pulled if not re.fullmatch(r"[a-z]+:\d+[a-z-]*", image)] == []


def test_every_value_that_is_asked_for_is_explained() -> None:
    asked = set(re.findall(r"\$\{(\w+)", FILE.read_text()))

    assert asked == {"POSTGRES_PASSWORD"}
    assert "POSTGRES_PASSWORD" in (ROOT / "docs" / "deployment.md").read_text()


def test_no_service_ends_before_its_drain_has() -> None:
    api = SERVICES["api"]

    assert int(api["stop_grace_period"].rstrip("s")) > 2 * int(api["environment"]["DRAIN_SECONDS"])
