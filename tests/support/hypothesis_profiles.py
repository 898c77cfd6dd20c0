"""How hypothesis searches: quickly, or as `make test` has it."""

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=8, deadline=None, database=None)
settings.register_profile("thorough", max_examples=300, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
