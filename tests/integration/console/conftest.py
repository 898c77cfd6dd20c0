"""`sigmasight dev`, and a browser on its console."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.integration.console.person import Person
from tests.integration.local.development import Development


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    run = Development(tmp_path_factory.mktemp("console"))
    yield run
    run.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which finds no host but this one."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("These tests need Chromium: sudo apt-get install chromium")
    arguments = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--disable-dev-shm-usage",  # which is small in containers
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # which Chromium refuses to have as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def person(dev: Development, browser: Browser, tmp_path: Path) -> Iterator[Person]:
    """Somebody who has opened the console, and whose browser has nothing to complain of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(90_000)  # both cores may be busy with other tests
    person = Person(context.new_page(), dev.api, tmp_path)
    yield person
    context.close()
    assert person.complaints == []
