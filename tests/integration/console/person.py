"""A person at the console, who sees and does only what the page offers."""

import re
import subprocess
from pathlib import Path
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

INVITE_CODE: Final = "SIGMA-DEV"
SCHWAB: Final = """\
"Positions for account Individual ...123 as of 09:30 AM ET, 2026/06/30"

"Symbol","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Security Type"
"AAPL","12","$262.00","$3,144.00","$2,400.00","Equity"
"MSFT","10","$512.00","$5,120.00","$4,250.00","Equity"
"Account Total","--","--","$8,264.00","$6,650.00","--"
"""
ODD_TABLE: Final = """\
My holdings at the credit union
Ticker;Security Name;Number of shares;Avg. price (EUR);Purchase date;Depot;Cur
AAPL;Apple Inc;10,5;112,50;30.06.2025;Main;EUR
SPY;S&P 500;3;520,00;01.07.2025;Main;EUR
"""


class Person:
    def __init__(self, page: Page, console: str, folder: Path) -> None:
        self.page = page
        self.console = console
        self.folder = folder
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", error.message))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def sign_in(self, name: str) -> None:
        """Make a person, or choose one, at the top of the page."""
        self.page.goto(self.console)
        self.page.get_by_label("New person").fill(name)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", level=2, name=name, exact=True)).to_be_visible()
        self.see(self.meter("Portfolios"))
        self.see(self.page.locator("#plan"))

    def enter_invite(self, code: str = INVITE_CODE) -> None:
        self.page.get_by_label("Invite code").fill(code)
        self.page.get_by_role("button", name="Enter").click()

    def choose_file(self, text: str = SCHWAB, name: str = "schwab.csv") -> None:
        file = self.folder / name
        file.write_text(text)
        self.page.get_by_label("A broker's file, or the template").set_input_files(file)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def import_as(self, account: str) -> None:
        self.page.get_by_label("Account, which needs a name of its own").fill(account)
        self.press("Import")

    def fire(self, button: str, delivery: str = "once") -> None:
        """Press a button of Clerk's events, and wait until the page shows what they caused."""
        self.page.get_by_role("radio", name=delivery).check()
        with self.page.expect_response("**/clerk"):
            self.press(button)
        self.wait_until_settled()
        self.see(self.page.locator("#effect"))

    def wait_until_settled(self) -> None:
        """Wait until htmx has nothing to request or to replace."""
        busy = self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")
        expect(busy).to_have_count(0, timeout=60_000)

    def open_everything(self) -> None:
        """Open all that is folded up."""
        self.wait_until_settled()
        self.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")

    def meter(self, label: str) -> Locator:
        return self.page.locator(".meter").filter(has=self.page.get_by_text(label))

    def see(self, place: Locator, text: str = "") -> None:
        expect(place.first).to_be_visible(timeout=60_000)
        if text:
            expect(place.first).to_contain_text(text, timeout=60_000)

    def command(self, request: str) -> str:
        """Return the command that the page shows for a request, such as `GET /auth/me`."""
        shown = re.compile(rf"^{re.escape(request)}(\?.*)?$")
        call = self.page.locator("details.call").filter(
            has=self.page.locator("summary code", has_text=shown)
        )
        return call.first.locator("code.curl").text_content() or ""

    def paste(self, command: str) -> str:
        """Run a command as it stands, in the folder of the person's files."""
        run = subprocess.run(  # noqa: S602
            command,
            shell=True,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return run.stdout

    def violations(self) -> list[str]:
        """Return what axe finds wrong on the page, as it is now."""
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    def has_no_sideways_scroll(self) -> bool:
        root = "document.documentElement"
        return bool(self.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"))
