"""The failures of a model server, translated to the domain's AiUnavailableError."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx2
import openai
import structlog

from sigmasight.domain.assistant.language_model import AiUnavailableError, ModelFailure

logger = structlog.stdlib.get_logger()


class MalformedReplyError(Exception):
    """The reply does not follow OpenAI's format, or ends too early."""


class OversizedReplyError(MalformedReplyError):
    """The reply is larger than our bounds."""


FAILURES: Final = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    MalformedReplyError,
    OSError,  # includes TimeoutError
)


@contextmanager
def translate_errors(model: str) -> Iterator[None]:
    """Log every failure and raise AiUnavailableError, without what the server sent."""
    try:
        yield
    except FAILURES as error:
        failure = _failure_of(error)
        details = {
            "model": model,
            "fault": failure.value,
            "cause": type(error).__name__,
            "status": _status(error),
        }
        if failure is ModelFailure.FATAL_ERROR:
            logger.error(  # noqa: TRY400  a traceback could contain the server's text, and so the key
                "the language model refuses our requests: check OPENAI_API_KEY, OPENAI_MODEL and"
                " OPENAI_BASE_URL",
                **details,
            )
        else:
            logger.warning("the language model failed", **details)
        raise AiUnavailableError(failure) from None  # the cause has the server's text, too


def _failure_of(error: Exception) -> ModelFailure:
    status = _status(error)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ModelFailure.RATE_LIMITED
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return ModelFailure.NETWORK_ERROR
    if status is not None:
        is_refusal = status < HTTPStatus.INTERNAL_SERVER_ERROR
        return ModelFailure.FATAL_ERROR if is_refusal else ModelFailure.SERVER_ERROR
    if isinstance(error, (openai.APIConnectionError, httpx2.TransportError, OSError)):
        return ModelFailure.NETWORK_ERROR
    return ModelFailure.SERVER_ERROR


def _status(error: Exception) -> int | None:
    return error.status_code if isinstance(error, openai.APIStatusError) else None
