"""Logging: one format for our log lines and the libraries', with the request's id."""

import logging
import re
import sys
from traceback import format_exception
from typing import Any, Final, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from sigmasight.settings import Settings

DETAIL: Final = re.compile(
    r"(\n|\\n)DETAIL:  .*?(?=\1\1|\1HINT:|\1\[SQL:|\Z)",
    re.DOTALL,  # a value may have several lines
)
"""What Postgres adds to an error's message: the values of a row or of a key."""
ARGUMENT: Final = re.compile(r"(invalid input for query argument \$\d+): [^\n]*")
"""What the driver says of a value that it cannot send."""


def _without_values(text: str) -> str:
    """Return an error's message or traceback without the values that the database adds."""
    return ARGUMENT.sub(r"\1", DETAIL.sub("", text))


def _remove_values(_logger: object, _method: str, line: EventDict) -> EventDict:
    for name, value in line.items():
        if isinstance(value, str) and ("DETAIL:" in value or "query argument" in value):
            line[name] = _without_values(value)
    return line


def _print_traceback(stream: TextIO, error: ExcInfo) -> None:
    text = "".join(format_exception(error[1])).rstrip("\n")
    stream.write(f"\n{_without_values(text)}")


SHARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _remove_values,
]
NOISY: Final = ("httpx", "httpcore", "httpx2", "httpcore2", "openai", "alembic", "hpack")


def configure_logging(settings: Settings, stream: TextIO = sys.stdout) -> None:
    """Send every log line to a stream, in the format of the settings."""
    in_json = settings.log_format == "json"
    render: Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if in_json
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(),
            exception_formatter=_print_traceback,  # rich's shows variables: tokens
        )
    )
    shared = [  # the console renderer formats tracebacks itself
        each for each in SHARED if in_json or each is not structlog.processors.format_exc_info
    ]
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    _redirect_uvicorn()


def _redirect_uvicorn() -> None:
    """Use our format for uvicorn's log lines, and drop its access log: requests have their own."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = name != "uvicorn.access"


def _json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
