"""What a worker logs about an outage."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sigmasight.domain.health import MigrationsPendingError
from sigmasight.domain.kernel import DatabaseReadOnlyError, DatabaseUnavailableError
from sigmasight.entrypoints.outage_log import OutageLog
from tests.support.fakes.timer import FakeTimer


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as logs:
        yield logs


def unavailable(cause: Exception) -> DatabaseUnavailableError:
    error = DatabaseUnavailableError()
    error.__cause__ = cause
    return error


def test_an_outage_is_logged_once_and_again_every_30_seconds(logs: list[EventDict]) -> None:
    timer = FakeTimer()
    outage = OutageLog(timer)

    counts = []
    for seconds in (0, 10, 19, 1, 29, 1):
        timer.advance(seconds)
        outage.failed(DatabaseUnavailableError())
        counts.append(len(logs))

    assert counts == [1, 1, 1, 2, 2, 3]


def test_the_line_has_the_cause_and_the_remedy(logs: list[EventDict]) -> None:
    outage = OutageLog(FakeTimer())

    outage.failed(unavailable(ConnectionRefusedError("Connect call failed\n('db', 5432)")))

    [line] = logs
    assert line["error"] == "ConnectionRefusedError: Connect call failed ('db', 5432)"
    assert "DATABASE_URL" in line["remedy"]


def test_a_cause_without_a_text_is_named_by_its_type(logs: list[EventDict]) -> None:
    OutageLog(FakeTimer()).failed(unavailable(TimeoutError()))

    assert logs[0]["error"] == "TimeoutError"


def test_an_outage_of_another_kind_is_logged_at_once(logs: list[EventDict]) -> None:
    outage = OutageLog(FakeTimer())

    outage.failed(DatabaseUnavailableError())
    outage.failed(MigrationsPendingError())

    assert [line["remedy"] for line in logs][1] == "Run: sigmasight database upgrade."


def test_a_database_that_only_reads_has_a_line_of_its_own(logs: list[EventDict]) -> None:
    OutageLog(FakeTimer()).failed(DatabaseReadOnlyError())

    assert "only reads" in logs[0]["error"]


def test_the_end_is_logged_once_and_only_after_an_outage(logs: list[EventDict]) -> None:
    outage = OutageLog(FakeTimer())

    outage.ended()
    outage.failed(DatabaseUnavailableError())
    outage.ended()
    outage.ended()
    outage.failed(DatabaseUnavailableError())

    assert [line["event"] for line in logs] == ["worker waits", "worker resumed", "worker waits"]
