"""The offline analyst's use of tools: at most one, chosen by the words of the question."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sigmasight.adapters.language_model.offline.formatting import one_line
from sigmasight.domain.assistant.language_model import Question, ToolCall, ToolResult

TOOLS: Final = (
    (r"stress|scenario|crash|recession|rates? (?:rise|fall)", "get_stress_test"),
    (r"sector|industr", "get_sectors"),
    (r"target|expected return|upside", "get_target_prices"),
    (r"contribut|withdraw|deposit|paid in", "get_equity_changes"),
    (r"factor|momentum|quality|tilt", "get_risk"),
    (r"leverage|this (?:year|month)", "get_overview"),
)
"""The words of a question, and the tool that knows more about them."""
MAX_FIGURES: Final = 8


def tool_for(question: Question) -> ToolCall | None:
    """Return the tool that a question about a portfolio needs, if it needs one."""
    text = question.turns[-1].text if question.turns else ""
    for words, name in TOOLS:
        if question.portfolios and re.search(rf"\b(?:{words})", text, re.IGNORECASE):
            portfolio = question.portfolios[0].portfolio.id
            return ToolCall(f"call_{name}", name, {"portfolio_id": str(portfolio)})
    return None


def sentence_of(result: ToolResult) -> str:
    """Return the first figures that a tool found, as a sentence."""
    found = [f"{name} {value}" for name, value in _figures(result.content)]
    if result.failed or not found:
        return ""
    more = len(found) - MAX_FIGURES
    listed = ", ".join(found[:MAX_FIGURES])
    return f"From {result.call.name}: {listed}{f', and {more} more' if more > 0 else ''}."


def _figures(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        match value:
            case None:
                continue
            case dict():
                yield from _figures(value)
            case list():
                for each in value:
                    if isinstance(each, dict) and len(each) > 1:
                        label, *_, figure = each.values()
                        yield one_line(str(label), 40), _number(figure)
            case _:
                yield name.replace("_", " "), _number(value)


def _number(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else one_line(str(value), 100)
