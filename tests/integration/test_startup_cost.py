"""The import cost of every process."""

import subprocess
import sys
from typing import Final

STARTED: Final = """
import sys, sigmasight.entrypoints.composition
sys.exit("openai" in sys.modules)
"""


def test_the_language_models_sdk_is_not_imported_before_it_is_needed() -> None:
    ended = subprocess.run([sys.executable, "-c", STARTED], check=False)  # noqa: S603  ours

    assert ended.returncode == 0
