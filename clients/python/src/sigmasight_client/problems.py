"""Refusals as exceptions."""

from typing import TypeVar

from sigmasight_client.generated.models import Problem

T = TypeVar("T")


class ProblemError(Exception):
    """The API has refused a request; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem


class UnexpectedResponseError(Exception):
    """The response is none that the API describes: something on the way to it has answered."""


def checked(parsed: T | Problem | None) -> T:
    """Return what a call of the generated package has parsed; raise its problem if it is one."""
    if isinstance(parsed, Problem):
        raise ProblemError(parsed)
    if parsed is None:
        raise UnexpectedResponseError("The API does not describe such a response.")
    return parsed
