"""Traces of a real server, as a collector receives them."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sigmasight.entrypoints.http.tracing import MISSING, Tracing
from sigmasight.setting_errors import SettingsError
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import Person
from tests.support.servers.api_client import bearer
from tests.support.servers.api_servers import running

UNTRACED: Final = """
import sys, sigmasight.entrypoints.server
sys.exit("opentelemetry.sdk" in sys.modules)
"""


class Collector(ThreadingHTTPServer):
    """Receives spans by OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.spans: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_request_is_a_trace_named_by_its_route_with_its_statements(
    dsn: str, rows: Rows, tmp_path: Path
) -> None:
    person = Person("user_traced", "traced@example.com")
    await rows.add_user(person)
    identifier = uuid4()

    with collector() as received:
        with running(1, dsn, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=received.url) as [server]:
            async with httpx.AsyncClient(base_url=server.url) as client:
                token = person.token()
                await client.get(f"/api/v1/portfolios/{identifier}", headers=bearer(token))
        # A server that ends sends what it still has.
        [request] = [
            span for span in received.spans if span.name == "GET /api/v1/portfolios/{portfolio_id}"
        ]
        statements = [span for span in received.spans if span.trace_id == request.trace_id]

    assert any(span.parent_span_id == request.span_id for span in statements)
    assert not [span for span in received.spans if "/health" in span.name]
    assert token not in str(received.spans)


def test_without_an_address_nothing_of_it_is_imported() -> None:
    ended = subprocess.run([sys.executable, "-c", UNTRACED], check=False)  # noqa: S603  ours

    assert ended.returncode == 0
    assert Tracing.from_environment({}) == Tracing()


def test_an_address_without_the_packages_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.instrumentation.asyncpg", None)

    with pytest.raises(SettingsError, match="install requirements/otel") as stopped:
        Tracing.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert str(stopped.value) == MISSING
