"""`sigmasight routes`, `info` and `schema`: what a server is like, without starting one.

They need no setting of a server, no key and no database.
"""

import platform
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import rich_click as click
from litestar import Litestar
from litestar.cli._utils import LitestarEnv, remove_default_schema_routes
from litestar.cli.commands.schema import schema_group
from litestar.routes import HTTPRoute

from sigmasight.entrypoints.cli.output import Output, Row, prints
from sigmasight.entrypoints.http.app import create_app
from sigmasight.entrypoints.http.providers import build_http_container
from sigmasight.settings import Settings

__all__ = ["describe", "info_command", "routes_command", "schema_group"]

SERVER: Final = "sigmasight.entrypoints.server:create_server"
HTTP: Final = "sigmasight.entrypoints.http."


def describe() -> LitestarEnv:
    """Return an application to read, which nobody serves."""
    settings = Settings.load()
    app = create_app(build_http_container(settings), settings)
    return LitestarEnv(app_path=SERVER, app=app, cwd=Path.cwd())


@click.command("routes")
@click.option("--schema", is_flag=True, help="Show the routes of the API's description, too.")
@click.option("--exclude", multiple=True, help="Leave out paths that begin with this pattern.")
@prints
def routes_command(exclude: tuple[str, ...], *, schema: bool, output: Output) -> None:
    """List the paths that a server answers, and which function handles each method."""
    try:
        patterns = [re.compile(pattern) for pattern in exclude]
    except re.error as error:
        raise click.BadParameter(f"is not a pattern: {error}", param_hint="--exclude") from error
    rows = (
        row
        for row in _routes(describe().app, schema=schema)
        if not any(pattern.match(row["path"]) for pattern in patterns)
    )
    output.table(rows, title="Routes")


@click.command("info")
@prints
def info_command(*, output: Output) -> None:
    """Show the versions of this program, and how its server is configured."""
    app = describe().app
    output.record(
        {
            "sigmasight": version("sigmasight"),
            "litestar": version("litestar"),
            "python": platform.python_version(),
            "routes": sum(1 for _ in _routes(app, schema=False)),
            "openapi": app.openapi_config and (app.openapi_config.path or "/schema"),
            "cors": app.cors_config is not None,
            "debug": app.debug,
        },
        title="SigmaSight",
    )


def _routes(app: Litestar, *, schema: bool) -> Iterator[Row]:
    """Yield a row for each path and function; every path answers OPTIONS."""
    routes = app.routes
    if app.openapi_config and not schema:
        routes = remove_default_schema_routes(routes, app.openapi_config)
    for route in sorted(routes, key=lambda route: route.path):
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else []:
            methods = sorted(map(str, handler.http_methods - {"OPTIONS"}))
            if methods:
                yield {
                    "methods": " ".join(methods),
                    "path": route.path,
                    "handler": str(handler).removeprefix(HTTP),
                }
