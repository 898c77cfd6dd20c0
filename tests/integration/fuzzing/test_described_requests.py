"""Requests generated from the API's description: valid, invalid, and at every limit."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
import structlog
from litestar.types import Receive, Scope, Send
from schemathesis.config import CacheConfig, SchemathesisConfig
from schemathesis.engine import events, from_schema

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.entrypoints.http.openapi import OPENAPI
from tests.support.builders.password_tokens import SECRET_KEY
from tests.support.builders.users import a_user
from tests.support.providers.application import OPERATOR, SESSION, InMemoryApplication

pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function MemoryObject:pytest.PytestUnraisableExceptionWarning"
)
"""The test client of schemathesis does not close its streams."""

SEED: Final = 20_261_128
OF_SHAPE: Final = frozenset({"invalid", "malformed", "unsupported_media_type"})
"""Codes of refusals that the description should have ruled out; others are rules of the domain."""
JSON_IN_FORMS: Final = re.compile(r'"field":"(mapping|accounts)","message":"Not as expected')
"""A form's field of type JSON is a string to the description."""


@pytest.fixture
def api() -> Iterator[InMemoryApplication]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    application = InMemoryApplication(legacy_auth_enabled=True, secret_key=SECRET_KEY)
    operator = a_user(
        clerk_user_id=OPERATOR, invite_validated=True, subscription=Subscription(Tier.PAID)
    )
    yield application.with_users(operator)
    structlog.configure(**before)


def failures(api: InMemoryApplication, tag: str, *, examples: int) -> list[str]:
    """Return what the answers to the requests of a tag do that the description rules out."""

    async def signed_in(scope: Scope, receive: Receive, send: Send) -> None:
        api.sessions.reset(SESSION)
        api.store.ended_sessions.clear()
        await api.app(scope, receive, send)

    schema: Any = schemathesis.openapi.from_asgi(
        "/schema/openapi.json",
        api.app,
        config=SchemathesisConfig(seed=SEED, cache=CacheConfig(enabled=False)),
    )
    schema.app = signed_in
    schema = schema.include(tag=tag)
    schema.config.headers = {"Authorization": f"Bearer {api.token(OPERATOR)}"}
    schema.config.phases.update(phases=["examples", "coverage", "fuzzing"])
    schema.config.generation.update(
        max_examples=examples, deterministic=True, no_shrink=True, database="none"
    )
    schema.config.continue_on_failure = True
    found: list[str] = []
    scenarios = 0
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished(recorder=recorder):
                scenarios += 1
                for case_id, checks in recorder.checks.items():
                    answer = recorder.interactions[case_id].response
                    content = answer.content if answer else b""
                    found += [
                        f"{recorder.label}: {each.failure_info.failure} {content[:300]!r}"
                        for each in checks
                        if each.failure_info and counts(each.name, content)
                    ]
            case events.NonFatalError() | events.FatalError():
                found.append(str(event))
    assert scenarios > 0
    return found


def counts(check: str, content: bytes) -> bool:
    """Return whether a failed check shows a mistake; a valid body may break a domain's rule."""
    text = content.decode()
    codes = set(re.findall(r'"code":"(\w+)"', text))
    if check == "negative_data_rejection":
        return codes != {"body_too_large"}  # refused, too
    if check != "positive_data_acceptance" or JSON_IN_FORMS.search(text):
        return check != "positive_data_acceptance"
    return bool(codes & OF_SHAPE) or codes == {"validation_failed"}


@pytest.mark.parametrize("tag", [tag.name for tag in OPENAPI.tags or ()])
def test_answers_to_generated_requests_are_as_described(api: InMemoryApplication, tag: str) -> None:
    assert failures(api, tag, examples=10) == []


@pytest.mark.long("100 requests of each operation instead of 10")
@pytest.mark.parametrize("tag", [tag.name for tag in OPENAPI.tags or ()])
def test_answers_to_many_generated_requests_are_as_described(
    api: InMemoryApplication, tag: str
) -> None:
    assert failures(api, tag, examples=100) == []
