"""The pages of the documentation, and what they have a reader paste into a shell."""

import re
from pathlib import Path
from textwrap import dedent
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK: Final = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def shell_blocks(page: Path) -> list[str]:
    """Return a page's blocks for the shell."""
    return [dedent(block[2]) for block in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def shell_lines(page: Path) -> list[str]:
    """Return the lines of a page's blocks, with continued ones as one."""
    text = "".join(shell_blocks(page)).replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip()]


ELSEWHERE: Final = re.compile(
    r"(?:[A-Z_]+=\S+ )*(?:make|docker|kubectl|systemctl|install|cp|createdb|timedatectl"
    r"|python3 -m venv|/opt/sigmasight/bin/pip|\.venv/bin/\w+)\b"
)
"""Commands of the system, and of containers; other tests check what they are given."""
OURS: Final = re.compile(r"(?:[A-Z_]+=\S+ )*sigmasight ")


def requests_of(page: Path) -> str:
    """Return what a page has a reader send to the API, with what that needs, as a script."""
    blocks = [block.splitlines(keepends=True) for block in shell_blocks(page)]
    here = [lines for lines in blocks if not any(map(ELSEWHERE.match, lines))]
    kept = [line for lines in here for line in lines if not OURS.match(line)]
    return "".join(kept) if any("curl" in line for line in kept) else ""
