"""Creating, ordering, archiving and assigning tags, by their owner only."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions.closing import Closing
from sigmasight.domain.portfolios.positions.model import PositionId, PositionNotFoundError
from sigmasight.domain.portfolios.tags.assignments import (
    MAX_TAGS_PER_POSITION,
    PositionTagLimitReachedError,
    TagArchivedError,
)
from sigmasight.domain.portfolios.tags.model import (
    LAST,
    MAX_TAGS,
    Tag,
    TagId,
    TagLimitReachedError,
    TagNameTakenError,
    TagNotFoundError,
)
from sigmasight.domain.portfolios.tags.use_cases import STARTER_SET
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_draft, a_tag
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.kernel import RacingTransaction
from tests.unit.domain.portfolios.portfolio_workspace import PortfolioWorkspace

NOBODYS = TagId(UUID(int=9))
NOWHERE = PositionId(UUID(int=9))


def crowd(count: int) -> dict[tuple[object, object], Tag]:
    tags = [a_tag(id=TagId(uuid4()), name=f"Tag {number}") for number in range(count)]
    return {(ANNS_ID, tag.id): tag for tag in tags}


async def names(workspace: PortfolioWorkspace) -> list[str]:
    return [tag.name for tag in await workspace.read_tags.all(by=ANNS_ID)]


class TestCreate:
    async def test_puts_a_new_one_last_unless_a_place_is_named(self) -> None:
        workspace = PortfolioWorkspace()

        for name, place in (("B", None), ("C", None), ("A", 0), ("Z", LAST), ("Last", None)):
            await workspace.create_tag.create(name, by=ANNS_ID, display_order=place)
            workspace.clock.advance(MINUTE)

        assert await names(workspace) == ["B", "A", "C", "Z", "Last"]

    async def test_refuses_a_name_that_differs_in_case_alone_even_of_an_archived_one(self) -> None:
        workspace = PortfolioWorkspace()
        tag = await workspace.create_tag.create("Growth", by=ANNS_ID)
        await workspace.update_tag.archive(tag.id, by=ANNS_ID)

        with pytest.raises(TagNameTakenError):
            await workspace.create_tag.create("gROWTH", by=ANNS_ID)
        await workspace.create_tag.create("Growth", by=BOBS_ID)

        assert await names(workspace) == ["Growth"]

    async def test_refuses_one_more_than_the_limit(self) -> None:
        workspace = PortfolioWorkspace()
        workspace.store.tags.update(crowd(MAX_TAGS))  # type: ignore[arg-type]

        with pytest.raises(TagLimitReachedError):
            await workspace.create_tag.create("One more", by=ANNS_ID)
        with pytest.raises(TagLimitReachedError):
            await workspace.create_tag.create_starter_set(by=ANNS_ID)

        assert len(await names(workspace)) == MAX_TAGS

    async def test_that_lost_a_race_makes_one(self) -> None:
        workspace = PortfolioWorkspace(transaction=RacingTransaction)

        await workspace.create_tag.create("Growth", by=ANNS_ID)

        assert await names(workspace) == ["Growth"]


class TestStarterSet:
    async def test_is_created_once_even_if_its_tags_were_archived(self) -> None:
        workspace = PortfolioWorkspace()
        first, made = await workspace.create_tag.create_starter_set(by=ANNS_ID)
        await workspace.update_tag(first[0].id, by=ANNS_ID, name="My own word")
        await workspace.update_tag.archive(first[1].id, by=ANNS_ID)

        again, made_again = await workspace.create_tag.create_starter_set(by=ANNS_ID)

        assert (made, made_again) == (len(STARTER_SET), 0)
        assert [tag.name for tag in first] == [name for name, _, _ in STARTER_SET]
        assert [tag.id for tag in again] == [tag.id for tag in first]

    async def test_follows_existing_tags_and_skips_their_names(self) -> None:
        workspace = PortfolioWorkspace()
        own = await workspace.create_tag.create("growth", by=ANNS_ID, display_order=5)

        tags, made = await workspace.create_tag.create_starter_set(by=ANNS_ID)

        assert made == len(STARTER_SET) - 1
        assert [tags[0].id, tags[1].display_order] == [own.id, 6]

    async def test_belongs_to_each_user(self) -> None:
        workspace = PortfolioWorkspace()
        await workspace.create_tag.create_starter_set(by=ANNS_ID)

        bobs, made = await workspace.create_tag.create_starter_set(by=BOBS_ID)

        assert made == len(STARTER_SET)
        assert {tag.user_id for tag in bobs} == {BOBS_ID}


class TestUpdate:
    async def test_changes_only_the_named_fields(self) -> None:
        workspace = PortfolioWorkspace()
        tag = await workspace.create_tag.create("Growth", by=ANNS_ID, description="Tall")
        workspace.clock.advance(MINUTE)

        changed = await workspace.update_tag(tag.id, by=ANNS_ID, name="GROWTH", color="#000000")

        assert changed == replace(
            tag, name="GROWTH", color="#000000", updated_at=workspace.clock.now()
        )
        assert await workspace.read_tags.one(tag.id, by=ANNS_ID) == changed

    async def test_refuses_the_name_of_another(self) -> None:
        workspace = PortfolioWorkspace()
        await workspace.create_tag.create("Growth", by=ANNS_ID)
        tag = await workspace.create_tag.create("Value", by=ANNS_ID)

        with pytest.raises(TagNameTakenError):
            await workspace.update_tag(tag.id, by=ANNS_ID, name="growth")

        assert await names(workspace) == ["Growth", "Value"]

    async def test_archives_and_restores_once(self) -> None:
        workspace = PortfolioWorkspace()
        tag = await workspace.create_tag.create("Growth", by=ANNS_ID)

        archived = await workspace.update_tag.archive(tag.id, by=ANNS_ID)
        workspace.clock.advance(MINUTE)
        again = await workspace.update_tag.archive(tag.id, by=ANNS_ID)
        restored = await workspace.update_tag.restore(tag.id, by=ANNS_ID)
        workspace.clock.advance(MINUTE)

        assert (archived.archived_at, again) == (NOON, archived)
        assert restored == replace(tag, updated_at=NOON + MINUTE)
        assert await workspace.update_tag.restore(tag.id, by=ANNS_ID) == restored


class TestPutOn:
    async def test_adds_to_existing_tags_unless_it_replaces_them(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        a, b, c = [await workspace.create_tag.create(name, by=ANNS_ID) for name in "abc"]

        named = await workspace.tag.assign(
            held.id, [b.id, a.id, b.id], by=ANNS_ID, replace_existing=False
        )
        await workspace.tag.assign(held.id, [c.id], by=ANNS_ID, replace_existing=False)
        every = await workspace.position_tags.for_position(held.id, by=ANNS_ID)
        await workspace.tag.assign(held.id, [b.id], by=ANNS_ID, replace_existing=True)

        assert named == [b.id, a.id]
        assert [tag.id for tag in every] == [a.id, b.id, c.id]
        assert [
            tag.id for tag in await workspace.position_tags.for_position(held.id, by=ANNS_ID)
        ] == [b.id]
        await workspace.tag.assign(held.id, [], by=ANNS_ID, replace_existing=True)
        assert await workspace.position_tags.for_position(held.id, by=ANNS_ID) == []

    async def test_refuses_archived_unknown_or_too_many_tags_and_changes_nothing(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        good = await workspace.create_tag.create("Good", by=ANNS_ID)
        old = await workspace.create_tag.create("Old", by=ANNS_ID)
        await workspace.update_tag.archive(old.id, by=ANNS_ID)
        many = crowd(MAX_TAGS_PER_POSITION)
        workspace.store.tags.update(many)  # type: ignore[arg-type]
        everything = [tag.id for tag in many.values()]
        await workspace.tag.assign(held.id, everything, by=ANNS_ID, replace_existing=False)
        before = workspace.store.copy()

        for refusal, tags in (
            (TagArchivedError, [old.id]),
            (TagNotFoundError, [good.id, NOBODYS]),
            (PositionTagLimitReachedError, [good.id]),
        ):
            with pytest.raises(refusal):
                await workspace.tag.assign(held.id, tags, by=ANNS_ID, replace_existing=False)

        assert workspace.store == before

    async def test_removes_the_named_tags_and_returns_the_removed_ones(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        a, b, c = [await workspace.create_tag.create(name, by=ANNS_ID) for name in "abc"]
        await workspace.tag.assign(held.id, [a.id, b.id], by=ANNS_ID, replace_existing=False)

        gone = await workspace.tag.remove(held.id, [c.id, b.id, b.id], by=ANNS_ID)
        with pytest.raises(TagNotFoundError):
            await workspace.tag.remove(held.id, [a.id, NOBODYS], by=ANNS_ID)

        assert gone == [b.id]
        assert [
            tag.id for tag in await workspace.position_tags.for_position(held.id, by=ANNS_ID)
        ] == [a.id]

    async def test_an_archived_one_stays_unseen_until_it_is_restored(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        tag = await workspace.create_tag.create("Growth", by=ANNS_ID)
        await workspace.tag.assign(held.id, [tag.id], by=ANNS_ID, replace_existing=False)

        await workspace.update_tag.archive(tag.id, by=ANNS_ID)
        hidden = await workspace.position_tags.for_position(held.id, by=ANNS_ID)
        _, not_inherited = await workspace.duplicates(held.portfolio_id, "ACME", by=ANNS_ID)
        await workspace.tag.assign(held.id, [tag.id], by=ANNS_ID, replace_existing=False)
        await workspace.update_tag.restore(tag.id, by=ANNS_ID)

        assert (hidden, not_inherited) == ([], [])
        assert [
            each.id for each in await workspace.position_tags.for_position(held.id, by=ANNS_ID)
        ] == [tag.id]


async def test_a_tag_counts_lists_and_passes_on_open_positions() -> None:
    workspace = PortfolioWorkspace()
    held = await workspace.open_positions(
        *(a_draft(symbol=symbol) for symbol in ("ACME", "ACME", "OTHER"))
    )
    tags = [await workspace.create_tag.create(name, by=ANNS_ID) for name in ("b", "a")]
    for position in held:
        await workspace.tag.assign(
            position.id, [tag.id for tag in tags], by=ANNS_ID, replace_existing=False
        )
    await workspace.update_position(held[0].id, {}, Closing(exit_price=Decimal(1)), by=ANNS_ID)
    await workspace.delete_positions([held[2].id], by=ANNS_ID)
    folio = held[0].portfolio_id

    tag, page = await workspace.position_tags.tagged_positions(
        tags[0].id, folio, by=ANNS_ID, limit=9, offset=0
    )
    found, inherited = await workspace.duplicates(folio, " acme ", by=ANNS_ID)
    _, nothing = await workspace.duplicates(folio, "OTHER", by=ANNS_ID)

    assert (tag.position_count, page.total, page.items) == (1, 1, [held[1]])
    assert (found, inherited, nothing) == ([held[1]], [each.id for each in tags], [])


async def test_nobody_reaches_the_tags_of_another() -> None:
    workspace = PortfolioWorkspace()
    [anns] = await workspace.open_positions(a_draft())
    tag = await workspace.create_tag.create("Growth", by=ANNS_ID)
    bobs = await workspace.create_tag.create("Mine", by=BOBS_ID)
    before = workspace.store.copy()

    for each in (tag.id, NOBODYS):
        for ask in (workspace.read_tags.one, workspace.update_tag, workspace.update_tag.archive):
            with pytest.raises(TagNotFoundError):
                await ask(each, by=BOBS_ID)
        with pytest.raises(TagNotFoundError):
            await workspace.update_tag.restore(each, by=BOBS_ID)
        with pytest.raises(TagNotFoundError):
            await workspace.position_tags.tagged_positions(
                each, None, by=BOBS_ID, limit=9, offset=0
            )
    for position in (anns.id, NOWHERE):
        with pytest.raises(PositionNotFoundError):
            await workspace.position_tags.for_position(position, by=BOBS_ID)
        with pytest.raises(PositionNotFoundError):
            await workspace.tag.assign(position, [bobs.id], by=BOBS_ID, replace_existing=True)
        with pytest.raises(PositionNotFoundError):
            await workspace.tag.remove(position, [bobs.id], by=BOBS_ID)
    for portfolio in (anns.portfolio_id, PortfolioId(NOBODYS)):
        with pytest.raises(PortfolioNotFoundError):
            await workspace.position_tags.tagged_positions(
                bobs.id, portfolio, by=BOBS_ID, limit=9, offset=0
            )
    with pytest.raises(TagNotFoundError):
        await workspace.tag.assign(anns.id, [bobs.id], by=ANNS_ID, replace_existing=True)

    assert workspace.store == before
