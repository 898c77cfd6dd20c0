"""Arithmetic over whatever figures somebody has."""

from contextlib import AbstractContextManager
from decimal import Context, localcontext


def forgiving() -> AbstractContextManager[Context]:
    """Make an unknown of what cannot be computed, and raise nothing."""
    return localcontext(Context(prec=60, traps=[]))
