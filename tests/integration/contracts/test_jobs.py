"""What the queue of jobs promises, both the fake and the adapter."""

from uuid import uuid4

import pytest

from sigmasight.domain.jobs import JobArguments, JobKind
from tests.integration.contracts.conftest import Ports

CALCULATE, FIX = JobKind.CALCULATE, JobKind.MAINTENANCE


def a_subject() -> JobArguments:
    return uuid4(), uuid4()


@pytest.fixture
def subjects() -> list[JobArguments]:
    return [a_subject() for _ in range(3)]


async def test_jobs_are_claimed_in_order_until_they_are_finished(
    ports: Ports, subjects: list[JobArguments]
) -> None:
    await ports.queue.put(CALCULATE, subjects, low_priority=False)
    await ports.commit()

    first, second = await ports.jobs.claim(2)
    await ports.jobs.heartbeat([first, second])
    await ports.jobs.finish(first)
    await ports.jobs.prune()
    rest = await ports.jobs.claim(9)

    assert [job.arguments for job in (first, second)] == subjects[:2]
    assert {job.kind for job in (first, second)} == {CALCULATE}
    assert {job.arguments for job in rest} == set(subjects[1:])


async def test_a_requeued_job_is_claimed_again_in_its_turn(
    ports: Ports, subjects: list[JobArguments]
) -> None:
    await ports.queue.put(CALCULATE, subjects, low_priority=False)
    await ports.commit()

    for _ in range(2):
        [first] = await ports.jobs.claim(1)
        assert first.arguments == subjects[0]
        await ports.jobs.requeue(first)

    assert [job.arguments for job in await ports.jobs.claim(9)] == subjects


async def test_a_postponed_job_waits_for_later_ones(
    ports: Ports, subjects: list[JobArguments]
) -> None:
    [urgent, *patient] = subjects
    await ports.queue.put(CALCULATE, patient, low_priority=True)
    await ports.queue.put(FIX, [urgent], low_priority=False)
    await ports.commit()

    [first] = await ports.jobs.claim(1)

    assert (first.kind, first.arguments) == (FIX, urgent)


async def test_a_job_may_be_about_one_thing_or_several(ports: Ports) -> None:
    await ports.queue.put(FIX, [(uuid4(),), a_subject()], low_priority=False)
    await ports.commit()

    assert sorted(len(job.arguments) for job in await ports.jobs.claim(5)) == [1, 2]


async def test_an_empty_queue_has_nothing_to_claim(ports: Ports) -> None:
    await ports.queue.put(CALCULATE, [], low_priority=False)
    await ports.commit()

    assert await ports.jobs.claim(5) == []
    await ports.jobs.heartbeat([])
