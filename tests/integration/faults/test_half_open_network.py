"""Connections that are dead and do not say so: each costs a time-out, and all together only one."""

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Answers, Api, all_unavailable, at_once, statuses
from tests.support.servers.fault_proxy import FaultProxy

ANN = a_person("ann")
CROWD = 40
"""More than both pools have connections."""


async def crowd(api: Api) -> Answers:
    """Use every connection of both pools."""
    return await at_once(
        api.get(path, ANN.token()) for path in ("/auth/me", "/portfolios") for _ in range(CROWD)
    )


async def test_after_a_half_open_network_heals_every_request_is_served(
    api: Api, rows: Rows, proxy: FaultProxy
) -> None:
    await rows.add_user(ANN)
    warm = await crowd(api)
    proxy.freeze()
    during = [await api.get(path, ANN.token()) for path in ("/auth/me", "/portfolios")]
    proxy.heal()

    after = await crowd(api)

    assert statuses(warm) == statuses(after) == {200: 2 * CROWD}
    assert all_unavailable(during, "database_unavailable")


async def test_dead_connections_of_a_pool_are_found_together(
    api: Api, rows: Rows, proxy: FaultProxy
) -> None:
    await rows.add_user(ANN)
    warm = await crowd(api)
    proxy.forget()
    first, second = [await api.get(path, ANN.token()) for path in ("/auth/me", "/portfolios")]

    after = await crowd(api)

    assert statuses(warm) == statuses(after) == {200: 2 * CROWD}
    assert all_unavailable([first], "database_unavailable")
    assert second.status_code == 200
