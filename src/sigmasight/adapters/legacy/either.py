"""Tokens of both kinds, while both are taken."""

from sigmasight.adapters.legacy.tokens import HmacSessionTokens, names_hmac
from sigmasight.domain.identity.sessions import AnySession, SessionTokens


class EitherSessionTokens(SessionTokens):
    """Goes by the algorithm a token names, so that none is ever tried against the other's key.

    A cookie's token is Clerk's: ours come as bearer tokens alone.
    """

    def __init__(self, clerks: SessionTokens, ours: HmacSessionTokens) -> None:
        self._clerks = clerks
        self._ours = ours

    async def verify(self, token: str, *, from_cookie: bool = False) -> AnySession:
        if not from_cookie and names_hmac(token):
            return await self._ours.verify(token)
        return await self._clerks.verify(token, from_cookie=from_cookie)
