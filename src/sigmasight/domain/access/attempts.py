"""Attempts to guess a secret, counted by account and by the client's network."""

from abc import abstractmethod
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, NewType, Protocol

from sigmasight.domain.kernel import Clock

ClientNetwork = NewType("ClientNetwork", str)
"""An IPv4 address, or the /64 of an IPv6 address: what one subscriber has."""

WINDOW: Final = timedelta(minutes=15)
MAX_BY_ACCOUNT: Final = 10
MAX_BY_NETWORK: Final = 30
IPV6_PREFIX: Final = 64


class Attempts(Protocol):
    """Recent attempts by key; upper and lower case are one."""

    @abstractmethod
    async def record(self, key: str, at: datetime, *, since: datetime, most: int) -> bool:
        """Count an attempt; return False if `most` attempts came after `since`.

        Exact under concurrency: never more than `most` are counted.
        """

    @abstractmethod
    async def first_since(self, key: str, *, since: datetime) -> datetime | None:
        """Return the time of the first attempt after that instant."""

    @abstractmethod
    async def withdraw(self, key: str, at: datetime) -> None:
        """Delete the attempt of an instant: it was right."""

    @abstractmethod
    async def clear(self, key: str) -> None:
        """Delete the attempts with a key."""

    @abstractmethod
    async def prune(self, before: datetime) -> None:
        """Delete some keys whose last attempt was at that instant or earlier."""


def network_of(host: str | None) -> ClientNetwork:
    """Return the network of a client's address; all without a readable one share one."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return ClientNetwork("unknown")
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return ClientNetwork(str(ip_network((int(address), IPV6_PREFIX), strict=False)))
        address = address.ipv4_mapped
    return ClientNetwork(str(address))


async def wait_for(attempts: Attempts, key: str, *, now: datetime) -> timedelta:
    """Return how long it takes until the first attempt with a key has left the window."""
    first = await attempts.first_since(key, since=now - WINDOW)
    return min((first or now) + WINDOW - now, WINDOW)


async def count_attempt(
    attempts: Attempts, key: str, at: datetime, clock: Clock, *, most: int
) -> timedelta | None:
    """Count an attempt of an instant; return how long to wait if none is left."""
    if await attempts.record(key, at, since=at - WINDOW, most=most):
        await attempts.prune(at - WINDOW)
        return None
    # Attempts counted meanwhile may be later than that instant.
    return await wait_for(attempts, key, now=max(at, clock.now()))
