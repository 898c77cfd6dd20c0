"""The server, configured by the environment."""

import gc
import sys
from typing import Final

from litestar import Litestar

from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.http.providers import build_http_container
from sigmasight.entrypoints.http.tracing import Tracing
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.settings import Settings

YOUNG_OBJECTS: Final = 20_000
"""Allocations between two collections; the default of 700 is less than one request makes."""

SWITCH_INTERVAL: Final = 0.0005
"""Seconds that a thread which reads a file may run while requests wait; the default is ten times
as long, and a request waits several times."""


def create_server() -> Litestar:
    """Build the application; raise SettingsError for missing or invalid settings."""
    settings = Settings.load_for_serving()
    configure_logging(settings)
    app = create_app(build_http_container(settings), settings, Tracing.from_environment())
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.collect()
    gc.freeze()  # objects made so far live as long as the process; the collector can skip them
    gc.set_threshold(YOUNG_OBJECTS)
    return app
