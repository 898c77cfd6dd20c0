"""What the queue of jobs promises, the fake as much as the real one."""

from uuid import uuid4

import pytest

from sigmasight.domain.jobs import JobKind, Subject
from tests.contracts.conftest import Ports

CALCULATE, FIX = JobKind.CALCULATE, JobKind.FIX


def a_subject() -> Subject:
    return uuid4(), uuid4()


@pytest.fixture
def subjects() -> list[Subject]:
    return [a_subject() for _ in range(3)]


async def test_what_waits_is_taken_in_its_order_until_it_is_finished(
    ports: Ports, subjects: list[Subject]
) -> None:
    await ports.queue.put(CALCULATE, subjects, behind=False)
    await ports.settle()

    first, second = await ports.jobs.take(2)
    await ports.jobs.hold([first, second])
    await ports.jobs.finish(first)
    await ports.jobs.prune()
    rest = await ports.jobs.take(9)

    assert [job.subject for job in (first, second)] == subjects[:2]
    assert {job.kind for job in (first, second)} == {CALCULATE}
    assert {job.subject for job in rest} == set(subjects[1:])


async def test_what_is_put_back_is_taken_again_in_its_turn(
    ports: Ports, subjects: list[Subject]
) -> None:
    await ports.queue.put(CALCULATE, subjects, behind=False)
    await ports.settle()

    for _ in range(2):
        [first] = await ports.jobs.take(1)
        assert first.subject == subjects[0]
        await ports.jobs.put_back(first)

    assert [job.subject for job in await ports.jobs.take(9)] == subjects


async def test_what_is_put_behind_waits_for_what_comes_after_it(
    ports: Ports, subjects: list[Subject]
) -> None:
    [urgent, *patient] = subjects
    await ports.queue.put(CALCULATE, patient, behind=True)
    await ports.queue.put(FIX, [urgent], behind=False)
    await ports.settle()

    [first] = await ports.jobs.take(1)

    assert (first.kind, first.subject) == (FIX, urgent)


async def test_a_job_may_be_about_one_thing_or_several(ports: Ports) -> None:
    await ports.queue.put(FIX, [(uuid4(),), a_subject()], behind=False)
    await ports.settle()

    assert sorted(len(job.subject) for job in await ports.jobs.take(5)) == [1, 2]


async def test_an_empty_queue_has_nothing_to_take(ports: Ports) -> None:
    await ports.queue.put(CALCULATE, [], behind=False)
    await ports.settle()

    assert await ports.jobs.take(5) == []
    await ports.jobs.hold([])
