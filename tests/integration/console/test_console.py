"""The console of `sigmasight dev` in a browser, as people use it."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.integration.console.person import ODD_TABLE, Person

NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}


def test_a_new_person_imports_up_to_the_limit_upgrades_and_imports_more(person: Person) -> None:
    person.sign_in("grace")
    person.see(person.page.locator("#invite"), "required")
    person.enter_invite("WRONG")
    person.see(person.page.get_by_role("alert"), "invalid_invite_code")
    person.enter_invite()
    person.see(person.page.locator("#invite"), "validated")

    person.choose_file()
    person.press("Preview")
    person.see(person.page.locator("#imported"), "Schwab")
    person.see(person.page.get_by_role("region", name="The file's holdings"), "MSFT")
    person.see(person.meter("Portfolios"), "0 of 2")

    person.import_as("First")
    person.see(person.meter("Portfolios"), "1 of 2")
    person.press("Import")
    person.see(person.meter("Portfolios"), "2 of 2")
    person.press("Import")
    person.see(person.page.locator("#imported").get_by_role("alert"), "portfolio_limit_reached")

    person.fire("Upgrade")
    person.see(person.page.locator("#effect .changed").filter(has_text="Tier"), "paid")
    person.see(person.meter("Portfolios"), "2 of 10")
    person.see(person.page.locator("#tier"), "paid")
    person.import_as("Third")
    person.see(person.meter("Portfolios"), "3 of 10")
    expect(person.page.locator("#portfolio option:checked")).to_have_text("Growth, Third")


def test_a_file_with_mistakes_is_refused_with_each_of_them(person: Person) -> None:
    person.sign_in("ben")
    person.page.get_by_label("Or a sample").select_option("The template, with two mistakes")
    person.press("Import")

    refusal = person.page.locator("#imported").get_by_role("alert")
    person.see(refusal, "Row 3, MSFT")
    person.see(refusal, "Row 4, XOM")


def test_a_table_of_no_known_layout_is_imported_by_the_suggested_columns(person: Person) -> None:
    person.sign_in("ulla")
    person.enter_invite()
    person.see(person.page.locator("#invite"), "validated")
    person.choose_file(ODD_TABLE, "union.csv")
    person.press("Preview")
    person.see(person.page.locator("#imported"), "no known layout")
    expect(person.page.locator("#mapping")).to_have_value(re.compile("Number of shares"))

    person.press("Import")

    person.see(person.page.get_by_role("region", name="Positions"), "AAPL")
    assert "--form-string 'mapping=" in person.command("POST /onboarding/create-portfolio")
    person.page.get_by_label("Or a sample").select_option("Schwab's positions")
    expect(person.page.locator("#mapping")).to_have_value("")
    expect(person.page.locator("#csv_file")).to_have_value("")


def test_risk_is_calculated_and_drawn(person: Person) -> None:
    person.sign_in("dora")
    person.enter_invite()
    person.see(person.page.locator("#invite"), "validated")
    person.page.get_by_label("Or a sample").select_option("Schwab's positions")
    person.press("Import")
    person.see(person.page.get_by_role("img", name="Value by symbol"))
    expect(person.page.get_by_role("img", name="Exposure")).to_have_count(0)

    person.press("Calculate risk")

    person.see(person.page.get_by_role("img", name="Exposure"))
    person.see(person.page.get_by_role("img", name="Risk"))
    table = person.page.locator("figure").filter(has_text="Exposure as a table")
    table.get_by_text("Exposure as a table").click()
    person.see(table.get_by_role("row", name="Short"), "-")


def test_an_answer_streams_and_counts(person: Person) -> None:
    person.sign_in("cleo")
    person.page.get_by_label("Ask about the portfolios").fill("What is my largest position?")
    with person.page.expect_response("**/messages") as answered:
        person.page.keyboard.press("Enter")

    assert answered.value.headers["content-type"].startswith("text/event-stream")
    person.see(person.page.locator("#conversation .question"), "largest position")
    answer = person.page.locator("#conversation .answer:not([aria-busy])")
    person.see(answer, "SPY")
    person.see(person.meter("AI messages"), "1 of 1000")

    person.page.get_by_label("Ask about the portfolios").fill("And my exposure?")
    person.press("Send")
    expect(answer).to_have_count(2, timeout=60_000)
    person.see(person.meter("AI messages"), "2 of 1000")


def test_a_question_that_is_refused_says_why(person: Person) -> None:
    person.sign_in("ada")
    person.page.get_by_label("Ask about the portfolios").fill("Am I in?")
    person.press("Send")

    person.see(person.page.locator("#conversation .failed"), "invite")
    person.see(person.page.locator("#chat-calls"), "403")


def test_events_doubled_and_out_of_order_end_in_the_right_tier(person: Person) -> None:
    person.sign_in("oscar")
    person.fire("Upgrade", "twice")
    deliveries = person.page.locator(".deliveries li strong")
    assert deliveries.all_text_contents() == ["received", "duplicate"]
    person.see(person.page.locator("#tier"), "paid")

    person.fire("Payment fails", "late")
    person.see(person.page.locator("#effect"), "on its way")
    person.fire("End now")

    kinds = person.page.locator(".deliveries li code").all_text_contents()
    assert kinds == ["subscriptionItem.ended", "subscription.pastDue"]
    person.see(person.page.locator("#effect .changed").filter(has_text="Tier"), "free")
    person.see(person.page.locator("#tier"), "free")


def test_a_canceled_plan_is_used_until_its_end(person: Person) -> None:
    person.sign_in("paula")
    person.fire("Upgrade")
    person.fire("Cancel at the end of the period")

    person.see(person.page.locator("#plan"), "canceled")
    person.see(person.page.locator("#effect .changed").filter(has_text="Tier expires"), "20")
    person.see(person.page.locator("#tier"), "paid")
    person.see(person.page.locator(".facts").first, "until")


def test_who_is_banned_is_refused_until_the_ban_is_lifted_and_who_is_deleted_for_good(
    person: Person,
) -> None:
    person.sign_in("mallory")
    person.fire("Ban")
    person.see(person.page.locator("#account").get_by_role("alert"), "account_inactive")
    person.see(person.page.locator("#effect .changed"), "refused: account_inactive")

    person.fire("Lift the ban")
    person.see(person.meter("Portfolios"), "0 of 2")

    person.page.on("dialog", lambda dialog: dialog.accept())
    person.fire("Delete mallory")
    person.see(person.page.locator("#account").get_by_role("alert"), "account_inactive")


def test_each_action_shows_a_command_that_works_when_pasted(person: Person) -> None:
    person.sign_in("pasha")
    person.enter_invite()
    person.see(person.page.locator("#invite"), "validated")
    person.choose_file(name="it's mine.csv")
    person.press("Preview")
    person.see(person.page.locator("#imported"), "Schwab")

    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    call = person.page.locator("#account details.call").first
    call.get_by_role("button", name="Copy the command").click()
    expect(call.get_by_role("button")).to_have_text("Copied")
    copied = person.page.evaluate("navigator.clipboard.readText()")

    assert copied == person.command("POST /onboarding/validate-invite")
    invited = person.paste(person.command("POST /onboarding/validate-invite"))
    preview = person.paste(person.command("POST /onboarding/import-preview"))
    me = person.paste(person.command("GET /auth/me"))
    person.page.get_by_label("Or a sample").select_option("Fidelity's positions")
    person.press("Import")
    person.see(person.meter("Portfolios"), "1 of 2")
    imported = person.paste(person.command("POST /onboarding/create-portfolio"))
    listed = person.paste(person.command("GET /portfolios"))
    person.fire("Upgrade", "twice")
    again = person.paste(person.command("POST /webhooks/pasha/subscription.created"))

    assert json.loads(invited)["status"] == "already_validated"
    assert json.loads(preview)["total_rows"] == 2
    assert json.loads(me)["email"] == "pasha@demo.example"
    assert json.loads(imported)["code"] == "account_name_taken"
    assert json.loads(listed)["total_count"] == 1
    assert [each["response"]["status"] for each in json.loads(again)] == ["received", "duplicate"]


def test_the_console_works_by_keyboard(person: Person) -> None:
    person.page.goto(person.console)
    person.page.keyboard.press("Tab")
    assert person.page.evaluate("document.activeElement.textContent") == "Skip to the content"

    person.page.get_by_label("New person").focus()
    person.page.keyboard.type("kay")
    person.page.keyboard.press("Enter")
    person.see(person.page.locator("#invite"), "required")
    person.page.get_by_label("Invite code").focus()
    person.page.keyboard.type("SIGMA-DEV")
    person.page.keyboard.press("Enter")
    person.see(person.page.locator("#invite"), "validated")
    expect(person.page.get_by_label("Invite code")).to_be_focused()

    person.page.get_by_role("button", name="Upgrade").focus()
    person.page.keyboard.press("Space")
    expect(person.page.locator("#tier")).to_have_text("paid")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_the_page_keeps_anybody_out(person: Person, scheme: str) -> None:
    person.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    person.sign_in("cleo")
    person.see(person.page.get_by_role("img", name="Risk"))
    person.page.get_by_label("Or a sample").select_option("The template, with two mistakes")
    person.press("Preview")
    person.see(person.page.locator("#imported"), "MSFT")
    person.fire("Payment fails", "late")
    person.fire("Payment succeeds")
    person.open_everything()

    for size in (WIDE, NARROW):
        person.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        picture = person.folder / f"console-{scheme}-{size['width']}.png"
        person.page.screenshot(path=picture, full_page=True, caret="initial")
        assert person.violations() == []
        assert person.has_no_sideways_scroll()


def test_a_name_that_cannot_be_one_is_refused_on_a_page(person: Person) -> None:
    person.page.goto(f"{person.console}/?person=No%20Name")
    person.see(person.page.get_by_role("alert"), "is not a name")
    assert person.violations() == []
    person.complaints.clear()  # the status of that page
    person.page.get_by_role("link", name="Back to the console").click()
    person.see(person.page.get_by_role("heading", name="Who are you today?"))
    assert person.violations() == []
