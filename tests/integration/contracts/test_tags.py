"""What every Tags and every PositionTags promises, both the fakes and the adapters."""

from dataclasses import replace
from uuid import UUID

import pytest

from sigmasight.domain.kernel import Page
from sigmasight.domain.portfolios.positions.model import (
    Position,
)
from sigmasight.domain.portfolios.tags.model import LAST, Tag, TagId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, a_position, a_tag, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))
FULL = a_tag(
    id=TagId(UUID(int=1)),
    name="é" * 50,
    color="#abcdef",
    description="é\n" * 250,
    display_order=LAST,
    archived_at=NOON,
    updated_at=NOON + DAY,
)
PLAIN = a_tag(id=TagId(UUID(int=2)))


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    """The ports with Ann and Bob in them, and two portfolios of Ann's."""
    return await ports.seed(SAVINGS, OTHER)


async def put(ports: Ports, *tags: Tag) -> None:
    async def work() -> None:
        await ports.tags.lock_owner(ANNS_ID)
        await ports.tags.put(tags)

    await ports.commit()
    await ports.transaction.run(work)
    await ports.commit()


async def tag(ports: Ports, position: Position, *tags: Tag) -> None:
    async def work() -> None:
        await ports.positions.claim(ANNS_ID, [position.id])
        await ports.position_tags.put(ANNS_ID, position.id, [each.id for each in tags], NOON)

    await ports.commit()
    await ports.transaction.run(work)
    await ports.commit()


async def ids(ports: Ports, position: Position) -> list[TagId]:
    return [each.id for each in await ports.position_tags.for_position(ANNS_ID, position.id)]


async def test_a_stored_and_updated_one_is_read_back_unchanged(seeded: Ports) -> None:
    await put(seeded, FULL, PLAIN)
    changed = replace(PLAIN, name="Value", display_order=7, archived_at=NOON, updated_at=NOON + DAY)

    assert await seeded.tags.find(ANNS_ID, FULL.id) == FULL
    assert await seeded.tags.find(ANNS_ID, PLAIN.id) == PLAIN
    await put(seeded, changed)
    await put(seeded)

    assert await seeded.tags.list(ANNS_ID) == [changed, FULL]


async def test_tags_are_listed_by_their_place_then_oldest_first(seeded: Ports) -> None:
    third = a_tag(name="c", display_order=1)
    second = a_tag(name="b", created_at=NOON + DAY)
    first = a_tag(name="a")
    await put(seeded, third, second, first)

    assert await seeded.tags.list(ANNS_ID) == [first, second, third]


async def test_names_are_unique_in_any_case(seeded: Ports) -> None:
    await put(seeded, PLAIN, FULL)

    assert list(await seeded.tags.ids_by_name(ANNS_ID, ["gROWTH", "Value"])) == [PLAIN.id]
    assert list(await seeded.tags.ids_by_name(ANNS_ID, ["Grow", "Growth "])) == []
    assert list(await seeded.tags.ids_by_name(ANNS_ID, [])) == []
    assert list(await seeded.tags.ids_by_name(BOBS_ID, ["Growth"])) == []


async def test_a_position_has_the_tags_assigned_last(seeded: Ports) -> None:
    position, other = a_position(SAVINGS), a_position(SAVINGS)
    await seeded.positions.add([position, other])
    await put(seeded, FULL, PLAIN)

    await tag(seeded, position, FULL, PLAIN)
    both = await ids(seeded, position)
    await tag(seeded, position, PLAIN)
    one = await ids(seeded, position)
    await tag(seeded, position)

    assert (both, one) == ([PLAIN.id, FULL.id], [PLAIN.id])
    assert (await ids(seeded, position), await ids(seeded, other)) == ([], [])


