"""Conversions between the schemas of the wire and the domain's objects."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

View = TypeVar("View", bound=msgspec.Struct)


def build_view(view: type[View], *sources: object, **computed: Any) -> View:
    """Build a view of the computed fields and of the sources' attributes of the same name."""
    names = _names(view, tuple(map(type, sources)), frozenset(computed))
    for source, of_source in zip(sources, names, strict=True):
        for name in of_source:
            computed[name] = getattr(source, name)
    return view(**computed)


@cache
def _names(
    view: type[msgspec.Struct], sources: tuple[type, ...], computed: frozenset[str]
) -> Sequence[Sequence[str]]:
    """Return which fields each source has; the first one that has a field provides it."""
    wanted = [name for name in view.__struct_fields__ if name not in computed]
    names: list[list[str]] = []
    for source in sources:
        fields = set(dir(source)).union(getattr(source, "__annotations__", ()))
        names.append([name for name in wanted if name in fields])
        wanted = [name for name in wanted if name not in fields]
    return names


def provided_fields(body: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a partial update that the client sent."""
    return {
        name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET
    }
