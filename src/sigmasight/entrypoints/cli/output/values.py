"""How the values of records are written."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What moves the cursor, starts a terminal's commands, breaks a line, or has no encoding."""
ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
INDENT: Final = 2
COMPACT: Final = -1


class Share:
    """A share of a limit, in percent: a bar where there is room, and a number in JSON."""

    def __init__(self, percent: int) -> None:
        self.percent = percent


class Mark:
    """Whether a check succeeded: a sign for people, and a word in JSON."""

    SIGNS: Final = {"ok": "✓", "failed": "✗", "skipped": "-"}

    def __init__(self, word: str) -> None:
        self.word = word

    def __str__(self) -> str:
        return self.SIGNS[self.word]


def json_of(value: object) -> str:
    """Return compact JSON."""
    return msgspec.json.encode(value, enc_hook=_encode).decode()


def text_of(value: object) -> str:
    """Return a value in one line, as people read it, without control characters."""
    return escaped(payload(value, COMPACT) or _plain(value))


def check_of(row: Mapping[str, object]) -> str:
    """Return a check in one line: its mark, name, detail and, if there is one, remedy."""
    mark, name, detail, remedy = map(text_of, row.values())
    return f"{mark} {name}: {detail}{f' → {remedy}' if remedy else ''}"


def block_of(value: object) -> str:
    """Return a value as people read it; JSON is indented, and text may have several lines."""
    lines = (payload(value, INDENT) or _plain(value)).split("\n")
    return "\n".join(map(escaped, lines))


def payload(value: object, indent: int) -> str | None:
    """Return JSON in this format if the value is an object or array, or the text of one.

    Numbers and the order of members stay as they are.
    """
    match value:
        case Mapping() | list() | tuple():
            text = json_of(value)
        case str() if value.lstrip()[:1] in {"{", "["}:
            text = value
        case _:
            return None
    try:
        return msgspec.json.format(text, indent=indent)
    except (ValueError, RecursionError):
        return None


def escaped(text: str) -> str:
    """Write control characters as JSON does."""
    return UNPRINTABLE.sub(lambda found: ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


def _plain(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%SZ}"
        case Share():
            return f"{value.percent} %"
        case _:
            return str(value)


def _encode(value: object) -> object:
    if isinstance(value, Share):
        return value.percent
    if isinstance(value, Mark):
        return value.word
    raise NotImplementedError(type(value).__name__)
