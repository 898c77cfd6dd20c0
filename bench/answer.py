"""The first token of an answer: through `POST /chat/send`, and from the model directly."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.report import ROUNDS
from bench.serving import CALLER, Stage
from sigmasight.entrypoints.local.clerk import named_accounts

TITLE: Final = "The first token of an answer"
ANSWERS: Final = 100
QUESTION: Final = "How am I doing?"


def measure(stage: Stage, console: Console) -> None:
    account = named_accounts.ensure_account(stage.clerk.instance, CALLER).id
    with httpx.Client(timeout=30) as client:

        def ours() -> float:
            token = stage.clerk.signed_in(account)
            headers = {"Authorization": f"Bearer {token}"}
            body = {"conversation_id": conversation, "text": QUESTION}
            return _first(client, f"{stage.api}/api/v1/chat/send", b"event: token", body, headers)

        def directly() -> float:
            messages = [{"role": "user", "content": QUESTION}]
            body = {"model": "fake-ok", "stream": True, "messages": messages}
            return _first(client, f"{stage.model}/chat/completions", b'"content"', body)

        begun = client.post(
            f"{stage.api}/api/v1/chat/conversations",
            json={},
            headers={"Authorization": f"Bearer {stage.clerk.signed_in(account)}"},
        )
        conversation = begun.raise_for_status().json()["id"]
        table = Table("Round", "Directly", "Ours", "More", "Ratio", title=f"{TITLE}, ms (medians)")
        ratios = []
        for number in track(range(ROUNDS), f"{TITLE} …", console=console, transient=True):
            bare, whole = _median(directly), _median(ours)
            ratios.append(whole / bare)
            figures = [f"{bare:.2f}", f"{whole:.2f}", f"{whole - bare:.2f}", f"{ratios[-1]:.2f}"]
            table.add_row(str(number + 1), *figures)
    console.print(table)
    console.print(f"Median ratio {median(ratios):.2f}")


def _median(once: Callable[[], float]) -> float:
    return median(once() for _ in range(ANSWERS))


def _first(
    client: httpx.Client, url: str, mark: bytes, body: Any, headers: dict[str, str] | None = None
) -> float:
    """Return after how many milliseconds that was in an answer; read the answer to its end."""
    heard, first = b"", 0.0
    began = time.perf_counter()
    with client.stream("POST", url, json=body, headers=headers) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            heard += piece
            if not first and mark in heard:
                first = time.perf_counter() - began
    return first * 1000
