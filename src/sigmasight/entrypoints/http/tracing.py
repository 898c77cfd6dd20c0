"""Traces by OpenTelemetry, if OTEL_EXPORTER_OTLP_ENDPOINT says where they go.

The packages are imported only then: they cost each process time and memory. The SDK reads its
other settings, all `OTEL_…`, from the environment, too.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from litestar.plugins import InitPlugin
from litestar.types import BeforeMessageSendHookHandler, LifespanHook

from sigmasight.entrypoints.http.request_logging import route_of
from sigmasight.setting_errors import SettingsError

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
UNTRACED: Final = ["^/health", "^/metrics"]
MISSING: Final = (
    f"{ENDPOINT} is set, but the packages for traces are not installed:"
    " install requirements/otel.txt, or unset it."
)


@dataclass(frozen=True)
class Tracing:
    """What an application needs to trace its requests; nothing by default."""

    plugins: Sequence[InitPlugin] = ()
    before_send: list[BeforeMessageSendHookHandler] = field(default_factory=list)
    on_shutdown: list[LifespanHook] = field(default_factory=list)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Tracing":
        """Trace requests, statements of asyncpg and requests of httpx; raise SettingsError."""
        if not environment.get(ENDPOINT):
            return cls()
        try:
            return _traced()
        except ImportError as error:
            raise SettingsError([MISSING]) from error


def _traced() -> Tracing:
    from litestar.plugins.opentelemetry import (  # noqa: PLC0415
        OpenTelemetryConfig,
        OpenTelemetryPlugin,
    )
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME", "sigmasight")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    config = OpenTelemetryConfig(
        tracer_provider=provider, exclude=UNTRACED, exclude_spans=["receive", "send"]
    )

    async def name_span(message: Any, scope: Any) -> None:
        """Name a request's span by its route, which is unknown when the span begins."""
        if message["type"] == "http.response.start":
            route = route_of(scope.get("path_template", ""))
            span = trace.get_current_span()
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.route", route)

    async def send_rest() -> None:
        """Send the spans that are left; a signal that ends the process leaves no time later."""
        await asyncio.to_thread(provider.shutdown)

    return Tracing([OpenTelemetryPlugin(config)], [name_span], [send_rest])
