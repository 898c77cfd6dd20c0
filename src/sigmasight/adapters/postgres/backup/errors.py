"""Why a backup could not be made or restored, in words for operators."""

from typing import Final

HINTS: Final = {
    "server version mismatch": "The server is newer than these programs: install its"
    " postgresql-client package.",
    "unsupported version": "The backup was made by later programs than these: install the"
    " postgresql-client package of the server that it comes from.",
    "No space left on device": "Free space, or choose another disk.",
    "lock timeout": "Something uses the tables: stop the servers and workers first.",
    "does not exist": "Create the role that the backup grants something to, or leave that out"
    " with --no-privileges.",
}


class BackupError(Exception):
    """Ends a backup or a restore; nothing was changed."""


def explained(output: str) -> BackupError:
    """Return what a program reported, with the remedy if it is a known one."""
    lines = [line for line in output.splitlines() if "error" in line.lower() or "FATAL" in line]
    text = " ".join(lines or output.splitlines()[-3:]) or "The program ended without a reason."
    hints = [
        hint
        for sign, hint in HINTS.items()
        if sign in text and (sign != "does not exist" or "role" in text)
    ]
    return BackupError(" ".join([text.rstrip(".") + ".", *hints]))
