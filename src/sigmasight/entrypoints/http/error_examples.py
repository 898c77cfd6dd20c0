"""An example of each error that an operation may answer with, as its client reads it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from litestar.openapi.spec import Example

from sigmasight.domain.access.invites import TooManyInviteAttemptsError
from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.access.usage import AiLimitReachedError
from sigmasight.domain.assistant.language_model import AiUnavailableError, ModelFailure
from sigmasight.domain.identity.password_login import (
    TooManyLoginAttemptsError,
    TooManyRegistrationsError,
)
from sigmasight.domain.identity.sessions import TokenLifetimeTooLongError, TokenMalformedError
from sigmasight.domain.kernel import DomainError, FieldError, ValidationFailedError
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError, RowError
from sigmasight.domain.portfolios.equity_changes.model import (
    DeleteWindowClosedError,
    EditWindowClosedError,
)
from sigmasight.domain.portfolios.portfolio import (
    AccountNameTakenError,
    ExchangeRateMissingError,
    PortfolioLimitReachedError,
)
from sigmasight.domain.portfolios.positions import PositionType
from sigmasight.domain.portfolios.tags.assignments import TagArchivedError
from sigmasight.domain.portfolios.tags.model import TagNameTakenError
from sigmasight.domain.portfolios.target_prices.model import TargetPriceTakenError
from sigmasight.domain.research.fundamentals import FundamentalsNotFoundError
from sigmasight.entrypoints.http.errors import (
    BODY_TOO_LARGE,
    UNEXPECTED,
    details_of,
    problem_content,
    status_of,
)
from sigmasight.entrypoints.http.rate_limits import RateLimitedError

INSTANCE: Final = "8f0c9a52-6a0e-4d0e-9d2f-0f4c1c6f4f11"
AT: Final = datetime(2026, 3, 31, 18, tzinfo=UTC)

ERRORS: Final[Mapping[type[DomainError], DomainError]] = {
    type(error): error
    for error in (
        AccountNameTakenError("Main account"),
        AiLimitReachedError(tier=Tier.FREE, limit=100, used=100, now=AT),
        AiUnavailableError(ModelFailure.RATE_LIMITED),
        CsvInvalidError.of(
            RowError(
                row=3, symbol="AAPL", field="Quantity", code="ERR_POS_004", message="Required."
            )
        ),
        DeleteWindowClosedError(AT),
        EditWindowClosedError(AT),
        ExchangeRateMissingError("EUR", "USD"),
        FundamentalsNotFoundError("AAPL"),
        PortfolioLimitReachedError(limit=2, current_count=2, tier=Tier.FREE),
        RateLimitedError("600 per 1 minute", 12, {}),
        TagArchivedError("Growth"),
        TagNameTakenError("Growth"),
        TargetPriceTakenError(("AAPL", PositionType.LONG)),
        TokenLifetimeTooLongError(604_800, 86_400),
        TokenMalformedError("The session token is not a JWT."),
        TooManyInviteAttemptsError(timedelta(minutes=15)),
        TooManyLoginAttemptsError(timedelta(minutes=15)),
        TooManyRegistrationsError(timedelta(minutes=15)),
        ValidationFailedError(FieldError("name", "Must be at most 255 long.", "invalid")),
    )
}
"""Errors that are not complete without values; the others have no parameters."""


def example_of(error: type[DomainError]) -> Example:
    """Return the problem that describes an error of the domain."""
    instance = ERRORS.get(error) or error()
    return _example(status_of(error), error.code, *details_of(instance))


def _example(status: int, code: str, detail: str, members: Mapping[str, Any]) -> Example:
    content = problem_content(status, code, detail, members, instance=INSTANCE)
    return Example(id=code, value=msgspec.to_builtins(content, str_keys=True))


LIMIT: Final = 1_048_576

OF_FRAMEWORK: Final[Mapping[int, Example]] = {
    400: example_of(ValidationFailedError),
    404: _example(404, "route_not_found", "There is nothing at /api/v1/portfolios/1.", {}),
    413: _example(413, "body_too_large", BODY_TOO_LARGE.format(LIMIT), {"limit_bytes": LIMIT}),
    415: _example(415, "unsupported_media_type", "Send application/json, not text/plain.", {}),
    500: _example(500, "internal_error", UNEXPECTED, {}),
}
