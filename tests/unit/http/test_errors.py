"""The table of refusals is complete."""

from collections.abc import Iterator

import pytest

from sigmasight.domain.kernel import DomainError
from sigmasight.entrypoints import composition  # noqa: F401  imports every feature and adapter
from sigmasight.entrypoints.http.errors import FRAMEWORK_CODES, STATUS, status_of

CONTRACT = {
    400: ["invalid_invite_code", "validation_failed", "csv_invalid"],
    401: [
        "token_missing",
        "token_malformed",
        "token_expired",
        "token_not_active",
        "token_signature_invalid",
        "token_key_unknown",
        "token_issuer_invalid",
        "token_audience_invalid",
        "token_party_invalid",
        "token_kind_invalid",
        "session_pending",
        "email_claim_missing",
        "account_inactive",
        "webhook_signature_invalid",
        "credentials_invalid",
    ],
    403: ["invite_required", "portfolio_limit_reached", "admin_required", "origin_not_allowed"],
    404: [
        "portfolio_not_found",
        "conversation_not_found",
        "memory_not_found",
        "insight_not_found",
        "tag_not_found",
        "target_price_not_found",
        "equity_change_not_found",
        "fundamentals_not_found",
    ],
    409: [
        "email_conflict",
        "account_name_taken",
        "idempotency_key_reused",
        "memory_limit_reached",
        "tag_name_taken",
        "tag_limit_reached",
        "tag_archived",
        "position_tag_limit_reached",
        "target_price_taken",
        "target_price_limit_reached",
        "edit_window_closed",
        "delete_window_closed",
        "equity_change_limit_reached",
    ],
    429: [
        "too_many_invite_attempts",
        "too_many_login_attempts",
        "too_many_registrations",
        "ai_limit_reached",
    ],
    503: ["identity_provider_unavailable", "database_unavailable", "ai_unavailable"],
}
"""The codes of the wire contract whose features exist, by status."""


def every(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in error.__subclasses__():
        yield child
        yield from every(child)


def leaves() -> list[type[DomainError]]:
    """Return the errors that have a code of their own: a kind of another shares its."""
    return [error for error in every(DomainError) if error not in STATUS and "code" in vars(error)]


def test_every_refusal_has_a_family_with_a_status() -> None:
    homeless = [e for e in every(DomainError) if not any(f in STATUS for f in e.__mro__)]

    assert homeless == []


def test_every_leaf_has_its_own_code() -> None:
    codes = [error.code for error in leaves()]

    assert len(codes) == len(set(codes))


def test_every_code_is_one_that_programs_can_compare() -> None:
    strange = [
        e.code for e in leaves() if not e.code.replace("_", "").isalpha() or not e.code.islower()
    ]

    assert strange == []


@pytest.mark.parametrize(
    ("status", "code"), [(status, code) for status, codes in CONTRACT.items() for code in codes]
)
def test_every_code_of_the_contract_exists_with_its_status(status: int, code: str) -> None:
    [error] = [error for error in leaves() if error.code == code]

    assert status_of(error) == status


def test_refusals_of_the_framework_have_the_codes_of_the_contract() -> None:
    assert FRAMEWORK_CODES[400] == "validation_failed"
    assert FRAMEWORK_CODES[413] == "body_too_large"
