"""A timer that stands still."""


class FakeTimer:
    """Counts how often it was read."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self.reads = 0

    def __call__(self) -> float:
        self.reads += 1
        return self._seconds

    def advance(self, seconds: float) -> None:
        self._seconds += seconds
