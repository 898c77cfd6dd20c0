"""Sessions that Clerk reports as ended are refused here, too."""

import pytest

from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.identity.sessions import SessionEndedError
from tests.support.builders.clerk_events import an_event, user_created
from tests.support.builders.users import ANN, a_session, a_user
from tests.support.providers.identity_services import IdentityServices


@pytest.mark.parametrize("kind", ["session.ended", "session.removed", "session.revoked"])
async def test_a_token_of_a_session_that_has_ended_is_refused(kind: str) -> None:
    identity = IdentityServices(a_user())
    other = a_session(session_id="sess_other")

    receipt = await identity.deliver(an_event(kind, {"id": "sess_ann", "user_id": ANN}))

    assert receipt.outcome is DeliveryOutcome.RECEIVED
    with pytest.raises(SessionEndedError):
        await identity.identify(a_session())
    with pytest.raises(SessionEndedError):
        await identity.identify.overview(a_session())
    assert await identity.identify(other) == a_user()


async def test_the_end_of_a_session_may_come_before_its_user() -> None:
    identity = IdentityServices()

    await identity.deliver(an_event("session.ended", {"id": "sess_ann"}), user_created())

    with pytest.raises(SessionEndedError):
        await identity.identify(a_session())


async def test_other_events_of_sessions_end_none() -> None:
    identity = IdentityServices(a_user())

    receipt = await identity.deliver(an_event("session.created", {"id": "sess_ann"}))

    assert receipt.outcome is DeliveryOutcome.IGNORED
    assert await identity.identify(a_session()) == a_user()
