"""How many examples hypothesis tries: few while editing, more in `make test`, most at full size."""

import os
from typing import Final

from hypothesis import Phase, settings

EXAMPLES: Final = {"quick": 8, "standard": 60, "thorough": 300}

for name, examples in EXAMPLES.items():
    settings.register_profile(name, max_examples=examples, deadline=None, database=None)
settings.register_profile(
    "mutation",  # a failure is enough: nobody reads the smallest example
    max_examples=EXAMPLES["standard"],
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    database=None,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
