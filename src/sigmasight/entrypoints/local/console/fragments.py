"""Parts of the page, as htmx replaces them."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.plugins.htmx import HTMXTemplate
from litestar.plugins.jinja import JinjaTemplateEngine

from sigmasight.entrypoints.local.console.charts import money

HERE: Final = Path(__file__).parent
CHANGED: Final = "entitlements-changed"
"""The event after which the page reads the account and the portfolios again."""
UNKNOWN: Final = "unknown"

Fragment = HTMXTemplate


def fragment(template: str, *, changed: bool = False, **context: Any) -> Fragment:
    """Render a template; `changed` has the rest of the page follow."""
    if not changed:
        return HTMXTemplate(template_name=template, context=context)
    return HTMXTemplate(
        template_name=template, context=context, trigger_event=CHANGED, after="settle", params={}
    )


def _money(value: str | None) -> str:
    return UNKNOWN if value is None else money(Decimal(value))


def _percent(value: str | None) -> str:
    return UNKNOWN if value is None else f"{Decimal(value):.1%}"


def _rounded(value: str | None) -> str:
    return UNKNOWN if value is None else f"{Decimal(value):.2f}"


def template_engine() -> JinjaTemplateEngine:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"money": _money, "percent": _percent, "rounded": _rounded}
    return JinjaTemplateEngine(engine_instance=environment)
