"""Signing out: sessions whose tokens are refused before they expire."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, NewType, Protocol

from sigmasight.domain.identity.sessions import (
    AnySession,
    IdentityProviderClosedError,
    PasswordSession,
    Sessions,
    session_id_of,
)
from sigmasight.domain.kernel import Clock, Transaction, atomic

MaxTokenAge = NewType("MaxTokenAge", timedelta)
"""How long an accepted token may be valid for."""
MARGIN: Final = timedelta(hours=1)
"""For clocks that differ, and for our own tokens."""


class EndedSessions(Protocol):
    """Sessions whose tokens are refused although they have not expired."""

    @abstractmethod
    async def add(self, session_id: str, *, until: datetime) -> None:
        """Refuse a session's tokens until an instant, when the last one has expired."""

    @abstractmethod
    async def prune(self, before: datetime) -> None:
        """Delete some of those that were refused until an earlier instant."""


@dataclass(frozen=True, slots=True)
class EndSession:
    """Ends a session on every server, within the caller's transaction."""

    ended: EndedSessions
    max_token_age: MaxTokenAge
    clock: Clock

    async def __call__(self, session_id: str) -> None:
        now = self.clock.now()
        await self.ended.add(session_id, until=now + self.max_token_age + MARGIN)
        await self.ended.prune(now)


class LogoutScope(Enum):
    """How far a logout went."""

    EVERYWHERE = auto()
    HERE_ALONE = auto()
    """Without a secret key the session is not revoked: other devices stay signed in."""


@dataclass(frozen=True, slots=True)
class LogOut:
    sessions: Sessions
    end_session: EndSession
    transaction: Transaction

    async def __call__(self, session: AnySession) -> LogoutScope:
        """End the session, or raise SessionUnknownError for a token that names none.

        Raise IdentityProviderUnavailableError if it is unknown whether it has ended.
        """
        if isinstance(session, PasswordSession):
            await self._end(session.session_id)
            return LogoutScope.EVERYWHERE
        session_id = session_id_of(session)
        scope = await self._revoke(session_id)
        await self._end(session_id)
        return scope

    async def _revoke(self, session_id: str) -> LogoutScope:
        try:
            await self.sessions.revoke(session_id)
        except IdentityProviderClosedError:
            return LogoutScope.HERE_ALONE
        return LogoutScope.EVERYWHERE

    @atomic
    async def _end(self, session_id: str) -> None:
        await self.end_session(session_id)
