"""Settings as the environment makes them."""

from typing import Final

import pytest

from sigmasight.setting_errors import SettingsError
from sigmasight.settings import Settings
from tests.support.builders import signing

SERVING: Final = {
    "CLERK_DOMAIN": "clerk.example.com",
    "CLERK_WEBHOOK_SECRET": signing.SECRET,
    "BETA_INVITE_CODE": "welcome",
}
"""What a server needs at least."""


class Environment:
    """Environment variables, and the settings they make; no file is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        self._set = monkeypatch.setenv

    def load(self, **variables: str) -> Settings:
        for name, value in variables.items():
            self._set(name, value)
        return Settings.load(_env_file=None)

    def load_for_serving(self, **variables: str) -> Settings:
        for name, value in variables.items():
            self._set(name, value)
        return Settings.load_for_serving(_env_file=None)

    def faults_of(self, **variables: str) -> list[str]:
        with pytest.raises(SettingsError) as refusal:
            self.load_for_serving(**{**SERVING, **variables})
        return str(refusal.value).splitlines()
