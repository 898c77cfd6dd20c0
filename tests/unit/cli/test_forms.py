"""Which forms of output every command has."""

import ast
from pathlib import Path

import pytest

from sigmasight.entrypoints import cli
from tests.unit.cli.commands import OWN

FOLDER = Path(cli.__file__).parent
MODULES = [path for path in FOLDER.glob("*.py") if path.name != "__init__.py"]
PRINTING = {"echo", "print", "secho"}


@pytest.mark.parametrize("path", OWN)
def test_every_command_prints_json_and_json_lines_on_request(path: str) -> None:
    options = {option for parameter in OWN[path].params for option in parameter.opts}

    assert {"--json", "--json-lines"} <= options


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_command_writes_to_standard_output_by_itself(module: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]

    assert [ast.unparse(call) for call in calls if _prints(call)] == []


def _prints(call: ast.Call) -> bool:
    """Return whether a call writes, or may write, to standard output."""
    name = ast.unparse(call.func).rpartition(".")[2]
    if name not in {*PRINTING, "Console"}:
        return False
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return given.get("stderr" if name == "Console" else "err") != "True"
