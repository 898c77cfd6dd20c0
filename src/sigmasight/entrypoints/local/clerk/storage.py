"""The file a local Clerk is kept in from one start to the next."""

from pathlib import Path

import msgspec

from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.signing import Secrets
from sigmasight.entrypoints.local.clerk.state import State


class _Kept(Secrets):
    state: State = msgspec.field(default_factory=State)
    """Older files hold the secrets alone."""


def load(file: Path) -> tuple[Secrets, Instance]:
    """Read what that file holds, made at the first start; every change is written to it."""
    if file.exists():
        kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
    else:
        made = Secrets.generate()
        kept = _Kept(made.key, made.webhook_secret)
        _write(file, kept)

    def keep(_: State) -> None:
        _write(file, kept)

    return kept, Instance(kept.state, keep=keep)


def _write(file: Path, kept: _Kept) -> None:
    """Replace the file as a whole, so that a crash leaves the old one or the new one."""
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.encode(kept))
    fresh.replace(file)
