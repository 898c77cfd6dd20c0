"""Who is calling: the one query of every request."""

from abc import abstractmethod
from typing import Protocol

from sigmasight.domain.identity.api_keys import ApiKey, KeyReference
from sigmasight.domain.identity.users import Overview, User
from sigmasight.domain.kernel import ClerkUserId, UserId


class Callers(Protocol):
    """The caller, as every request reads them: one round trip, no lock."""

    @abstractmethod
    async def find(self, who: ClerkUserId | UserId, session_id: str | None = None) -> User | None:
        """Return the account's user, or the user of that id.

        Raise SessionEndedError if the session has ended, whether there is a user or not.
        """

    @abstractmethod
    async def overview(
        self, who: ClerkUserId | UserId, session_id: str | None = None
    ) -> Overview | None:
        """Return the same user with their overview, or raise SessionEndedError."""

    @abstractmethod
    async def with_key(self, key: KeyReference) -> tuple[User, ApiKey] | None:
        """Return the user whose key that is, with the key as stored."""

    @abstractmethod
    async def overview_with_key(self, key: KeyReference) -> tuple[Overview, ApiKey] | None:
        """Return the same user with their overview."""
