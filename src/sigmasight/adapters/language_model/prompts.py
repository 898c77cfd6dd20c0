"""The prompts: our templates, with all data of users as JSON between <data> and </data>."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Context, localcontext
from importlib import resources
from string import Template
from typing import Any, Final

import msgspec
from openai.types.chat import ChatCompletionMessageParam

from sigmasight.adapters.language_model.limitations import limitations
from sigmasight.domain.assistant.language_model import (
    AnalysisRequest,
    Mode,
    PortfolioContext,
    Question,
    Role,
    Turn,
)
from sigmasight.domain.portfolios.positions import Position

POSITION_COLUMNS: Final = {
    "symbol": "symbol",
    "quantity": "quantity",
    "type": "position_type",
    "class": "investment_class",
    "entry_price": "entry_price",
    "last_price": "last_price",
    "market_value": "market_value",
    "unrealized_pnl": "unrealized_pnl",
    "currency": "currency",
    "underlying": "underlying_symbol",
    "strike": "strike_price",
    "expires": "expiration_date",
}
"""Each column's name in a prompt, and its attribute of a position."""
MAX_CLIENT_CONTEXT: Final = 4_000
"""Characters of JSON; a larger client context is left out."""


def _template(name: str) -> str:
    prompts = resources.files("sigmasight.adapters.language_model").joinpath("prompts")
    return prompts.joinpath(f"{name}.md").read_text(encoding="utf-8")


SYSTEM: Final = Template(_template("system"))
ANALYSIS: Final = Template(_template("analysis"))
MODES: Final = {mode: _template(mode.value).strip() for mode in Mode}


def answer_prompt(question: Question) -> list[ChatCompletionMessageParam]:
    """Return the conversation, after a system message with the rules and the data."""
    data = {
        "portfolios": [_portfolio(context) for context in question.portfolios],
        "remembered": question.memories,
        "client_context": _bounded(question.client_context),
    }
    system = SYSTEM.substitute(
        asked_at=f"{question.asked_at:%Y-%m-%d %H:%M}", style=MODES[question.mode], data=_json(data)
    )
    return [{"role": "system", "content": system}, *map(_message, question.turns)]


def analysis_prompt(request: AnalysisRequest) -> list[ChatCompletionMessageParam]:
    data = {
        "portfolio": _portfolio(request.portfolio),
        "remembered": request.memories,
        "focus": request.focus_area,
        "question": request.user_question,
    }
    system = ANALYSIS.substitute(
        kind=request.kind.value.replace("_", " "),
        asked_at=f"{request.asked_at:%Y-%m-%d %H:%M}",
        data=_json(data),
    )
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": "Write the analysis as one JSON object."},
    ]


def _message(turn: Turn) -> ChatCompletionMessageParam:
    if turn.role is Role.USER:
        return {"role": "user", "content": turn.text}
    return {"role": "assistant", "content": turn.text}


def _portfolio(context: PortfolioContext) -> Mapping[str, Any]:
    terms = context.portfolio.terms
    return {
        "id": context.portfolio.id,
        "name": terms.name,
        "account": terms.account_name,
        "account_type": terms.account_type,
        "description": terms.description,
        "currency": terms.currency,
        "stated_balance": terms.equity_balance,
        "open_positions": context.position_count,
        "columns": list(POSITION_COLUMNS),
        "positions": [_row(position) for position in context.positions],
        "figures": _figures(context),
        "missing": list(limitations(context)),
    }


def _row(position: Position) -> Sequence[object]:
    with localcontext(Context(prec=60, traps=[])):  # extreme figures give NaN, not an error
        return [getattr(position, attribute) for attribute in POSITION_COLUMNS.values()]


def _figures(context: PortfolioContext) -> Mapping[str, Any] | None:
    if context.snapshot is None:
        return None
    return {k: v for k, v in asdict(context.snapshot).items() if k != "portfolio_id"}


def _bounded(client_context: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        return client_context if len(_json(client_context)) <= MAX_CLIENT_CONTEXT else None
    except (ValueError, TypeError, RecursionError):  # not valid JSON
        return None


def _json(data: object) -> str:
    """Return compact JSON that cannot close the tags around it."""
    text = msgspec.json.encode(data, enc_hook=str).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
