"""Clients that read, send messages and webhooks, and import files, and what became of each."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx

from tests.integration.polling import until
from tests.support.builders import signing
from tests.support.builders.clerk_users import Person, a_person
from tests.support.servers.api_client import bearer

CLIENTS: Final = 12
PEOPLE: Final = 40
WEIGHTS: Final[Mapping[str, int]] = {"read": 60, "webhook": 25, "message": 10, "import": 5}
POSITIONS: Final = 25
SEED: Final = 20
PAUSE: Final = 0.02
"""Seconds between two requests of a client: the load leaves room for what is measured."""
SHEET: Final = "Symbol,Quantity,Entry Price Per Share,Entry Date\n" + "".join(
    f"SYM{number},{number + 1},10.00,2025-01-02\n" for number in range(POSITIONS)
)
REFUSED: Final = frozenset({429, 503})


@dataclass
class Phase:
    """What clients were answered from one disturbance to the next."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    """`answered`, `refused` (503 or 429 with a Retry-After), and `failed`."""
    gap: float = 0.0
    """The longest time in seconds without an answer to anybody."""
    worst: Counter[str] = field(default_factory=Counter)
    """Why requests failed."""


@dataclass
class Acknowledged:
    """The writes that a client was given an answer of success for."""

    webhooks: set[str] = field(default_factory=set)
    imports: set[UUID] = field(default_factory=set)
    messages: set[UUID] = field(default_factory=set)

    @property
    def count(self) -> int:
        return len(self.webhooks) + len(self.imports) + len(self.messages)

    async def lost(self, dsn: str) -> Mapping[str, int]:
        """Return how many of each kind are not in the database, or not whole."""
        connection = await asyncpg.connect(dsn)
        inbox = await connection.fetch("SELECT svix_id FROM webhook_inbox")
        whole = await connection.fetch(
            "SELECT portfolio_id FROM positions GROUP BY portfolio_id HAVING count(*) = $1",
            POSITIONS,
        )
        done = await connection.fetch(
            "SELECT question_id FROM chat_exchanges WHERE state = 'complete'"
        )
        await connection.close()
        return {
            "webhooks": len(self.webhooks - {row[0] for row in inbox}),
            "imports": len(self.imports - {row[0] for row in whole}),
            "messages": len(self.messages - {row[0] for row in done}),
        }


class Load:
    """Clients in one event loop; a request is not repeated, so that every refusal shows."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._people = [a_person(f"reader{number}") for number in range(PEOPLE)]
        self._conversations: dict[str, str] = {}
        self._random = random.Random(SEED)  # noqa: S311  which request comes next
        self._number = 0
        self._answered_at = time.monotonic()
        self.acknowledged = Acknowledged()
        self.phases: list[Phase] = []
        self.ends = False

    async def prepare(self) -> None:
        """Wait until somebody answers; let each person sign in, and start a conversation."""
        await until(self._is_served, "served")
        for person in self._people:
            answer = await self._client.post(
                "/chat/conversations", headers=bearer(person.token()), json={}
            )
            answer.raise_for_status()
            self._conversations[person.id] = answer.json()["id"]

    async def _is_served(self) -> bool:
        return (await self._client.get("/health/ready")).is_success

    def begin(self, name: str) -> Phase:
        phase = Phase(name)
        self.phases.append(phase)
        self._answered_at = time.monotonic()
        return phase

    async def run(self) -> None:
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(self._send())

    async def _send(self) -> None:
        kinds: Mapping[str, Callable[[Person], Awaitable[httpx.Response]]] = {
            "read": self._read,
            "webhook": self._webhook,
            "message": self._message,
            "import": self._import,
        }
        names, weights = [*WEIGHTS], [*WEIGHTS.values()]
        while not self.ends:
            [kind] = self._random.choices(names, weights)
            person = self._random.choice(self._people)
            try:
                answer = await kinds[kind](person)
            except httpx.TransportError as error:
                self._count("failed", f"{kind}: {type(error).__name__}")
            else:
                self._note(kind, answer)
            await asyncio.sleep(PAUSE)

    def _note(self, kind: str, answer: httpx.Response) -> None:
        if answer.status_code in REFUSED and "Retry-After" in answer.headers:
            self._count("refused")
        elif answer.is_success:
            now = time.monotonic()
            self.phases[-1].gap = max(self.phases[-1].gap, now - self._answered_at)
            self._answered_at = now
            self._count("answered")
        else:
            self._count("failed", f"{kind}: {answer.status_code} {answer.text[:80]}")

    def _count(self, outcome: str, why: str | None = None) -> None:
        self.phases[-1].outcomes[outcome] += 1
        if why:
            self.phases[-1].worst[why] += 1

    async def _read(self, person: Person) -> httpx.Response:
        path = self._random.choice(["/auth/me", "/portfolios", "/usage"])
        return await self._client.get(path, headers=bearer(person.token()))

    async def _webhook(self, _: Person) -> httpx.Response:
        self._number += 1
        person = a_person(f"new{self._number}")
        svix_id = f"msg_{person.id}"
        headers, body = signing.a_webhook(person.created(), svix_id=svix_id)
        answer = await self._client.post("/webhooks/clerk", headers=headers, content=body)
        if answer.is_success:
            self.acknowledged.webhooks.add(svix_id)
        return answer

    async def _message(self, person: Person) -> httpx.Response:
        headers = {**bearer(person.token()), "Idempotency-Key": str(uuid4())}
        body: dict[str, Any] = {
            "conversation_id": self._conversations[person.id],
            "text": "How concentrated am I?",
        }
        answer = await self._client.post("/chat/send", headers=headers, json=body)
        if answer.is_success and "event: done" in answer.text:
            created = answer.text.partition('"user_message_id":"')[2][:36]
            self.acknowledged.messages.add(UUID(created))
        elif answer.is_success:
            last = answer.text.rpartition("event: ")[2][:200]
            self._count("failed", f"message: the stream ended with {last!r}")
        return answer

    async def _import(self, person: Person) -> httpx.Response:
        form = {
            "portfolio_name": "Imported",
            "account_name": str(uuid4()),
            "account_type": "taxable",
            "equity_balance": "1000",
        }
        answer = await self._client.post(
            "/onboarding/create-portfolio",
            headers=bearer(person.token()),
            data=form,
            files={"csv_file": ("positions.csv", SHEET.encode(), "text/csv")},
        )
        if answer.is_success:
            self.acknowledged.imports.add(UUID(answer.json()["portfolio_id"]))
        return answer
