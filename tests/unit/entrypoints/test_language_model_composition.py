"""Which language model the settings make."""

import pytest
from dishka import make_async_container

from sigmasight.domain.assistant.language_model import LanguageModel
from sigmasight.entrypoints.composition.adapters import Assistant
from sigmasight.settings import Settings
from tests.unit.entrypoints.environment import Environment


@pytest.mark.parametrize(
    ("variables", "who"),
    [
        ({}, ("offline", "offline-analyst")),
        ({"OPENAI_MODEL": "gpt-4o"}, ("offline", "offline-analyst")),
        ({"OPENAI_API_KEY": "sk-1"}, ("openai", "gpt-4o-mini")),
        ({"OPENAI_API_KEY": "sk-1", "OPENAI_MODEL": "gpt-4o"}, ("openai", "gpt-4o")),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "m"}, ("openai", "m")),
    ],
)
async def test_a_key_or_an_address_makes_it_a_real_one(
    environment: Environment, variables: dict[str, str], who: tuple[str, str]
) -> None:
    container = make_async_container(Assistant(), context={Settings: environment.load(**variables)})

    model = await container.get(LanguageModel)

    assert (model.provider, model.name) == who
    await container.close()
