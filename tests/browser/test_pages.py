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


def test_the_typed_path_of_explore_leads_to_it_and_its_link_is_right(page: Page) -> None:
    open_app(page, "/explore?formula=dice", wait_for=".st-key-confusion .cell")
    expect(page.get_by_test_id("stMetricLabel").first).to_contain_text("Dice")
    expect(page).to_have_url(re.compile(r":\d+/\?formula=dice$"))
    expect(page.get_by_test_id("stSidebar").get_by_test_id("stCode").first).to_have_text(
        re.compile(r":\d+/?\?formula=")
    )
    link = page.locator(".st-key-pages a").first
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(link).to_have_css("outline-style", "solid")


def test_a_folded_sidebar_takes_no_focus_and_escape_folds_an_open_one(page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    open_app(page, "/compare", wait_for=".st-key-heatmap .cell")
    while page.locator(".st-key-pages a:focus").count() == 0:
        page.keyboard.press("Tab")
        assert page.locator("[data-testid=stSidebar] :focus").count() == 0
    tabs = page.get_by_role("radiogroup", name="Compare").get_by_role("radio")
    for tab in tabs.all():
        expect(tab).to_be_in_viewport(ratio=1)
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "false")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")


def test_a_narrow_window_cuts_no_control_of_explore(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 760})
    open_app(page, wait_for=".st-key-confusion .cell")
    choices = page.get_by_role("radiogroup", name="Normalise")
    assert choices.evaluate("(each) => each.scrollWidth <= each.clientWidth")
    code = page.locator(".st-key-code_headline button")
    least = "(each) => { each.style.width = 'max-content'; return each.getBoundingClientRect().width; }"
    assert code.first.evaluate("(each) => each.getBoundingClientRect().width") >= code.first.evaluate(least)
