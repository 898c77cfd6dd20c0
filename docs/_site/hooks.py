"""MkDocs hooks: drawings become SVG as the site is built, so that pages need no script for them."""

from typing import Any

import merm
from pymdownx.superfences import SuperFencesException


def on_config(config: Any) -> Any:
    config.mdx_configs["pymdownx.superfences"] = {
        "custom_fences": [{"name": "mermaid", "class": "drawing", "format": _draw}]
    }
    return config


def _draw(source: str, *_: Any, **__: Any) -> str:
    try:
        svg = merm.render_diagram(source)
    except merm.ParseError as error:
        raise SuperFencesException(f"{error}: {source}") from error
    return f'<div class="drawing">{svg}</div>'
