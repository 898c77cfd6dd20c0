"""What log lines never show."""

import logging
from collections.abc import Iterator
from io import StringIO
from typing import Final

import pytest
import structlog

from sigmasight.entrypoints.logs import configure_logging
from tests.unit.entrypoints.environment import Environment

VALUE: Final = "hunter2"


@pytest.fixture(params=["console", "json"])
def lines(
    request: pytest.FixtureRequest, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StringIO]:
    monkeypatch.setattr(logging.root, "handlers", [])
    level, stream = logging.root.level, StringIO()
    configure_logging(environment.load(LOG_FORMAT=request.param), stream)
    yield stream
    structlog.reset_defaults()
    logging.root.setLevel(level)


def break_down(authorization: str) -> None:
    raise RuntimeError(f"{len(authorization)} characters were too many.")


def test_an_unexpected_error_is_logged_with_its_location_and_no_variable_values(
    lines: StringIO,
) -> None:
    for logger in (structlog.get_logger(), logging.getLogger("library")):
        try:
            break_down(VALUE)
        except RuntimeError:
            logger.exception("broken")

    reported = lines.getvalue()
    assert reported.count("in break_down") == 2
    assert reported.count("7 characters were too many.") == 2
    assert VALUE not in reported
