"""The console's application, which answers before the API at `/` and below `/console`."""

from collections.abc import AsyncGenerator
from typing import Any, Final

import httpx
import structlog
from litestar import Litestar, MediaType, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR
from litestar.template import TemplateConfig
from litestar.types import ASGIApp, Receive, Send

from sigmasight.entrypoints.http.portfolio_import import MAX_BODY
from sigmasight.entrypoints.local.console.chat import ChatController
from sigmasight.entrypoints.local.console.clerk_events import ClerkController
from sigmasight.entrypoints.local.console.fragments import HERE, template_engine
from sigmasight.entrypoints.local.console.imports import ImportController
from sigmasight.entrypoints.local.console.local_requests import only_local
from sigmasight.entrypoints.local.console.people import AccountController, show_page
from sigmasight.entrypoints.local.console.portfolios import PortfolioController
from sigmasight.entrypoints.local.console.visitor import Name, Services, Visitor, visiting

PREFIX: Final = "/console/"


def with_console(api: ASGIApp, services: Services) -> ASGIApp:
    """Return the API with a console that visits it."""
    console = only_local(create_console(services))

    async def routed(scope: Any, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and (
            scope["path"] == "/" or scope["path"].startswith(PREFIX)
        )
        await (console if is_page else api)(scope, receive, send)

    return routed


def create_console(services: Services) -> Litestar:
    async def visitor(name: Name) -> AsyncGenerator[Visitor]:
        async with visiting(name, services) as found:
            yield found

    return Litestar(
        [
            show_page,
            AccountController,
            ClerkController,
            ImportController,
            PortfolioController,
            ChatController,
            create_static_files_router(f"{PREFIX}static", [HERE / "static"]),
            create_static_files_router(f"{PREFIX}samples", [HERE / "samples"]),
        ],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "visitor": Provide(visitor),
        },
        template_config=TemplateConfig(instance=template_engine()),
        exception_handlers={
            httpx.TransportError: _handle_unreachable,
            HTTPException: _handle_http_error,
            HTTP_500_INTERNAL_SERVER_ERROR: _handle_bug,
        },
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


def _handle_unreachable(
    request: Request[Any, Any, Any], error: httpx.TransportError
) -> Response[str]:
    address = error.request.url
    sentence = f"{address} does not answer. Is `sigmasight dev` stopping? See its terminal."
    return _alert(request, sentence, 502)


def _handle_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    extra = error.extra if isinstance(error.extra, list) else []
    details = [f"{each['key']}: {each['message']}" for each in extra if "key" in each]
    return _alert(request, "; ".join([error.detail, *details]), error.status_code)


def _handle_bug(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    structlog.stdlib.get_logger().error("console_failed", exc_info=error)
    sentence = "The console failed. The terminal of `sigmasight dev` says where."
    return _alert(request, sentence, HTTP_500_INTERNAL_SERVER_ERROR)


def _alert(request: Request[Any, Any, Any], sentence: str, status: int) -> Response[str]:
    engine = request.app.template_engine
    if engine is None:
        raise RuntimeError("The console has no templates.")
    template = "alert.html" if "hx-request" in request.headers else "error.html"
    text = engine.get_template(template).render(sentence=sentence)
    return Response(text, media_type=MediaType.HTML, status_code=status)
