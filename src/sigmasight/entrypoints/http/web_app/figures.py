"""What figures of the web app share: one that cannot be given says why, and is no error."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from sigmasight.domain.portfolios.analytics.book import Reason

V = TypeVar("V", bound="FigureView")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    error: str | None = None
    """A sentence, if the figure is not available."""
    reason: Reason | None = None


class FigureView(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is a code, and `metadata.error` a sentence, if the figure is not available."""

    available: bool = True
    reason: Reason | None = None
    metadata: Metadata


def unavailable(view: type[V], metadata: type[Metadata], reason: Reason, **members: Any) -> V:
    """Return a figure's view without the figure; `members` are those that have no default."""
    return view(
        available=False,
        reason=reason,
        metadata=metadata(error=reason.sentence, reason=reason),
        **members,
    )


class PortfolioFigureView(FigureView, frozen=True, kw_only=True):
    portfolio_id: UUID
