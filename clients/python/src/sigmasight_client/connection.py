"""The client object that every call of the generated package takes."""

from typing import Final

import httpx

from sigmasight_client.generated import AuthenticatedClient
from sigmasight_client.retries import RetryPolicy, RetryTransport

TIMEOUT: Final = httpx.Timeout(30)


def connect(
    base_url: str,
    token: str,
    *,
    retries: RetryPolicy | None = None,
    timeout: httpx.Timeout = TIMEOUT,
) -> AuthenticatedClient:
    """Return a client for both kinds of calls; use it with `with` or with `async with`.

    The token is a session token of Clerk's, or an API key.
    """
    return AuthenticatedClient(
        base_url=base_url,
        token=token,
        timeout=timeout,
        httpx_args={"transport": RetryTransport(retries or RetryPolicy())},
    )
