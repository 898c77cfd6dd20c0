"""What log lines never show."""

import logging
from collections.abc import Iterator
from io import StringIO
from typing import Final

import asyncpg
import pytest
import structlog
from sqlalchemy.exc import IntegrityError

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


def test_the_values_that_postgres_adds_to_an_error_are_not_logged(lines: StringIO) -> None:
    refusal = asyncpg.CheckViolationError("The row violates a rule.")
    refusal.detail, refusal.hint = f"Failing row contains (1, {VALUE},\n2).", "Do better."

    for logger in (structlog.get_logger(), logging.getLogger("library")):
        try:
            try:
                raise refusal
            except asyncpg.CheckViolationError as error:
                statement = IntegrityError("UPDATE users", {}, error, hide_parameters=True)
                raise statement from error
        except IntegrityError:
            logger.exception(f"broken: {statement!r}")  # noqa: G004

    reported = lines.getvalue()
    assert reported.count("The row violates a rule.") == 6
    assert reported.count("Do better.") == 6
    assert reported.count("[SQL: UPDATE users]") == 2
    assert VALUE not in reported


def test_a_value_that_the_driver_cannot_send_is_not_logged(lines: StringIO) -> None:
    refusal = asyncpg.DataError(f"invalid input for query argument $2: '{VALUE}' (not a number)")

    structlog.get_logger().error("broken", exc_info=refusal, cause=repr(refusal))

    assert lines.getvalue().count("invalid input for query argument $2") == 2
    assert VALUE not in lines.getvalue()
