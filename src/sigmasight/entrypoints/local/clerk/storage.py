"""The file that stores a local Clerk between starts."""

from pathlib import Path

import msgspec

from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.signing import Secrets
from sigmasight.entrypoints.local.clerk.state import State


class _StoredClerk(Secrets):
    state: State = msgspec.field(default_factory=State)
    """Older files contain only the secrets."""


def load(file: Path) -> tuple[Secrets, Instance]:
    """Read the file, created at the first start; every change of the instance is written to it."""
    if file.exists():
        stored = msgspec.json.decode(file.read_bytes(), type=_StoredClerk)
    else:
        secrets = Secrets.generate()
        stored = _StoredClerk(secrets.key, secrets.webhook_secret)
        _write(file, stored)

    def save(_: State) -> None:
        _write(file, stored)

    return stored, Instance(stored.state, on_change=save)


def _write(file: Path, stored: _StoredClerk) -> None:
    """Replace the file atomically."""
    temporary = file.with_suffix(".new")
    temporary.touch(mode=0o600)
    temporary.write_bytes(msgspec.json.encode(stored))
    temporary.replace(file)
