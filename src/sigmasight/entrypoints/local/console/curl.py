"""Requests as commands of curl, to paste into a shell."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

Fields = Mapping[str, str]


def command(  # noqa: PLR0913  a request has this many parts
    method: str,
    url: str,
    *,
    authorization: str,
    body: Any = None,
    fields: Fields | None = None,
    file: str | None = None,
    options: Sequence[str] = (),
) -> str:
    """Return a command; `authorization` is what a shell expands to the token of the request.

    `file` is what the form's field `csv_file` is read from, as curl's -F has it.
    """
    is_usual = method == ("GET" if body is None and fields is None else "POST")
    lines = [
        " ".join(["curl -s", *options, *([] if is_usual else ["-X", method]), shlex.quote(url)]),
        f'-H "Authorization: Bearer {authorization}"',
    ]
    if body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(body))}"]
    for name, value in (fields or {}).items():
        lines.append(f"--form-string {shlex.quote(f'{name}={value}')}")
    if file is not None:
        lines.append(f"-F {shlex.quote(f'csv_file={file}')}")
    return " \\\n  ".join(lines)


def file_part(name: str) -> str:
    """Return a file of the working directory as a part of a form."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'@"{escaped}"'
