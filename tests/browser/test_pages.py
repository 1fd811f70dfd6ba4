"""Going from page to page: what was chosen on one is still chosen when the reader comes back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import open_app, wait_until_idle


def go_to(page: Page, title: str) -> None:
    """Click the link to a page, and wait until it is there."""
    page.locator(".st-key-pages").get_by_role("link", name=title).click()
    path = "/" if title == "Explore" else f"/{title.lower()}"
    page.wait_for_url(lambda address: address.split("?")[0].endswith(path))
    wait_until_idle(page)
    page.wait_for_timeout(300)  # a second run may set the address right, or wrong
    wait_until_idle(page)


def choose(page: Page, option: str, address: str) -> None:
    page.get_by_role("radio", name=option, exact=True).click()
    expect(page).to_have_url(re.compile(address))
    wait_until_idle(page)


def test_the_tab_of_each_page_stays_and_back_goes_one_page(page: Page) -> None:
    open_app(page, wait_for=".st-key-confusion .cell")
    go_to(page, "Compare")
    choose(page, "Rules", "compare_tab=Rules")
    go_to(page, "Explore")
    choose(page, "Images", r"\btab=Images")
    go_to(page, "Learn")
    go_to(page, "Compare")
    expect(page.get_by_role("radio", name="Rules", exact=True)).to_be_checked()
    expect(page).to_have_url(re.compile("compare_tab=Rules"))
    page.go_back()
    page.wait_for_url(re.compile("/learn"))
    wait_until_idle(page)
    go_to(page, "Explore")
    expect(page.get_by_role("radio", name="Images", exact=True)).to_be_checked()
    expect(page).to_have_url(re.compile(r"\btab=Images"))


def test_synthetic_data_stay_the_same_while_learn_is_open(page: Page) -> None:
    open_app(page, "/?source=synthesize", wait_for=".st-key-confusion .cell")
    slider = page.get_by_role("slider", name="Boundary error")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("boundary_error_px="))
    wait_until_idle(page)
    chosen = page.url.split("boundary_error_px=")[1].split("&")[0]
    go_to(page, "Learn")
    go_to(page, "Explore")
    expect(page).to_have_url(re.compile(f"boundary_error_px={chosen}\\b"))
