"""Invalid settings, in a module that imports nothing."""


class SettingsError(Exception):
    """Invalid or missing settings: one sentence for each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
