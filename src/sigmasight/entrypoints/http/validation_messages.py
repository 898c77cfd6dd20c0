"""What msgspec finds wrong with a value, in words for people."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, get_args

TITLE: Final = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"
PROSE: Final = r"^[^\x00]*[^\x00\s][^\x00]*$"
LINES: Final = r"^[^\x00]*$"
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"
CURRENCY: Final = "^[A-Za-z]{3}$"
COLOR: Final = r"^#[0-9A-Fa-f]{6}\Z"

PATTERNS: Final[Mapping[str, str]] = {
    TITLE: "Must be text on one line, and not blank.",
    PROSE: "Must be text, and not blank.",
    LINES: "Must not hold a NUL.",
    PRINTABLE: "Must be text on one line.",
    CURRENCY: "Must be three letters, such as USD.",
    COLOR: "Must be a color such as #4A90E2.",
}
FORMS: Final[Mapping[str, str]] = {
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
WORDED: Final = [(re.compile(form, re.DOTALL), words) for form, words in FORMS.items()]


def sentence(text: str, kind: Any = None) -> str:
    """Return as a sentence what msgspec or Litestar says of a value, which was to be of a kind."""
    text = text.replace("`", "").rstrip(".")
    if found := INVALID_CHOICE.fullmatch(text):
        return f"{found[1]} is not one of {', '.join(_choices(kind)) or 'the choices'}."
    for form, words in WORDED:
        if found := form.fullmatch(text):
            return found.expand(words)
    return f"{text}."


def _choices(kind: Any) -> Iterator[str]:
    """Yield what there is to choose from in a type, however it is annotated or optional."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from (str(each.value) for each in kind)
    for part in get_args(kind):
        yield from _choices(part)
