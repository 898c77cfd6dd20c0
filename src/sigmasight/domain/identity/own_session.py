"""What callers may do with the session they came by: end it, or have a fresh token of it."""

from dataclasses import dataclass
from enum import Enum, auto

from sigmasight.domain.identity.sessions import (
    AnySession,
    FreshToken,
    IdentityProviderClosedError,
    LegacySession,
    Session,
    Sessions,
    SessionUnknownError,
)


class Ending(Enum):
    """How far a logout went."""

    EVERYWHERE = auto()
    HERE_ALONE = auto()
    """The identity provider was not asked, for want of a key: other devices stay signed in."""
    IN_TIME = auto()
    """Nobody keeps such a session: its token runs out."""


@dataclass(frozen=True, slots=True)
class Logout:
    sessions: Sessions

    async def __call__(self, session: AnySession) -> Ending:
        """End the session, or raise SessionUnknownError for a token that names none.

        Raise IdentityProviderUnavailableError where nobody knows whether it has ended.
        """
        if isinstance(session, LegacySession):
            return Ending.IN_TIME
        try:
            await self.sessions.revoke(_id(session))
        except IdentityProviderClosedError:
            return Ending.HERE_ALONE
        return Ending.EVERYWHERE


@dataclass(frozen=True, slots=True)
class Refresh:
    sessions: Sessions

    async def __call__(self, session: AnySession) -> FreshToken:
        """Return a fresh token of the session.

        Raise SessionUnknownError for a token that names none, SessionEndedError,
        IdentityProviderClosedError or IdentityProviderUnavailableError.
        """
        return await self.sessions.token(_id(session))


def _id(session: AnySession) -> str:
    if isinstance(session, Session) and session.session_id:
        return session.session_id
    raise SessionUnknownError
