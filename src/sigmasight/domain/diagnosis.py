"""Examinations of what a server depends on, each with a finding and a remedy."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

TIME_LIMIT: Final = 10.0
"""Seconds, for each examination by itself."""


class Verdict(StrEnum):
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    """The examination cannot be made with these settings, or without another's success."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an examination found, in a sentence; unless all is well, with what to do about it."""

    verdict: Verdict
    detail: str
    remedy: str = ""


def passed(detail: str) -> Finding:
    return Finding(Verdict.OK, detail)


def failed(detail: str, remedy: str) -> Finding:
    return Finding(Verdict.FAILED, detail, remedy)


def skipped(detail: str, remedy: str) -> Finding:
    return Finding(Verdict.SKIPPED, detail, remedy)


class Examination(Protocol):
    """Examines one thing that a server depends on."""

    name: str
    needs: Sequence[str] = ()
    """The names of the examinations without whose success this one cannot be made."""

    @abstractmethod
    async def run(self) -> Finding:
        """Return the finding; a dependency that is down is one."""


@dataclass(frozen=True, slots=True)
class Omission(Examination):
    """Takes the place of an examination that cannot be made."""

    name: str
    finding: Finding

    async def run(self) -> Finding:
        return self.finding


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Makes all examinations, those that do not need one another concurrently."""

    examinations: Sequence[Examination]
    time_limit: float = TIME_LIMIT

    async def __call__(self) -> Mapping[str, Finding]:
        """Return the findings by name, in the order of the examinations."""
        tasks: dict[str, asyncio.Task[Finding]] = {}
        async with asyncio.TaskGroup() as group:
            for each in self.examinations:
                needed = {name: tasks[name] for name in each.needs}
                tasks[each.name] = group.create_task(self._finding(each, needed))
        return {name: task.result() for name, task in tasks.items()}

    async def _finding(
        self, examination: Examination, needed: Mapping[str, asyncio.Task[Finding]]
    ) -> Finding:
        for name, task in needed.items():
            if (await task).verdict is not Verdict.OK:
                return skipped(f"This needs the check “{name}” to succeed.", f"See {name}.")
        try:
            async with asyncio.timeout(self.time_limit):
                return await examination.run()
        except TimeoutError:
            return failed(
                f"No answer within {self.time_limit:g} seconds.",
                "Check that the host is up, and that a firewall lets this machine through.",
            )
        except Exception as error:  # noqa: BLE001  the other findings are still worth knowing
            kind = type(error).__name__  # the text could have a secret in it
            return failed(
                f"The check itself broke ({kind}).", "Report it, with the versions that are in use."
            )
