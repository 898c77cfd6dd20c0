"""An identity provider with fixed profiles."""

from sigmasight.domain.identity.identity_provider import IdentityProvider
from sigmasight.domain.identity.sessions import (
    IdentityProviderUnavailableError,
)
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    Profile,
)
from sigmasight.domain.kernel import ClerkUserId


class FakeIdentityProvider(IdentityProvider):
    """Knows the given profiles and no others; closed, it refuses."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.profiles: dict[ClerkUserId, Profile] = {}
        self.is_open = is_open
        self.is_down = False
        self.asked_for: list[ClerkUserId] = []

    async def profile(self, account: ClerkUserId) -> Profile | None:
        self.asked_for.append(account)
        if not self.is_open:
            return None
        if self.is_down:
            raise IdentityProviderUnavailableError
        if account not in self.profiles:
            raise AccountInactiveError
        return self.profiles[account]
