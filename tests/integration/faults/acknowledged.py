"""Webhooks delivered through a fault, and which of them were acknowledged."""

from collections.abc import Sequence
from typing import Final

from tests.support.builders.clerk_users import Person
from tests.support.servers.api_client import Answers, Api, at_once

AT_ONCE: Final = 50


async def deliver(api: Api, people: Sequence[Person]) -> Answers:
    """Deliver that people signed up, each under an id of their own."""
    answers: list[Answers] = []
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        answers.append(await at_once(api.deliver(p.created(), f"msg_{p.id}") for p in some))
    return [answer for some in answers for answer in some]


def acknowledged(people: Sequence[Person], answers: Answers) -> set[str]:
    """Return the account ids of those whose webhook was accepted."""
    pairs = zip(people, answers, strict=True)
    return {person.id for person, answer in pairs if answer.status_code == 200}


def refused(answers: Answers) -> Answers:
    return [answer for answer in answers if answer.status_code != 200]
