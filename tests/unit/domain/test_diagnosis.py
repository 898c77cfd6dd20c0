"""What happens to examinations that break, hang, or need one another."""

import asyncio
from collections.abc import Sequence

import pytest

from sigmasight.domain.diagnosis import (
    Diagnose,
    Examination,
    Finding,
    Omission,
    Verdict,
    failed,
    passed,
    skipped,
)

WELL = Omission("well", passed("Fine."))
BAD = Omission("bad", failed("Broken.", "Mend it."))


class Hanging(Examination):
    name = "hanging"

    async def run(self) -> Finding:
        await asyncio.Event().wait()
        raise AssertionError


class Raising(Examination):
    name = "raising"

    async def run(self) -> Finding:
        raise ValueError("postgresql://app:hunter2@db")


class Meeting(Examination):
    """Succeeds once all that meet are running at the same time."""

    def __init__(self, name: str, barrier: asyncio.Barrier) -> None:
        self.name = name
        self._barrier = barrier

    async def run(self) -> Finding:
        await self._barrier.wait()
        return passed("Met.")


class Needing(Examination):
    name = "needing"

    def __init__(self, *needs: str) -> None:
        self.needs: Sequence[str] = needs

    async def run(self) -> Finding:
        return passed("Examined.")


async def test_findings_come_in_the_order_of_the_examinations() -> None:
    findings = await Diagnose([WELL, BAD, Omission("left_out", skipped("No.", "Set it."))])()

    assert [(name, each.verdict) for name, each in findings.items()] == [
        ("well", Verdict.OK),
        ("bad", Verdict.FAILED),
        ("left_out", Verdict.SKIPPED),
    ]


async def test_one_that_hangs_fails_and_hides_no_other() -> None:
    findings = await Diagnose([Hanging(), WELL], time_limit=0.01)()

    assert "No answer within 0.01 seconds" in findings["hanging"].detail
    assert findings["well"].verdict is Verdict.OK


async def test_one_that_breaks_fails_without_its_text_and_hides_no_other() -> None:
    findings = await Diagnose([Raising(), WELL])()

    assert findings["raising"].verdict is Verdict.FAILED
    assert "ValueError" in findings["raising"].detail
    assert "hunter2" not in str(findings)
    assert findings["well"].verdict is Verdict.OK


async def test_independent_ones_run_at_the_same_time() -> None:
    barrier = asyncio.Barrier(3)
    findings = await Diagnose([Meeting(name, barrier) for name in ("a", "b", "c")])()

    assert {each.detail for each in findings.values()} == {"Met."}


@pytest.mark.parametrize(("needed", "verdict"), [(WELL, Verdict.OK), (BAD, Verdict.SKIPPED)])
async def test_one_is_skipped_unless_what_it_needs_is_well(
    needed: Examination, verdict: Verdict
) -> None:
    findings = await Diagnose([needed, Needing(needed.name)])()

    assert findings["needing"].verdict is verdict
