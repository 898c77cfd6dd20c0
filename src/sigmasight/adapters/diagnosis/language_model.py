"""The examination of the language model's server."""

from typing import Final

import openai

from sigmasight.adapters.language_model.errors import FAILURES
from sigmasight.adapters.language_model.http_client import BoundedClient
from sigmasight.adapters.language_model.openai import DEFAULT_MODEL, NO_KEY, OPENAI_URL
from sigmasight.domain.diagnosis import Examination, Finding, failed, passed

TIMEOUT: Final = 8.0
NAMED: Final = 5
"""How many models a finding names."""


class ModelAnswers(Examination):
    """Asks for the list of models, or for one token where a server has no list."""

    name = "model"

    def __init__(self, *, key: str | None, base_url: str | None, model: str | None) -> None:
        self._model = model or DEFAULT_MODEL
        self._url = base_url or OPENAI_URL
        self._key = key or NO_KEY

    async def run(self) -> Finding:
        async with openai.AsyncOpenAI(
            api_key=self._key,
            base_url=self._url,
            max_retries=0,
            timeout=TIMEOUT,
            http_client=BoundedClient(),
        ) as client:
            try:
                return await self._examined(client)
            except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
                return failed(
                    f"{self._url} refuses the key (status {error.status_code}).",
                    "Correct OPENAI_API_KEY.",
                )
            except openai.APIStatusError as error:
                return failed(
                    f"{self._url} answers with status {error.status_code}.",
                    "Correct OPENAI_BASE_URL, or look into that server.",
                )
            except FAILURES as error:
                return failed(
                    f"{self._url} does not answer ({type(error).__name__}).",
                    "Correct OPENAI_BASE_URL, or start that server; without OPENAI_API_KEY and"
                    " OPENAI_BASE_URL the offline analyst answers.",
                )

    async def _examined(self, client: openai.AsyncOpenAI) -> Finding:
        try:
            page = await client.models.list()
        except (openai.NotFoundError, openai.APIResponseValidationError):
            return await self._asked(client)
        names = sorted(str(each.id) for each in page.data or ())
        if not names:
            return await self._asked(client)
        if self._model in names:
            return passed(f"{self._url} has {self._model}.")
        return failed(
            f"{self._url} has no model {self._model}.",
            f"Set OPENAI_MODEL to one that it has: {', '.join(names[:NAMED])}"
            f"{' …' if len(names) > NAMED else ''}.",
        )

    async def _asked(self, client: openai.AsyncOpenAI) -> Finding:
        try:
            await client.chat.completions.create(
                model=self._model, messages=[{"role": "user", "content": "Hello"}], max_tokens=1
            )
        except openai.NotFoundError:
            return failed(
                f"{self._url} has no model {self._model}, or no chat completions.",
                "Correct OPENAI_MODEL, or OPENAI_BASE_URL, which mostly ends with /v1.",
            )
        return passed(f"{self._url} answers as {self._model}.")
