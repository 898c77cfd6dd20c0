"""What every ItemPayers promises, both the fake and the adapter."""

from tests.integration.contracts.conftest import Ports
from tests.support.builders.users import ANN, BOB


async def test_the_payer_of_an_item_nobody_claimed_is_unknown(ports: Ports) -> None:
    await ports.item_payers.wait("item_1", "msg_1")

    assert await ports.item_payers.find(["item_1", "item_2"]) is None


async def test_a_claimed_item_is_found_among_others(ports: Ports) -> None:
    waited = await ports.item_payers.claim(ANN, ["item_2"])
    await ports.commit()

    assert waited == []
    assert await ports.item_payers.find(["item_1", "item_2", "item_3"]) == ANN


async def test_the_first_claim_stays(ports: Ports) -> None:
    await ports.item_payers.wait("item_1", "msg_1")
    await ports.item_payers.claim(ANN, ["item_1"])

    assert await ports.item_payers.claim(BOB, ["item_1"]) == []
    assert await ports.item_payers.find(["item_1"]) == ANN


async def test_who_claims_items_learns_each_delivery_that_waited_once(ports: Ports) -> None:
    assert await ports.item_payers.wait("item_1", "msg_1") is None
    assert await ports.item_payers.wait("item_1", "msg_1") is None
    assert await ports.item_payers.wait("item_2", "msg_1") is None
    assert await ports.item_payers.wait("item_2", "msg_2") is None
    await ports.commit()

    assert await ports.item_payers.claim(ANN, ["item_1", "item_2"]) == ["msg_1", "msg_2"]


async def test_nothing_waits_for_an_item_that_is_claimed(ports: Ports) -> None:
    await ports.item_payers.claim(ANN, ["item_1"])

    assert await ports.item_payers.wait("item_1", "msg_1") == ANN
    assert await ports.item_payers.claim(ANN, ["item_1"]) == []
