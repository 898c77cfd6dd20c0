"""Charts as inline SVG, drawn by leather and coloured by the page's style sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, Final
from xml.etree import ElementTree as ET

import leather
from markupsafe import Markup

WIDTH: Final = 640
BAR_HEIGHT: Final = 30
FRAME_HEIGHT: Final = 100
MOST_BARS: Final = 10
ZERO: Final = Decimal()
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, and the figures that it shows, for those who do not see it."""

    title: str
    svg: Markup
    rows: Sequence[tuple[str, str]]


def bar_chart(title: str, values: Mapping[str, Decimal]) -> Chart | None:
    """Draw a horizontal bar for each value, the first at the top; None without a value."""
    if not values:
        return None
    rows = [(label, money(value)) for label, value in values.items()]
    chart = leather.Chart()
    chart.add_bars(
        [(value, label) for label, value in reversed([*values.items()])], fill_color=_color
    )
    chart.add_x_scale(min(*values.values(), ZERO, ZERO), max(*values.values(), ZERO, ZERO))
    chart.add_x_axis(tick_formatter=_short)
    height = BAR_HEIGHT * len(values) + FRAME_HEIGHT
    description = "; ".join(f"{label} {value}" for label, value in rows)
    return Chart(title, _svg(chart, height, title, description), rows)


def largest(values: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the largest values by size, with the sum of the others."""
    ordered = sorted(values.items(), key=lambda each: abs(each[1]), reverse=True)
    top, others = ordered[:MOST_BARS], ordered[MOST_BARS:]
    rest = {f"{len(others)} others": sum((value for _, value in others), ZERO)}
    return dict(top) | (rest if others else {})


def money(value: Decimal) -> str:
    return f"{value:,.2f}"


def _svg(chart: Any, height: int, title: str, description: str) -> Markup:
    """Put what leather draws into an image with a title and a description."""
    number = next(_numbers)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "role": "img",
            "class": "chart",
            "aria-labelledby": f"chart-{number} chart-{number}-values",
        },
    )
    ET.SubElement(root, "title", id=f"chart-{number}").text = title
    ET.SubElement(root, "desc", id=f"chart-{number}-values").text = description
    root.append(chart.to_svg_group(WIDTH, height))
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704  built from elements


def _color(bar: Any) -> str:
    return "var(--loss)" if bar.x < 0 else "var(--gain)"


def _short(value: Any, _index: int, _count: int) -> str:
    amount = float(value)
    for unit, size in (("m", 1e6), ("k", 1e3)):
        if abs(amount) >= size:
            return f"{amount / size:g}{unit}"
    return f"{amount:g}"
