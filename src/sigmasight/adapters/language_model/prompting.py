"""What a model is told: a template of ours, and everybody else's words as JSON inside it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from string import Template
from typing import Any, Final, Literal, TypedDict

import msgspec

from sigmasight.adapters.language_model.arithmetic import forgiving
from sigmasight.adapters.language_model.limitations import limitations
from sigmasight.domain.assistant.language_model import (
    AnalysisRequest,
    Mode,
    PortfolioContext,
    Question,
    Role,
)
from sigmasight.domain.portfolios.positions import Position

COLUMNS: Final = (
    "symbol",
    "quantity",
    "type",
    "class",
    "entry_price",
    "last_price",
    "market_value",
    "unrealized_pnl",
    "underlying",
    "strike",
    "expires",
)
MOST_SURROUNDINGS: Final = 4_000
"""Characters; where in a client somebody is takes no more to tell."""


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


def _read(name: str) -> str:
    prompts = resources.files("sigmasight.adapters.language_model").joinpath("prompts")
    return prompts.joinpath(f"{name}.md").read_text(encoding="utf-8")


SYSTEM: Final = Template(_read("system"))
ANALYSIS: Final = Template(_read("analysis"))
MANNERS: Final = {mode: _read(mode.value).strip() for mode in Mode}


def conversation(question: Question) -> list[Message]:
    """Return the whole conversation, headed by what the model is and may know."""
    data = {
        "portfolios": [_shown(book) for book in question.portfolios],
        "remembered": question.memories,
        "surroundings": _bounded(question.client_context),
    }
    head = SYSTEM.substitute(
        asked_at=f"{question.asked_at:%Y-%m-%d %H:%M}",
        manner=MANNERS[question.mode],
        data=_json(data),
    )
    return [
        {"role": "system", "content": head},
        *(_said(turn.role, turn.text) for turn in question.turns),
    ]


def order(request: AnalysisRequest) -> list[Message]:
    """Return what asks for an analysis."""
    data = {
        "portfolio": _shown(request.portfolio),
        "remembered": request.memories,
        "focus": request.focus_area,
        "question": request.user_question,
    }
    text = ANALYSIS.substitute(
        kind=request.kind.value.replace("_", " "),
        asked_at=f"{request.asked_at:%Y-%m-%d %H:%M}",
        data=_json(data),
    )
    return [
        {"role": "system", "content": text},
        {"role": "user", "content": "Write the analysis as one JSON object."},
    ]


def _said(role: Role, text: str) -> Message:
    return {"role": "user" if role is Role.USER else "assistant", "content": text}


def _shown(book: PortfolioContext) -> Mapping[str, Any]:
    with forgiving():
        positions = [_row(position) for position in book.positions]
    terms = book.portfolio.terms
    return {
        "name": terms.name,
        "account": terms.account_name,
        "account_type": terms.account_type,
        "description": terms.description,
        "currency": terms.currency,
        "stated_balance": terms.equity_balance,
        "open_positions": book.position_count,
        "columns": COLUMNS,
        "positions": positions,
        "figures": _figures(book),
        "missing": limitations(book),
    }


def _row(position: Position) -> Sequence[object]:
    return (
        position.symbol,
        position.quantity,
        position.position_type,
        position.investment_class,
        position.entry_price,
        position.last_price,
        position.market_value,
        position.unrealized_pnl,
        position.underlying_symbol,
        position.strike_price,
        position.expiration_date,
    )


def _figures(book: PortfolioContext) -> Mapping[str, Any] | None:
    if book.snapshot is None:
        return None
    return {k: v for k, v in asdict(book.snapshot).items() if k != "portfolio_id"}


def _bounded(surroundings: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        return surroundings if len(_json(surroundings)) <= MOST_SURROUNDINGS else None
    except (ValueError, TypeError, RecursionError):  # whatever a client has made of it
        return None


def _json(data: object) -> str:
    """Return compact JSON that cannot close the tags around it."""
    text = msgspec.json.encode(data, enc_hook=str).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
