"""Messages for msgspec's validation errors."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, get_args

TITLE: Final = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*\Z"
PROSE: Final = r"^[^\x00]*[^\x00\s][^\x00]*\Z"
LINES: Final = r"^[^\x00]*\Z"
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*\Z"
CURRENCY: Final = r"^[A-Za-z]{3}\Z"
COLOR: Final = r"^#[0-9A-Fa-f]{6}\Z"

PATTERNS: Final[Mapping[str, str]] = {
    TITLE: "Must be text on one line, and not blank.",
    PROSE: "Must be text, and not blank.",
    LINES: "Must not hold a NUL.",
    PRINTABLE: "Must be text on one line.",
    CURRENCY: "Must be three letters, such as USD.",
    COLOR: "Must be a color such as #4A90E2.",
}
TEMPLATES: Final[Mapping[str, str]] = {
    **{f"Expected str matching regex {re.escape(repr(key))}": it for key, it in PATTERNS.items()},
    r"Expected str matching regex .+": "Has characters that are not allowed here.",
    r"Expected str of length >= (\d+)": r"Must be at least \1 long.",
    r"Expected str of length <= (\d+)": r"Must be at most \1 long.",
    r"Expected array of length >= (\d+)": r"Must hold at least \1.",
    r"Expected array of length <= (\d+)": r"Must hold at most \1.",
    r"Expected int >= (-?\d+)": r"Must be at least \1.",
    r"Expected int <= (-?\d+)": r"Must be at most \1.",
    r"Invalid RFC3339 encoded date": "Must be a date in the form YYYY-MM-DD.",
    r"Unsupported type: .+": "Must be a file.",
}
INVALID_CHOICE: Final = re.compile(r"Invalid enum value (.+)", re.DOTALL)
PATTERN_MESSAGES: Final = [
    (re.compile(pattern, re.DOTALL), message) for pattern, message in TEMPLATES.items()
]


def sentence(text: str, expected: Any = None) -> str:
    """Return an error of msgspec or Litestar as a sentence; `expected` is the value's type."""
    text = text.replace("`", "").rstrip(".")
    if found := INVALID_CHOICE.fullmatch(text):
        return f"{found[1]} is not one of {', '.join(_choices(expected)) or 'the choices'}."
    for pattern, message in PATTERN_MESSAGES:
        if found := pattern.fullmatch(text):
            return found.expand(message)
    return f"{text}."


def _choices(kind: Any) -> Iterator[str]:
    """Yield the members of the enums in a type."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from (str(each.value) for each in kind)
    for part in get_args(kind):
        yield from _choices(part)