async def test_a_tag_counts_and_lists_the_open_positions_that_are_there(seeded: Ports) -> None:
    old = a_position(SAVINGS, created_at=NOON - DAY)
    new, elsewhere = a_position(SAVINGS), a_position(OTHER, created_at=NOON + DAY)
    closed = a_position(SAVINGS, exit_date=NOON.date())
    deleted, untagged = a_position(SAVINGS), a_position(SAVINGS)
    await seeded.positions.add([new, old, elsewhere, closed, deleted, untagged])
    await put(seeded, PLAIN, FULL)
    for position in (new, old, elsewhere, closed, deleted):
        await tag(seeded, position, PLAIN)
    await seeded.positions.put([replace(deleted, deleted_at=NOON)])
    await seeded.commit()

    found = await seeded.tags.find(ANNS_ID, PLAIN.id)
    counts = [each.position_count for each in await seeded.tags.list(ANNS_ID)]
    [seen] = await seeded.position_tags.for_position(ANNS_ID, old.id)
    listed = [
        await seeded.position_tags.tagged_positions(
            ANNS_ID, PLAIN.id, portfolio, limit=limit, offset=offset
        )
        for portfolio, limit, offset in [(None, 9, 0), (SAVINGS.id, 9, 0), (None, 1, 1)]
    ]

    assert found == seen == replace(PLAIN, position_count=3)
    assert counts == [3, 0]
    assert listed == [Page([old, new, elsewhere], 3), Page([old, new], 2), Page([new], 3)]
    await seeded.portfolios.put(replace(OTHER, deleted_at=NOON))
    await seeded.commit()
    assert await seeded.tags.find(ANNS_ID, PLAIN.id) == replace(PLAIN, position_count=2)


async def test_a_symbol_passes_on_the_active_tags_of_its_open_positions(seeded: Ports) -> None:
    first, second = a_position(SAVINGS), a_position(SAVINGS)
    closed = a_position(SAVINGS, exit_date=NOON.date())
    other, elsewhere = a_position(SAVINGS, symbol="OTHER"), a_position(OTHER)
    tags = [a_tag(name=name, display_order=place) for place, name in enumerate("abcde")]
    await seeded.positions.add([first, second, closed, other, elsewhere])
    await put(seeded, FULL, *tags)
    await tag(seeded, first, tags[1], FULL)
    await tag(seeded, second, tags[1], tags[0])
    await tag(seeded, closed, tags[2])
    await tag(seeded, other, tags[3])
    await tag(seeded, elsewhere, tags[4])

    found = await seeded.position_tags.for_symbol(ANNS_ID, SAVINGS.id, "ACME")

    assert found == [tags[0].id, tags[1].id]
    assert await seeded.position_tags.for_symbol(ANNS_ID, SAVINGS.id, "ACM") == []


async def test_users_cannot_reach_each_others_data(seeded: Ports) -> None:
    position = a_position(SAVINGS)
    await seeded.positions.add([position])
    await put(seeded, PLAIN)
    await tag(seeded, position, PLAIN)
    bearers = seeded.position_tags.tagged_positions

    assert await seeded.tags.find(BOBS_ID, PLAIN.id) is None
    assert await seeded.tags.list(BOBS_ID) == []
    assert await seeded.position_tags.for_position(BOBS_ID, position.id) == []
    assert await seeded.position_tags.for_symbol(BOBS_ID, SAVINGS.id, "ACME") == []
    assert await bearers(BOBS_ID, PLAIN.id, None, limit=9, offset=0) == Page([], 0)


async def test_tags_are_reassigned_on_several_positions_at_once(seeded: Ports) -> None:
    one, two, closed = a_position(SAVINGS), a_position(SAVINGS), a_position(SAVINGS)
    await seeded.positions.add([one, two, closed])
    old, new, mine = a_tag(name="Old"), a_tag(name="New"), a_tag(name="Mine")
    await seeded.tags.put([old, new, mine])
    for position in (one, two, closed):
        await seeded.position_tags.put(ANNS_ID, position.id, [old.id, mine.id], NOON)

    await seeded.position_tags.reassign(
        ANNS_ID, [one.id, two.id], remove=[old.id, new.id], add={one.id: new.id}, at=NOON
    )
    await seeded.commit()

    async def names(position: Position) -> set[str]:
        found = await seeded.position_tags.for_position(ANNS_ID, position.id)
        return {tag.name for tag in found}

    assert await names(one) == {"New", "Mine"}
    assert await names(two) == {"Mine"}
    assert await names(closed) == {"Old", "Mine"}
