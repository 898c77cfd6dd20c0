"""HEAD wherever there is GET, and every method of a path in `Allow`."""

import re
from collections import defaultdict

import pytest

from tests.support.builders.users import ANNS_ID
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.test_routes import CONTRACT

PREFIX = "/api/v1"


def concrete(path: str) -> str:
    """Return the path with something for each parameter."""
    path = re.sub(r"\{\w+:uuid\}", str(ANNS_ID), path)
    return re.sub(r"\{\w+:str\}", "AAPL", path).removeprefix(PREFIX)


def methods_by_path() -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for method, path in CONTRACT:
        if path.startswith(PREFIX):
            found[concrete(path)].add(method)
    for methods in found.values():
        methods.add("OPTIONS")
        if "GET" in methods:
            methods.add("HEAD")
    return found


METHODS = methods_by_path()


@pytest.mark.parametrize("path", METHODS)
async def test_options_and_405_name_every_method_of_the_path(
    api: InMemoryApplication, path: str
) -> None:
    options = await api("OPTIONS", path, by=None)
    refused = await api("TRACE", path, by=None)

    assert set(options.headers["Allow"].split(", ")) == METHODS[path]
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == METHODS[path]


@pytest.mark.parametrize("path", [path for path in METHODS if "GET" in METHODS[path]])
async def test_head_answers_as_get_does_without_a_body(api: InMemoryApplication, path: str) -> None:
    got, head = await api("GET", path), await api("HEAD", path)

    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
