"""Charts: inline, in the page's colours, and readable without seeing them."""

from decimal import Decimal
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.entrypoints.local.console.charts import bar_chart, largest, largest_and_rest

SVG = "{http://www.w3.org/2000/svg}"
amounts = st.decimals(-(10**12), 10**12, places=2)
values_of = st.dictionaries(st.text("ABC<&\"' ", min_size=1, max_size=12), amounts, min_size=1)


@given(values_of)
def test_every_value_has_a_bar_and_a_row(values: dict[str, Decimal]) -> None:
    chart = bar_chart("value", "Value", values)

    assert chart is not None
    bars = ET.fromstring(chart.svg).findall(f".//{SVG}g[@class='series bars']/{SVG}rect")  # noqa: S314
    losses = [bar for bar in bars if bar.get("fill") == "var(--loss)"]
    assert [label for label, _ in chart.rows] == [*values]
    assert len(bars) == len(values)
    assert len(losses) == sum(value < 0 for value in values.values())


def test_a_chart_is_described_and_has_no_style_or_script_of_its_own() -> None:
    chart = bar_chart("risk", "Risk", {"Crash": Decimal(-1200), "Rally": Decimal(900)})

    assert chart is not None
    root = ET.fromstring(chart.svg)  # noqa: S314
    assert root.findtext(f"{SVG}title") == "Risk"
    assert root.findtext(f"{SVG}desc") == "Crash -1,200.00; Rally 900.00"
    assert root.get("role") == "img"
    assert "style" not in chart.svg
    assert "script" not in chart.svg


def test_there_is_no_chart_of_nothing() -> None:
    assert bar_chart("value", "Value", {}) is None


def test_many_values_become_the_largest_and_the_sum_of_the_rest() -> None:
    values = {f"S{size}": Decimal(-size if size % 2 else size) for size in range(1, 13)}

    shown = largest_and_rest(values)

    assert [*largest(values)] == [f"S{size}" for size in range(12, 2, -1)]
    assert shown["2 others"] == Decimal(1)
    assert sum(shown.values()) == sum(values.values())
