"""What can go wrong with a model, and what people are told of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx2
import openai
import structlog

from sigmasight.domain.assistant.language_model import AiUnavailableError, ModelFailure

logger = structlog.stdlib.get_logger()


class MalformedAnswerError(Exception):
    """What came is no answer in the form agreed upon."""


class OversizedAnswerError(MalformedAnswerError):
    """What came was more than anybody would want."""


FAILURES: Final = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    MalformedAnswerError,
    OSError,  # TimeoutError is one
)


@contextmanager
def translated(model: str) -> Iterator[None]:
    """Turn every failure into an AiUnavailableError that gives nothing of it away."""
    try:
        yield
    except FAILURES as error:
        fault = fault_of(error)
        told = {"model": model, "fault": fault.value, "cause": type(error).__name__}
        if fault is ModelFailure.FATAL_ERROR:
            logger.error(  # noqa: TRY400  a traceback may quote the provider, who may quote the key
                "the language model refuses us: check OPENAI_API_KEY, OPENAI_MODEL and"
                " OPENAI_BASE_URL",
                status=_status(error),
                **told,
            )
        else:
            logger.warning("the language model failed", status=_status(error), **told)
        raise AiUnavailableError(fault) from error


def fault_of(error: Exception) -> ModelFailure:
    status = _status(error)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ModelFailure.RATE_LIMITED
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return ModelFailure.NETWORK_ERROR
    if status is not None:
        refused = status < HTTPStatus.INTERNAL_SERVER_ERROR
        return ModelFailure.FATAL_ERROR if refused else ModelFailure.SERVER_ERROR
    if isinstance(error, (openai.APIConnectionError, httpx2.TransportError, OSError)):
        return ModelFailure.NETWORK_ERROR
    return ModelFailure.SERVER_ERROR


def may_pass(error: BaseException) -> bool:
    """Tell whether asking again soon may help; nothing that was answered amiss is asked again."""
    if not isinstance(error, FAILURES) or isinstance(error, MalformedAnswerError):
        return False
    return fault_of(error) is not ModelFailure.FATAL_ERROR


def _status(error: Exception) -> int | None:
    return error.status_code if isinstance(error, openai.APIStatusError) else None
