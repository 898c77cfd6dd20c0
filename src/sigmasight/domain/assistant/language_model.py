"""The language model's port: its request, and the pieces of its reply."""

from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from sigmasight.domain.kernel import UnavailableError
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.portfolio import Portfolio
from sigmasight.domain.portfolios.positions import Position


class Mode(StrEnum):
    """The style of an answer."""

    GREEN = "green"
    """Teaches: explains its terms."""
    BLUE = "blue"
    """Quantitative: figures first, few words."""
    INDIGO = "indigo"
    """Strategic: the larger picture."""
    VIOLET = "violet"
    """Conservative: risks first."""


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioContext:
    """A portfolio as a model's input."""

    portfolio: Portfolio
    positions: Sequence[Position]
    """The largest open positions, largest first."""
    position_count: int
    """The number of all open positions."""
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as a model sees it; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's request to use a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool returned, of JSON's types; or an error's sentence."""

    call: ToolCall
    content: Mapping[str, Any]
    failed: bool = False


class Toolbox(Protocol):
    """The tools of the user who asks."""

    @property
    @abstractmethod
    def specs(self) -> Sequence[ToolSpec]:
        """The tools there are."""

    @abstractmethod
    async def call(self, call: ToolCall) -> ToolResult:
        """Use a tool; an unknown tool or portfolio is a failed result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A model's input: the conversation, whose last turn is the question, and its context."""

    mode: Mode
    turns: Sequence[Turn]
    """Oldest first."""
    portfolios: Sequence[PortfolioContext]
    memories: Sequence[str]
    """The user's memories, one fact each."""
    client_context: Mapping[str, Any]
    """The user's place in the client, as the client describes it."""
    asked_at: datetime
    tools: Toolbox | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """The tokens of a reply as its model counts them, reported at most once, at the end."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(self.prompt + other.prompt, self.completion + other.completion)


Piece = Delta | ToolCall | ToolResult
"""What a user sees of an answer as it is made."""


class InsightType(StrEnum):
    MORNING_BRIEFING = "morning_briefing"
    DAILY_SUMMARY = "daily_summary"
    VOLATILITY_ANALYSIS = "volatility_analysis"
    CONCENTRATION_RISK = "concentration_risk"
    HEDGE_QUALITY = "hedge_quality"
    FACTOR_EXPOSURE = "factor_exposure"
    STRESS_TEST_REVIEW = "stress_test_review"
    CUSTOM = "custom"


class Severity(StrEnum):
    INFO = "info"
    NORMAL = "normal"
    WARNING = "warning"
    ELEVATED = "elevated"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRequest:
    """The request of an insight."""

    kind: InsightType
    portfolio: PortfolioContext
    memories: Sequence[str]
    focus_area: str | None
    user_question: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """An insight's text, in the parts that clients show."""

    title: str
    severity: Severity
    summary: str
    key_findings: Sequence[str]
    recommendations: Sequence[str]
    full_analysis: str
    data_limitations: str
    token_usage: TokenUsage | None


class ModelFailure(StrEnum):
    """Why a model did not answer, in the words of the wire contract's `error_type`."""

    RATE_LIMITED = "RATE_LIMITED"
    NETWORK_ERROR = "NETWORK_ERROR"
    SERVER_ERROR = "SERVER_ERROR"
    FATAL_ERROR = "FATAL_ERROR"
    """A retry cannot help: a wrong key, or an unknown model."""

    @property
    def is_retryable(self) -> bool:
        return self is not ModelFailure.FATAL_ERROR


MESSAGES: Final[Mapping[ModelFailure, str]] = {
    ModelFailure.RATE_LIMITED: "The assistant is overloaded. Ask again in a minute.",
    ModelFailure.NETWORK_ERROR: "The assistant does not respond. Ask again.",
    ModelFailure.SERVER_ERROR: "The assistant could not finish its answer. Ask again.",
    ModelFailure.FATAL_ERROR: "The assistant is out of service. Contact support.",
}
"""The message for each."""


class AiUnavailableError(UnavailableError):
    """The model did not answer, or did not finish its answer."""

    code = "ai_unavailable"

    def __init__(self, failure: ModelFailure, sentence: str | None = None) -> None:
        super().__init__(sentence or MESSAGES[failure])
        self.failure = failure


class MalformedAnalysisError(AiUnavailableError):
    """The model's answer does not have the requested format."""

    def __init__(self) -> None:
        super().__init__(ModelFailure.SERVER_ERROR)


class LanguageModel(Protocol):
    """Answers questions and writes analyses, without any state."""

    @property
    @abstractmethod
    def provider(self) -> str:
        """A short name of the provider."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The provider's name of the model."""

    @abstractmethod
    def answer(self, question: Question) -> AsyncGenerator[Piece | TokenUsage]:
        """Answer piece by piece, none of them empty, with the tools that it uses on the way.

        Raise AiUnavailableError, before the first piece or later. The caller may stop at any
        time: closing the iterator, or cancelling the awaiting task, ends the work at once.
        """

    @abstractmethod
    async def analyse(self, request: AnalysisRequest) -> Analysis:
        """Write an analysis.

        Raise MalformedAnalysisError for a malformed one, AiUnavailableError for none.
        """
