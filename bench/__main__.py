"""Measure what things cost here: `make bench`, or `python -m bench webhook` for one of them."""

import sys
from collections.abc import Callable, Mapping
from typing import Final

from rich.console import Console

from bench import answer, imports, job, me, message, nightly, webhook
from bench.serving import Stage, stage

MEASUREMENTS: Final[Mapping[str, Callable[[Stage, Console], None]]] = {
    "me": me.measure,
    "imports": imports.measure,
    "webhook": webhook.measure,
    "message": message.measure,
    "answer": answer.measure,
    "job": job.measure,
    "nightly": nightly.measure,
}


def main() -> None:
    chosen = sys.argv[1:] or [*MEASUREMENTS]
    if unknown := [name for name in chosen if name not in MEASUREMENTS]:
        sys.exit(f"No measurement {unknown[0]!r}; there are: {', '.join(MEASUREMENTS)}")
    console = Console()
    with stage() as both:
        for name in chosen:
            MEASUREMENTS[name](both, console)


if __name__ == "__main__":
    main()
