"""The server as the environment describes it."""

import gc
from typing import Final

from litestar import Litestar

from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.http.providers import build_http_container
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.settings import Settings

YOUNG_OBJECTS: Final = 20_000
"""Objects between two collections: by default 700, which a single request can make."""


def create_server() -> Litestar:
    """Build the application; raise SettingsError for what is missing or malformed."""
    settings = Settings.load_for_serving()
    configure_logging(settings)
    app = create_app(build_http_container(settings), settings)
    gc.collect()
    gc.freeze()  # what exists now lives as long as the process: collecting need not walk it again
    gc.set_threshold(YOUNG_OBJECTS)
    return app
