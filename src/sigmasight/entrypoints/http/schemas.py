"""Conversions between the schemas of the wire and the domain's objects."""

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

View = TypeVar("View", bound=msgspec.Struct)


def build_view(view: type[View], *sources: object, **computed: Any) -> View:
    """Build a view of the computed fields and of the sources' attributes of the same name."""
    for source in sources:
        for name in view.__struct_fields__:
            if name not in computed and hasattr(source, name):
                computed[name] = getattr(source, name)
    return view(**computed)


def provided_fields(body: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a partial update that the client sent."""
    return {
        name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET
    }
