"""A Clerk that ends and refreshes sessions."""

from sigmasight.domain.identity.sessions import (
    FreshToken,
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
    SessionEndedError,
    Sessions,
)


class FakeSessions(Sessions):
    """Knows the sessions that began and have not been revoked; closed or down, it refuses."""

    def __init__(self, *began: str, is_open: bool = True) -> None:
        self.reset(*began, is_open=is_open)

    def reset(self, *began: str, is_open: bool = True) -> None:
        """Know these sessions and nothing else."""
        self.is_open = is_open
        self.active = set(began)
        self.revoked: set[str] = set()
        self.is_down = False
        self._tokens = 0

    async def revoke(self, session_id: str) -> None:
        self._require_answer()
        if session_id in self.active:
            self.active.remove(session_id)
            self.revoked.add(session_id)

    async def token(self, session_id: str) -> FreshToken:
        self._require_answer()
        if session_id not in self.active:
            raise SessionEndedError
        self._tokens += 1
        return FreshToken(f"token {self._tokens} of {session_id}", expires_in=60)

    def _require_answer(self) -> None:
        if not self.is_open:
            raise IdentityProviderClosedError
        if self.is_down:
            raise IdentityProviderUnavailableError
