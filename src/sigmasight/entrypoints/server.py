"""The server as the environment describes it."""

import gc

from litestar import Litestar

from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.logs import configure_logging
from sigmasight.settings import Settings


def create_server() -> Litestar:
    """Build the application; raise SettingsError for what is missing or malformed."""
    settings = Settings.load_for_serving()
    configure_logging(settings)
    app = create_app(build_container(settings), settings)
    gc.collect()
    gc.freeze()  # what exists now lives as long as the process: collecting need not walk it again
    return app
