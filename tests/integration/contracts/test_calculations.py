"""What calculations, snapshots and the queue promise, both the fakes and the adapters."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from sigmasight.domain.jobs import JobKind
from sigmasight.domain.portfolios.analytics.book import Reason
from sigmasight.domain.portfolios.analytics.factors import (
    Exposure,
    Factor,
    FactorExposures,
    Spread,
    SymbolBetas,
)
from sigmasight.domain.portfolios.calculations.progress import Phase
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from sigmasight.domain.portfolios.calculations.snapshots import RunId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.calculations import a_factor_result, a_run, a_snapshot
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    """The ports with Ann and Bob in them, and two portfolios of Ann's."""
    return await ports.seed(SAVINGS, OTHER)


async def test_a_run_that_started_is_found_as_it_is_by_its_owner_alone(seeded: Ports) -> None:
    run = a_run(SAVINGS)

    assert await seeded.runs.start([run])
    await seeded.commit()

    assert await seeded.runs.find(ANNS_ID, run.id) == run
    assert await seeded.runs.find(BOBS_ID, run.id) is None
    assert await seeded.runs.claim(BOBS_ID, run.id) is None


async def test_a_portfolio_has_one_run_at_a_time(seeded: Ports) -> None:
    first = a_run(SAVINGS)

    assert await seeded.runs.start([first])
    assert not await seeded.runs.start([a_run(SAVINGS)])
    assert await seeded.runs.start([a_run(OTHER)])
    await seeded.runs.put(first.ended(RunStatus.FAILED, NOON, "It broke."))
    assert await seeded.runs.start([a_run(SAVINGS)])


async def test_the_last_run_of_a_portfolio_is_found_with_its_log(seeded: Ports) -> None:
    first = a_run(SAVINGS).ended(RunStatus.FAILED, NOON, "It broke.")
    last = a_run(SAVINGS, started_at=NOON + DAY).logged(NOON + DAY, "Queued.")
    last = last.logged(NOON + DAY, "Read.", phase=Phase.POSITIONS, count=7)
    assert await seeded.runs.latest(ANNS_ID, SAVINGS.id) is None

    for run in (first, last, a_run(OTHER, started_at=NOON + 2 * DAY)):
        await seeded.runs.start([run])
    await seeded.commit()

    assert await seeded.runs.latest(ANNS_ID, SAVINGS.id) == last
    assert await seeded.runs.latest(BOBS_ID, SAVINGS.id) is None


async def test_a_run_can_be_claimed_and_changed_while_it_runs(seeded: Ports) -> None:
    run = a_run(SAVINGS)
    await seeded.runs.start([run])
    await seeded.commit()
    tried = replace(run, tries=1, steps=2, error="Once more.")

    claimed = await seeded.runs.claim(ANNS_ID, run.id)
    assert await seeded.runs.claim_running(ANNS_ID, SAVINGS.id) == run
    assert await seeded.runs.claim_running(ANNS_ID, OTHER.id) is None
    assert await seeded.runs.claim_running(BOBS_ID, SAVINGS.id) is None
    await seeded.runs.put(tried)
    await seeded.commit()

    assert claimed == run
    assert await seeded.runs.claim(ANNS_ID, run.id) == tried
    done = tried.ended(RunStatus.COMPLETED, NOON + DAY)
    await seeded.runs.put(done)
    await seeded.commit()
    assert await seeded.runs.find(ANNS_ID, run.id) == done
    assert await seeded.runs.claim(ANNS_ID, run.id) is None
    assert await seeded.runs.claim_running(ANNS_ID, SAVINGS.id) is None


@pytest.mark.parametrize(
    "snapshot",
    [
        a_snapshot(SAVINGS),
        a_snapshot(
            SAVINGS,
            market_value=-(Decimal(10) ** 40) + Decimal("1e-12"),
            largest_symbol="X" * 100,
            largest_weight=Decimal("0.123456"),
            concentration=Decimal("0.000001"),
            volatility=Decimal("0.25"),
            beta=Decimal("-1.5"),
            max_drawdown=Decimal(1),
            value_at_risk=Decimal("1234.56"),
        ),
    ],
    ids=["least", "most"],
)
async def test_the_result_of_a_run_is_read_back_unchanged(seeded: Ports, snapshot: object) -> None:
    await seeded.snapshots.add(ANNS_ID, RunId(uuid4()), snapshot)  # type: ignore[arg-type]
    await seeded.commit()

    assert await seeded.snapshots.latest(ANNS_ID, SAVINGS.id) == snapshot
    assert await seeded.snapshots.latest(ANNS_ID, OTHER.id) is None
    assert await seeded.snapshots.latest(BOBS_ID, SAVINGS.id) is None


async def test_the_latest_is_the_one_calculated_last(seeded: Ports) -> None:
    old, new = a_snapshot(SAVINGS), a_snapshot(SAVINGS, calculated_at=NOON + DAY)
    await seeded.snapshots.add(ANNS_ID, RunId(uuid4()), new)
    await seeded.snapshots.add(ANNS_ID, RunId(uuid4()), old)
    await seeded.commit()

    assert await seeded.snapshots.latest(ANNS_ID, SAVINGS.id) == new


