"""Every `curl` of every page, as it stands there, pasted into a shell beside `sigmasight dev`."""

import re
import signal
from collections.abc import Iterator
from typing import Final

import pytest

from tests.integration.local.development import Development
from tests.support.pages import ELSEWHERE, PAGES, ROOT, requests_of, shell_blocks

SETTINGS: Final = {"LEGACY_AUTH_ENABLED": "true", "SECRET_KEY": "x" * 32}
TRIED: Final = [str(page.relative_to(ROOT)) for page in PAGES if requests_of(page)]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    running = Development(tmp_path_factory.mktemp("home"), SETTINGS)
    yield running
    running.leave(signal.SIGTERM)


def codes(output: str) -> list[str]:
    return re.findall(r"urn:sigmasight:error:(\w+)", output)


def test_every_page_with_a_request_is_tried() -> None:
    """Only the restart of systemd's units asks for something that is not there."""
    mention = {
        str(page.relative_to(ROOT)) for page in PAGES if "curl " in "".join(shell_blocks(page))
    }

    assert mention - set(TRIED) == {"docs/deployment.md"}
    assert all(
        any(map(ELSEWHERE.match, map(str.strip, block.splitlines())))
        for block in shell_blocks(ROOT / "docs" / "deployment.md")
        if "curl " in block
    )


@pytest.mark.parametrize("page", TRIED)
def test_the_requests_of_a_page_work_when_pasted(dev: Development, page: str) -> None:
    pasted = dev.pasted_page(ROOT / page)

    assert (pasted.returncode, pasted.stderr) == (0, "")
    assert pasted.stdout.strip()
    unmeant = {"route_not_found", "internal_error", "body_too_large", "token_malformed"}
    assert unmeant.isdisjoint(codes(pasted.stdout)), pasted.stdout


def test_the_walkthrough_has_the_figures_and_refusals_that_it_describes(dev: Development) -> None:
    walk = dev.pasted_page(ROOT / "docs" / "walkthrough.md")

    assert walk.stderr == ""
    for figure in ("2744.00", "125.60", "2869.60", "425.00"):
        assert f'"{figure}"' in walk.stdout
    assert "\ncompleted\n" in walk.stdout
    assert '"net_flow":3750.0' in walk.stdout.replace(" ", "")
    assert re.findall(r"urn:sigmasight:error:(\w+)", walk.stdout) == [
        "csv_invalid",
        *["validation_failed"] * 2,
        *("tag_name_taken", "tag_not_found"),
        *["validation_failed"] * 2,
        "fundamentals_not_found",
        *("validation_failed", "portfolio_not_found"),
    ]


def test_the_guards_answer_as_their_page_says(dev: Development) -> None:
    page = ROOT / "docs" / "guards.md"
    described = re.findall(r"# (\d{3}):", page.read_text())

    assert dev.pasted_page(page).stdout.split() == described
