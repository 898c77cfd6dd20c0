"""The OpenAPI document and Swagger UI, whose files are served from here, not from a CDN."""

from importlib.resources import files
from typing import Final

from litestar import Response, Router
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, Contact, License, Tag
from litestar.params import FromPath

from sigmasight import __version__
from sigmasight.entrypoints.http.guards import SECURITY_SCHEMES, Access
from sigmasight.entrypoints.http.openapi_document import DocumentConfig
from sigmasight.entrypoints.http.route_handlers import get

PATH: Final = "/schema"
ASSETS: Final = {
    "swagger_bundle.js": "text/javascript",
    "swagger_preset.js": "text/javascript",
    "swagger_style.css": "text/css",
}


@get(f"{PATH}/assets/{{name:str}}", Access.OPEN, include_in_schema=False, cache=True)
async def asset(name: FromPath[str]) -> Response[bytes]:
    """Serve one of Swagger UI's files."""
    if name not in ASSETS:
        raise NotFoundException
    return Response(
        files("offapi").joinpath(name).read_bytes(),
        media_type=ASSETS[name],
        headers={"Cache-Control": "public, max-age=3600"},
    )


def _operation_id(handler: HTTPRouteHandler, _method: object, _path: object) -> str:
    """Return the tag and the handler's name, without its repetition of the tag's words."""
    [tag] = handler.resolve_tags()
    resource = tag.lower().split()
    singular = [word.removesuffix("s") for word in resource]
    known = {*resource, *singular, *(f"{word}s" for word in singular)}
    words = [word for word in handler.handler_name.split("_") if word not in known]
    return "_".join([*resource, *words])


OPENAPI: Final = DocumentConfig(
    title="SigmaSight",
    version=__version__,
    description="The API server of SigmaSight, a portfolio-risk product.",
    contact=Contact(name="The developers of SigmaSight's backend"),
    license=License(name="MIT", identifier="MIT"),
    components=Components(security_schemes={**SECURITY_SCHEMES}),
    tags=[
        Tag("Identity", "The caller's identity, session and usage."),
        Tag("Onboarding", "Invite codes, and portfolios from CSV files."),
        Tag("Portfolios", "A user's portfolios, within the limit of their tier."),
        Tag("Positions", "The positions of portfolios."),
        Tag("Equity changes", "Contributions to portfolios and withdrawals from them."),
        Tag("Tags", "A user's tags, and the positions that have them."),
        Tag("Target prices", "Target prices of symbols, and the returns that follow from them."),
        Tag("Fundamentals", "Financial statements and estimates of companies."),
        Tag("Web app", "What the pages of the web app read, in the shapes that they expect."),
        Tag("Chat", "Conversations with the assistant, and its memories."),
        Tag("Insights", "Analyses of portfolios, one AI message each."),
        Tag("Webhooks", "Clerk's webhooks."),
        Tag("Operators", "Maintenance and the audit trail, for operators only."),
        Tag("Operations", "Health checks and metrics."),
    ],
    openapi_router=Router(
        PATH, route_handlers=[], include_in_schema=False, opt={"access": Access.OPEN}
    ),
    render_plugins=[
        SwaggerRenderPlugin(
            path="/",
            js_url=f"{PATH}/assets/swagger_bundle.js",
            css_url=f"{PATH}/assets/swagger_style.css",
            standalone_preset_js_url=f"{PATH}/assets/swagger_preset.js",
            favicon="<link rel='icon' href='data:,'>",
        ),
        JsonRenderPlugin(),
        YamlRenderPlugin(),
    ],
    operation_id_creator=_operation_id,
    use_handler_docstrings=True,
)