async def test_a_run_calculates_once(seeded: Ports) -> None:
    run, first = RunId(UUID(int=5)), a_snapshot(SAVINGS)
    await seeded.snapshots.add(ANNS_ID, run, first)
    await seeded.snapshots.add(ANNS_ID, run, replace(first, calculated_at=NOON + DAY))
    await seeded.commit()

    assert await seeded.snapshots.latest(ANNS_ID, SAVINGS.id) == first


async def test_of_several_at_once_those_start_whose_portfolio_has_none_running(
    seeded: Ports,
) -> None:
    running, second, other = a_run(SAVINGS), a_run(SAVINGS), a_run(OTHER)
    await seeded.runs.start([running])

    started = await seeded.runs.start([second, other])
    await seeded.commit()

    assert started == [other]
    assert await seeded.runs.find(ANNS_ID, other.id) == other
    assert await seeded.runs.find(ANNS_ID, second.id) is None


async def test_a_run_that_no_job_is_about_any_more_is_given_up(seeded: Ports) -> None:
    stuck, queued, third = a_run(SAVINGS), a_run(OTHER), a_portfolio(terms=terms(account_name="3"))
    await seeded.portfolios.put(third)
    await seeded.commit()
    elsewhere = a_run(third)
    await seeded.runs.start([stuck, queued, elsewhere])
    await seeded.queue.put(JobKind.MAINTENANCE, [stuck.job_arguments], low_priority=False)
    await seeded.queue.put(JobKind.CALCULATE, [queued.job_arguments], low_priority=True)
    await seeded.commit()

    named = [(ANNS_ID, SAVINGS.id), (ANNS_ID, OTHER.id), (BOBS_ID, third.id)]
    given_up = [
        await seeded.runs.fail_orphaned(named, at=NOON + DAY, reason="Nobody has it.")
        for _ in range(2)
    ]
    await seeded.commit()

    assert given_up == [1, 0]
    ended = stuck.ended(RunStatus.FAILED, NOON + DAY, "Nobody has it.")
    assert await seeded.runs.find(ANNS_ID, stuck.id) == ended
    for running in (queued, elsewhere):
        assert await seeded.runs.find(ANNS_ID, running.id) == running


async def test_snapshots_up_to_an_instant_are_cleared_for_the_named_portfolios(
    seeded: Ports,
) -> None:
    new, other = a_snapshot(SAVINGS, calculated_at=NOON + DAY), a_snapshot(OTHER)
    for snapshot in (*[a_snapshot(SAVINGS)] * 3, new, other):
        await seeded.snapshots.add(ANNS_ID, RunId(uuid4()), snapshot)
    await seeded.commit()

    named = [(ANNS_ID, SAVINGS.id), (BOBS_ID, OTHER.id)]
    cleared = [await seeded.snapshots.clear(named, until=NOON, limit=2) for _ in range(3)]
    await seeded.commit()

    assert cleared == [2, 1, 0]
    assert await seeded.snapshots.latest(ANNS_ID, SAVINGS.id) == new
    assert await seeded.snapshots.latest(ANNS_ID, OTHER.id) == other


def test_a_run_lasts_from_its_start_to_its_end() -> None:
    run = a_run(SAVINGS)

    assert run.elapsed(NOON + timedelta(seconds=3)) == timedelta(seconds=3)
    assert run.elapsed(NOON - DAY) == timedelta()
    assert run.ended(RunStatus.FAILED, NOON + DAY).elapsed(NOON + 2 * DAY) == DAY


async def test_the_last_factor_result_of_a_portfolio_is_found_as_it_was_stored(
    seeded: Ports,
) -> None:
    full = a_factor_result(
        SAVINGS,
        exposures=FactorExposures(
            net_asset_value=1234.5,
            factors={Factor.MARKET: Exposure(1.25, 12.5, -3.0), Factor.RATES: Exposure(0, 0)},
            spreads={Spread.SIZE: Exposure(-0.5, -5)},
            long_market_beta=1.5,
            symbols={
                "BRK.B": SymbolBetas(
                    factors={Factor.MARKET: 1.0},
                    spreads={Spread.SIZE: -0.5},
                    r_squared=0.25,
                    observations=60,
                ),
                "BARE": SymbolBetas(),
            },
            positions_left_out=2,
        ),
    )
    empty = a_factor_result(OTHER, exposures=FactorExposures(reason=Reason.NO_POSITIONS))
    for result in (a_factor_result(SAVINGS), full, empty):
        await seeded.factor_results.put(result)
    await seeded.commit()

    both = [SAVINGS.id, OTHER.id]
    found = await seeded.factor_results.latest(ANNS_ID, both)
    assert sorted(found, key=lambda each: both.index(each.portfolio_id)) == [full, empty]
    assert await seeded.factor_results.latest(BOBS_ID, both) == []


async def test_factor_results_are_cleared_up_to_an_instant(seeded: Ports) -> None:
    for portfolio in (SAVINGS, OTHER):
        await seeded.factor_results.put(a_factor_result(portfolio))
    keys = [(ANNS_ID, SAVINGS.id)]

    await seeded.factor_results.clear(keys, until=NOON - DAY)
    await seeded.commit()
    assert len(await seeded.factor_results.latest(ANNS_ID, [SAVINGS.id, OTHER.id])) == 2
    await seeded.factor_results.clear(keys, until=NOON)
    await seeded.commit()

    [left] = await seeded.factor_results.latest(ANNS_ID, [SAVINGS.id, OTHER.id])
    assert left.portfolio_id == OTHER.id
