"""How figures are shown: a round a row, what is ours beside its floor."""

from collections.abc import Callable, Iterable
from statistics import median
from typing import Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

ROUNDS: Final = 5

Rates = tuple[float, float]
"""How many a second: the floor's, and ours."""


def rounds(console: Console, title: str, measure: Callable[[], Rates]) -> list[Rates]:
    numbers = track(range(ROUNDS), f"{title} …", console=console, transient=True)
    return [measure() for _ in numbers]


def show(console: Console, title: str, rates: Iterable[Rates], unit: str = "requests") -> float:
    """Print a table and return the median ratio."""
    table = Table("Round", "Floor", "Ours", "Ratio", title=f"{title}, {unit} a second")
    for number, (bare, ours) in enumerate(rates, 1):
        table.add_row(str(number), f"{bare:,.0f}", f"{ours:,.0f}", f"{ours / bare:.2f}")
    console.print(table)
    return median(ours / bare for bare, ours in rates)


def verdict(figure: float, aim: float, form: str) -> str:
    """Return a figure beside what it should at least be."""
    colour = "green" if figure >= aim else "red"
    return f"[{colour}]{figure:{form}}[/] (aim: at least {aim:{form}})"
