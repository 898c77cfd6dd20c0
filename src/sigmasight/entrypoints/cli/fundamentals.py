"""`sigmasight fundamentals`: import what companies report."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import rich_click as click
from dishka import AsyncContainer

from sigmasight.domain.kernel import count_noun
from sigmasight.domain.research.fundamentals import ImportFundamentals, Report
from sigmasight.domain.research.parsing import reports_of
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import file_argument
from sigmasight.entrypoints.cli.shared import progress_bar, run_async

MAX_BYTES: Final = 100_000_000
DECODE: Final = msgspec.json.Decoder(float_hook=Decimal).decode


@click.group(name="fundamentals")
def fundamentals_group() -> None:
    """Import what companies report."""


@fundamentals_group.command("import")
@file_argument
@prints
def import_fundamentals(file: Path, *, output: Output) -> None:
    """Import FILE, a JSON array of companies: all of it, or nothing if any part is invalid.

    Existing periods are replaced. docs/operating.md describes the format.
    """
    companies = _companies(file)
    count = run_async(lambda scope: _import(scope, companies))
    output.result(f"{count_noun(count, 'report')} imported from {file}.", {"stored": count})


async def _import(scope: AsyncContainer, companies: object) -> int:
    import_reports = await scope.get(ImportFundamentals)
    with progress_bar() as bar:
        task = bar.add_task("Reports", total=sum(1 for _ in reports_of(companies)))

        def reports() -> Iterator[Report]:
            return reports_of(companies)

        return await import_reports(
            reports, on_progress=lambda count: bar.update(task, completed=count)
        )


def _companies(file: Path) -> Any:
    if file.stat().st_size > MAX_BYTES:
        raise click.BadParameter(
            f"is larger than {MAX_BYTES // 1_000_000} MB; split it", param_hint="FILE"
        )
    try:
        return DECODE(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint="FILE") from error
