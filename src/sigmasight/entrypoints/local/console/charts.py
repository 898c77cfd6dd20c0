"""Charts as inline SVG, drawn by leather and coloured by the page's style sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from xml.etree import ElementTree as ET

import leather
from markupsafe import Markup

WIDTH: Final = 520
BAR_HEIGHT: Final = 22
FRAME_HEIGHT: Final = 80
MARGIN: Final = 18
"""What is cut off of leather's own margins, above and below."""
MOST_BARS: Final = 10
ZERO: Final = Decimal()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, and the figures that it shows, for those who do not see it."""

    title: str
    svg: Markup
    rows: Sequence[tuple[str, str]]


def bar_chart(name: str, title: str, values: Mapping[str, Decimal]) -> Chart | None:
    """Draw a horizontal bar for each value, the first at the top; None without a value.

    The name must be the page's only one.
    """
    if not values:
        return None
    rows = [(label, money(value)) for label, value in values.items()]
    chart = leather.Chart()
    chart.add_bars([(value, label) for label, value in values.items()], fill_color=_color)
    chart.add_x_scale(min(*values.values(), ZERO, ZERO), max(*values.values(), ZERO, ZERO))
    chart.add_x_axis(tick_formatter=_short)
    height = BAR_HEIGHT * len(values) + FRAME_HEIGHT
    description = "; ".join(f"{label} {value}" for label, value in rows)
    return Chart(title, _svg(chart, height, name, title, description), rows)


def largest(values: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the values that are largest by size, in that order."""
    return dict(_by_size(values)[:MOST_BARS])


def largest_and_rest(values: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the values that are largest by size, and the sum of the others."""
    others = dict(_by_size(values)[MOST_BARS:])
    rest = {f"{len(others)} others": sum(others.values(), ZERO)} if others else {}
    return largest(values) | rest


def _by_size(values: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(values.items(), key=lambda each: abs(each[1]), reverse=True)


def money(value: Decimal) -> str:
    return f"{value:,.2f}"


def _svg(chart: Any, height: int, name: str, title: str, description: str) -> Markup:
    """Put what leather draws into an image with a title and a description."""
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 {MARGIN} {WIDTH} {height - 2 * MARGIN}",
            "role": "img",
            "class": "chart",
            "aria-labelledby": f"chart-{name} chart-{name}-values",
        },
    )
    ET.SubElement(root, "title", id=f"chart-{name}").text = title
    ET.SubElement(root, "desc", id=f"chart-{name}-values").text = description
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
