"""Setting, changing, importing and deleting target prices, by their owner only."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.domain.portfolios.positions import PositionId, PositionType
from sigmasight.domain.portfolios.positions.model import PositionNotFoundError
from sigmasight.domain.portfolios.target_prices.model import (
    MAX_TARGETS,
    TargetPriceId,
    TargetPriceLimitReachedError,
    TargetPriceNotFoundError,
    TargetPriceTakenError,
)
from sigmasight.domain.portfolios.target_prices.use_cases import Which
from tests.support.builders.instants import MINUTE
from tests.support.builders.portfolios import a_draft, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.kernel import RacingTransaction
from tests.unit.domain.portfolios.target_prices.target_price_workspace import (
    TargetPriceWorkspace,
    a_target_draft,
)

NOBODYS = UUID(int=9)


async def prices(
    workspace: TargetPriceWorkspace, portfolio: PortfolioId
) -> dict[str, Decimal | None]:
    found = await workspace.targets.all(portfolio, by=ANNS_ID)
    return {each.target.symbol: each.target.target_price_eoy for each in found}


class TestSet:
    async def test_takes_missing_fields_from_the_position(self) -> None:
        workspace = TargetPriceWorkspace()
        [held] = await workspace.open_positions(a_draft())
        draft = a_target_draft(symbol=None, position_id=held.id, current_price=None)

        outlook = await workspace.set_targets.one(draft, into=held.portfolio_id, by=ANNS_ID)

        assert outlook.target.key == ("ACME", PositionType.LONG)
        assert (outlook.current_price, outlook.expected_return_eoy) == (
            held.entry_price,
            Decimal("0.2"),
        )
        assert await workspace.targets.one(outlook.target.id, by=ANNS_ID) == outlook

    async def test_is_once_for_a_symbol_and_type_even_in_a_race(self) -> None:
        workspace = TargetPriceWorkspace(transaction=RacingTransaction)
        [portfolio] = await workspace.create_portfolios(1)
        await workspace.set_targets.one(a_target_draft(), into=portfolio.id, by=ANNS_ID)
        short = a_target_draft(symbol=" acme ", position_type=PositionType.SHORT)
        await workspace.set_targets.one(short, into=portfolio.id, by=ANNS_ID)

        for draft in (a_target_draft(symbol="acme"), short):
            with pytest.raises(TargetPriceTakenError):
                await workspace.set_targets.one(draft, into=portfolio.id, by=ANNS_ID)
        twice = [a_target_draft(symbol="NEW")] * 2
        with pytest.raises(TargetPriceTakenError):
            await workspace.set_targets.many(twice, into=portfolio.id, by=ANNS_ID)

        assert len(workspace.store.targets) == 2

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"symbol": None}, ("symbol", "required")),
            ({"symbol": "A B"}, ("symbol", "invalid_characters")),
            ({"symbol": "X" * 101}, ("symbol", "too_long")),
            ({"target_price_eoy": None}, ("target_price_eoy", "required")),
            ({"target_price_eoy": Decimal(-1)}, ("target_price_eoy", "out_of_range")),
            ({"downside_target_price": Decimal("1e-7")}, ("downside_target_price", "too_precise")),
            ({"target_price_next_year": Decimal("NaN")}, ("target_price_next_year", "not_finite")),
            ({"current_price": Decimal(0)}, ("current_price", "out_of_range")),
            ({"current_price": None}, ("current_price", "required")),
        ],
        ids=str,
    )
    async def test_reports_errors_and_sets_nothing(
        self, changes: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        workspace = TargetPriceWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        drafts = [a_target_draft(symbol="GOOD"), a_target_draft(**changes)]

        with pytest.raises(ValidationFailedError) as refusal:
            await workspace.set_targets.many(drafts, into=portfolio.id, by=ANNS_ID)

        field, code = fault
        assert [(each.field, each.code) for each in refusal.value.errors] == [
            (f"target_prices[1].{field}", code)
        ]
        assert workspace.store.targets == {}

    async def test_refuses_a_position_that_does_not_fit_or_is_not_there(self) -> None:
        workspace = TargetPriceWorkspace()
        [held] = await workspace.open_positions(a_draft())
        other = await workspace.create(terms(account_name="Other"), by=ANNS_ID)
        fits = a_target_draft(position_id=held.id)

        with pytest.raises(ValidationFailedError):
            await workspace.set_targets.one(
                a_target_draft(symbol="OTHER", position_id=held.id),
                into=held.portfolio_id,
                by=ANNS_ID,
            )
        for portfolio, draft in (
            (other.id, fits),
            (held.portfolio_id, a_target_draft(position_id=PositionId(NOBODYS))),
        ):
            with pytest.raises(PositionNotFoundError):
                await workspace.set_targets.one(draft, into=portfolio, by=ANNS_ID)
        assert workspace.store.targets == {}

    async def test_refuses_one_more_than_the_limit(self) -> None:
        workspace = TargetPriceWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        many = [a_target_draft(symbol=f"S{number}") for number in range(MAX_TARGETS)]
        await workspace.set_targets.many(many, into=portfolio.id, by=ANNS_ID)

        with pytest.raises(TargetPriceLimitReachedError):
            await workspace.set_targets.one(a_target_draft(), into=portfolio.id, by=ANNS_ID)
        with pytest.raises(TargetPriceLimitReachedError):
            await workspace.import_targets(
                "symbol,target_eoy,current_price\nACME,1,1",
                into=portfolio.id,
                by=ANNS_ID,
                update_existing=False,
            )


class TestChange:
    async def test_of_one_changes_only_the_named_fields(self) -> None:
        workspace = TargetPriceWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        before = await workspace.set_targets.one(a_target_draft(), into=portfolio.id, by=ANNS_ID)
        workspace.clock.advance(MINUTE)

        after = await workspace.change_targets.one(
            before.target.id, {"target_price_eoy": Decimal(20)}, by=ANNS_ID
        )

        assert (after.expected_return_eoy, after.target.created_at) == (
            Decimal(1),
            before.target.created_at,
        )
        assert after.target.updated_at == workspace.clock.now()
        for nonsense in ({"target_price_eoy": None}, {"current_price": Decimal(-1)}):
            with pytest.raises(ValidationFailedError):
                await workspace.change_targets.one(after.target.id, nonsense, by=ANNS_ID)  # type: ignore[arg-type]
        assert await workspace.targets.one(after.target.id, by=ANNS_ID) == after

    async def test_of_many_is_by_id_or_symbol_and_reports_unknown_ones(self) -> None:
        workspace = TargetPriceWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        long = a_target_draft(symbol="LONG", position_type=PositionType.LONG)
        drafts = [a_target_draft(), a_target_draft(symbol="OTHER"), long]
        acme, *_ = await workspace.set_targets.many(drafts, into=portfolio.id, by=ANNS_ID)
        unknown: list[Which] = [
            TargetPriceId(NOBODYS),
            ("OTHER", PositionType.LONG),
            ("ELSE", None),
        ]

        changed, missing = await workspace.change_targets.many(
            portfolio.id,
            [
                (acme.target.id, {"target_price_eoy": Decimal(1)}),
                (unknown[0], {"target_price_eoy": Decimal(9)}),
                (unknown[1], {"target_price_eoy": Decimal(9)}),
                (unknown[2], {"target_price_eoy": Decimal(9)}),
                (("OTHER", None), {"target_price_eoy": Decimal(2)}),
                (("LONG", None), {"target_price_eoy": Decimal(3)}),
            ],
            by=ANNS_ID,
        )

        assert [each.target.symbol for each in changed] == ["ACME", "OTHER", "LONG"]
        assert missing == unknown
        assert await prices(workspace, portfolio.id) == {
            "ACME": Decimal(1),
            "OTHER": Decimal(2),
            "LONG": Decimal(3),
        }

    async def test_of_many_with_one_invalid_price_changes_none(self) -> None:
        workspace = TargetPriceWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        await workspace.set_targets.one(a_target_draft(), into=portfolio.id, by=ANNS_ID)
        before = await prices(workspace, portfolio.id)

        with pytest.raises(ValidationFailedError):
            await workspace.change_targets.many(
                portfolio.id,
                [
                    (("ACME", None), {"target_price_eoy": Decimal(3)}),
                    (("ACME", None), {"target_price_eoy": Decimal(-3)}),
                ],
                by=ANNS_ID,
            )

        assert await prices(workspace, portfolio.id) == before


class TestImport:
    async def test_sets_new_ones_and_changes_those_there_are_if_it_may(self) -> None:
        workspace = TargetPriceWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        draft = a_target_draft(downside_target_price=Decimal(5))
        known = await workspace.set_targets.one(draft, into=portfolio.id, by=ANNS_ID)
        text = "symbol,target_eoy,current_price\nacme,16,10\nOTHER,3,2"

        with pytest.raises(CsvInvalidError) as refusal:
            await workspace.import_targets(
                text, into=portfolio.id, by=ANNS_ID, update_existing=False
            )
        imported = await workspace.import_targets(
            text, into=portfolio.id, by=ANNS_ID, update_existing=True
        )

        [fault] = refusal.value.errors.first
        assert (fault.row, fault.symbol, fault.code) == (2, "acme", "taken")
        assert (imported.created, imported.updated) == (1, 1)
        assert await prices(workspace, portfolio.id) == {"ACME": Decimal(16), "OTHER": Decimal(3)}
        kept = (await workspace.targets.one(known.target.id, by=ANNS_ID)).target
        assert kept.downside_target_price == Decimal(5)

    async def test_reports_every_error_of_every_row_and_stores_none(self) -> None:
        workspace = TargetPriceWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        text = (
            "symbol,target_eoy,current_price\nGOOD,1,1\n,1,1\nBAD,x,1\n'=A,-1,1\nGOOD,2,1\nNEW,1,"
        )

        with pytest.raises(CsvInvalidError) as refusal:
            await workspace.import_targets(
                text, into=portfolio.id, by=ANNS_ID, update_existing=True
            )

        assert [(each.row, each.field, each.code) for each in refusal.value.errors.first] == [
            (3, "symbol", "required"),
            (4, "target_price_eoy", "invalid"),
            (5, "symbol", "invalid_characters"),
            (5, "target_price_eoy", "out_of_range"),
            (6, "symbol", "twice"),
            (7, "current_price", "required"),
        ]
        assert workspace.store.targets == {}


async def test_nobody_reaches_the_targets_of_another() -> None:
    workspace = TargetPriceWorkspace()
    [held] = await workspace.open_positions(a_draft())
    [bobs] = await workspace.create_portfolios(1, by=BOBS_ID)
    known = await workspace.set_targets.one(a_target_draft(), into=held.portfolio_id, by=ANNS_ID)
    before = workspace.store.copy()

    for target in (known.target.id, TargetPriceId(NOBODYS)):
        with pytest.raises(TargetPriceNotFoundError):
            await workspace.targets.one(target, by=BOBS_ID)
        with pytest.raises(TargetPriceNotFoundError):
            await workspace.change_targets.one(target, {"target_price_eoy": Decimal(1)}, by=BOBS_ID)
        assert await workspace.change_targets.many(
            bobs.id, [(target, {"target_price_eoy": Decimal(1)})], by=BOBS_ID
        ) == ([], [target])
        with pytest.raises(TargetPriceNotFoundError):
            await workspace.change_targets.delete(target, by=BOBS_ID)
    for portfolio in (held.portfolio_id, PortfolioId(NOBODYS)):
        for ask in (workspace.targets.all, workspace.targets.summary):
            with pytest.raises(PortfolioNotFoundError):
                await ask(portfolio, by=BOBS_ID)
        with pytest.raises(PortfolioNotFoundError):
            await workspace.set_targets.one(a_target_draft(), into=portfolio, by=BOBS_ID)
        with pytest.raises(PortfolioNotFoundError):
            await workspace.change_targets.many(portfolio, [], by=BOBS_ID)
        with pytest.raises(PortfolioNotFoundError):
            await workspace.import_targets("", into=portfolio, by=BOBS_ID, update_existing=True)
    theirs = a_target_draft(position_id=held.id)
    with pytest.raises(PositionNotFoundError):
        await workspace.set_targets.one(theirs, into=bobs.id, by=BOBS_ID)
    assert workspace.store == before

    await workspace.change_targets.delete(known.target.id, by=ANNS_ID)
    assert workspace.store.targets == {}
