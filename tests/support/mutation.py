"""Mutation testing: `python -m tests.support.mutation [--survivors] [PACKAGE …]`.

mutmut leaves decorated functions alone, which here are most use cases (`@atomic`) and properties:
two of its functions are replaced to mutate them, too. A third one names tests without parameters,
since pytest does not find every one by the id that it has given it.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.runners.harness import PytestRunner
from mutmut.stats import status_by_exit_code

PACKAGES: Final[Mapping[str, Sequence[str]]] = {
    "domain/access": ["sigmasight.domain.access.*"],
    "domain/billing": ["sigmasight.domain.billing.*"],
    "domain/identity": ["sigmasight.domain.identity.*"],
    "adapters/clerk": ["sigmasight.adapters.clerk.*"],
    "adapters/svix": ["sigmasight.adapters.svix.*"],
}
"""What is mutated, as the names of mutants begin."""
REQUIRED: Final = 0.9
"""The share of mutants that tests must kill, in each package."""
MUTATED_UNDER: Final = frozenset({"atomic", "property", "asynccontextmanager", "contextmanager"})
"""Decorators that only wrap the function."""
STATISTICS: Final = Path("mutants/mutmut-stats.json")
SURVIVORS: Final = "--survivors"
NOT_RUN: Final = "not checked"
KILLED: Final = frozenset({"killed", "timeout", "segfault", "caught by type check"})

_skip = file_mutation.MutationVisitor._skip_node_and_children  # noqa: SLF001
_arguments = PytestRunner._pytest_args_regular_run  # noqa: SLF001
_arrange = file_mutation.function_trampoline_arrangement


def _is_wrapped(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.FunctionDef)
        and len(node.decorators) == 1
        and isinstance(node.decorators[0].decorator, cst.Name)
        and node.decorators[0].decorator.value in MUTATED_UNDER
    )


def _skip_node(visitor: file_mutation.MutationVisitor, node: cst.CSTNode) -> bool:
    return not _is_wrapped(node) and _skip(visitor, node)


def _arrange_without_decorators(function: cst.FunctionDef, *args: Any, **options: Any) -> Any:
    """Have the decorator wrap the function that chooses the mutant, and none of the mutants."""
    declaration, [trampoline, *copies], assignment, names = _arrange(function, *args, **options)
    if _is_wrapped(function):
        copies = [copy.with_changes(decorators=[]) for copy in copies]
    return declaration, [trampoline, *copies], assignment, names


def _arguments_without_parameters(runner: PytestRunner, tests: Iterable[str]) -> list[str]:
    return _arguments(runner, sorted({test.partition("[")[0] for test in tests}))


def run(packages: Iterable[str], *, survivors: bool) -> None:
    """Test all mutants of these packages, or only those that survived the last run."""
    setattr(file_mutation.MutationVisitor, _skip.__name__, _skip_node)
    setattr(PytestRunner, _arguments.__name__, _arguments_without_parameters)
    setattr(file_mutation, _arrange.__name__, _arrange_without_decorators)
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    STATISTICS.unlink(missing_ok=True)  # which tests call which functions
    patterns = [pattern for package in packages for pattern in PACKAGES[package]]
    if survivors:
        patterns = [
            name
            for name, status in results().items()
            if status not in KILLED and any(fnmatch(name, pattern) for pattern in patterns)
        ]
    cli(["run", "--max-children", "1", *patterns], standalone_mode=False)


def results() -> Mapping[str, str]:
    """Return the status of each mutant by its name."""
    statuses: dict[str, str] = {}
    for meta in sorted(Path("mutants").rglob("*.meta")):
        data = SourceFileMutationData(path=meta.relative_to("mutants").with_suffix(""))
        data.load()
        statuses |= {name: status_by_exit_code[it] for name, it in data.exit_code_by_key.items()}
    return statuses


def report(packages: Iterable[str]) -> bool:
    """Print a row for each package, and its survivors; return whether enough were killed."""
    statuses, enough = results(), True
    print(f"{'package':<18}{'mutants':>8}{'killed':>8}{'survived':>10}{'not run':>9}{'share':>8}")
    survivors = []
    for package in packages:
        of_package = {
            name: status
            for name, status in statuses.items()
            if any(fnmatch(name, pattern) for pattern in PACKAGES[package])
        }
        killed = sum(status in KILLED for status in of_package.values())
        waiting = sum(status == NOT_RUN for status in of_package.values())
        share = killed / (len(of_package) or 1)
        enough = enough and share >= REQUIRED
        survived = [each for each, it in of_package.items() if it not in {*KILLED, NOT_RUN}]
        survivors += survived
        print(
            f"{package:<18}{len(of_package):>8}{killed:>8}{len(survived):>10}{waiting:>9}{share:>8.1%}"
        )
    for name in survivors:
        print(statuses[name], name)
    return enough


def main(packages: Sequence[str]) -> int:
    chosen = [each for each in packages if each != SURVIVORS] or list(PACKAGES)
    run(chosen, survivors=SURVIVORS in packages)
    return 0 if report(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
