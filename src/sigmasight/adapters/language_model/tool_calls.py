"""Function calling in OpenAI's format, bounded in number and size.

https://platform.openai.com/docs/guides/function-calling
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from sigmasight.adapters.language_model.errors import MalformedReplyError
from sigmasight.adapters.language_model.formats import ToolCallPart
from sigmasight.domain.assistant.language_model import Toolbox, ToolCall, ToolResult

MAX_ROUNDS: Final = 4
"""How often a model may ask for tools before it must answer."""
MAX_CALLS: Final = 8
MAX_ARGUMENT_CHARACTERS: Final = 4_000
MAX_RESULT_CHARACTERS: Final = 12_000
TOO_LARGE: Final = '{"error": "The result is too large. Ask for less."}'


@dataclass(slots=True)
class ToolBudget:
    """What an answer has used of its bounds."""

    rounds: int = 0
    calls: int = 0

    @property
    def is_exhausted(self) -> bool:
        return self.rounds >= MAX_ROUNDS or self.calls >= MAX_CALLS

    def allowed(self, requested: Sequence[ToolCall]) -> Sequence[ToolCall]:
        """Count a round, and return the calls that are within the bounds."""
        if self.is_exhausted:
            raise MalformedReplyError("The model asks for tools that it was not offered.")
        self.rounds += 1
        allowed = requested[: MAX_CALLS - self.calls]
        self.calls += len(allowed)
        return allowed


@dataclass(slots=True)
class ToolCallParts:
    """Collects the parts of tool calls as they arrive."""

    _ids: dict[int, str] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)
    _arguments: dict[int, str] = field(default_factory=dict)

    def add(self, parts: Iterable[ToolCallPart]) -> None:
        for part in parts:
            if part.id:
                self._ids[part.index] = part.id
            if part.function:
                name, arguments = part.function.name or "", part.function.arguments or ""
                self._names[part.index] = self._names.get(part.index, "") + name
                self._arguments[part.index] = self._arguments.get(part.index, "") + arguments
                if len(self._arguments[part.index]) > MAX_ARGUMENT_CHARACTERS:
                    raise MalformedReplyError("The arguments of a tool are too long.")

    def whole(self) -> Sequence[ToolCall]:
        """Return the calls; arguments that are not a JSON object count as none."""
        return [
            ToolCall(
                self._ids.get(place, f"call_{place}"), name, _arguments(self._arguments[place])
            )
            for place, name in sorted(self._names.items())
        ]


def tool_options(tools: Toolbox | None, spent: ToolBudget) -> dict[str, Any]:
    """Return the parameters of a request that offer the tools, while there is budget for them."""
    if tools is None or spent.is_exhausted:
        return {}
    functions = [
        {"name": each.name, "description": each.description, "parameters": each.parameters}
        for each in tools.specs
    ]
    return {"tools": [{"type": "function", "function": each} for each in functions]}


def tool_messages(results: Sequence[ToolResult]) -> list[Any]:
    """Return the messages by which a model learns what its tools returned."""
    calls = [
        {
            "id": each.call.id,
            "type": "function",
            "function": {
                "name": each.call.name,
                "arguments": msgspec.json.encode(each.call.arguments).decode(),
            },
        }
        for each in results
    ]
    answers = [
        {"role": "tool", "tool_call_id": each.call.id, "content": _content(each)}
        for each in results
    ]
    return [{"role": "assistant", "content": None, "tool_calls": calls}, *answers]


def _content(result: ToolResult) -> str:
    text = msgspec.json.encode(result.content).decode()
    return text if len(text) <= MAX_RESULT_CHARACTERS else TOO_LARGE


def _arguments(text: str) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}
