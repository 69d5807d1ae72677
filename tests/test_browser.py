"""The page in Chromium: it asks nobody, runs nothing of the data, and fits every screen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from salesfact._result import MIME
from tests.small_client import CHROMIUM_FLAGS

CHROMIUM = os.environ.get("SALESFACT_CHROMIUM") or shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: set SALESFACT_CHROMIUM"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def _open(browser, report, **options):
    context = browser.new_context(**options)
    page = context.new_page()
    page.said = []
    page.on("console", lambda m: page.said.append(m.text))
    page.on("dialog", lambda d: (page.said.append(f"dialog {d.message}"), d.dismiss()))
    page.on("pageerror", lambda e: page.said.append(str(e)))
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else page.said.append(r.url),
    )
    page.goto(report.page.as_uri())
    page.wait_for_timeout(200)
    return page


@pytest.fixture(scope="module")
def pages(browser, hostile_run) -> dict:
    """The page in both colour schemes; whoever asks sets what else it needs."""
    return {s: _open(browser, hostile_run, color_scheme=s) for s in ("light", "dark")}


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_asked_or_run_and_the_page_never_scrolls_sideways(pages, width, scheme):
    page = pages[scheme]
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_timeout(100)
    assert page.said == []
    loaded = page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert loaded
    assert page.evaluate("document.images.length") >= 3
    lines = page.evaluate("""[...document.querySelectorAll('.card dd')].map(dd => {
        const text = document.createRange(); text.selectNode(dd.firstChild);
        return new Set([...text.getClientRects()].map(r => r.top)).size; })""")
    assert lines and set(lines) == {1}  # no figure is broken in two


def test_on_a_phone_a_short_wide_table_is_read_row_by_row(browser, tmp_path):
    """Its cells name their columns, nothing scrolls, and on a page it is a table as ever."""
    from types import SimpleNamespace

    from tests.test_exporter import _code, _page, _result, _shown

    head = ["Group", *(f"Part of column {i}" for i in range(6))]
    table = {"head": head, "right": [False, *[True] * 6], "total": 2}
    table |= {"cells": [[f"Group {n}", *["1 234"] * 6] for n in range(2)]}
    table |= {"keys": [[f"Group {n}", *[1234.0] * 6] for n in range(2)]}
    place = tmp_path / "page.html"
    place.write_text(_page(_code("x", _shown({MIME: _result(table=table, picture=None)}))))
    shown = SimpleNamespace(page=place)
    for width, stacked in ((1400, False), (390, True)):
        page = _open(browser, shown, viewport={"width": width, "height": 844})
        said = page.evaluate(
            "(() => { const t = document.querySelector('table.stack');"
            " const c = t.querySelectorAll('td')[1], s = t.closest('.scroll');"
            " return [getComputedStyle(c, '::before').content, s.scrollWidth - s.clientWidth]; })()"
        )
        assert (said[0] == f'"{head[1]}"') is stacked
        assert said[1] <= 1
        page.context.close()


def test_pictures_go_dark_with_the_page(pages):
    """The mean lightness of a picture's ink: dark ink on light, light ink on dark."""
    from io import BytesIO

    import numpy as np
    from PIL import Image

    def ink(scheme):
        page = pages[scheme]
        page.set_viewport_size({"width": 1280, "height": 720})
        shot = page.locator("figure img").first.screenshot()
        grey = np.asarray(Image.open(BytesIO(shot)).convert("L"), dtype=float)
        ground = np.median(grey)
        return ground, grey[np.abs(grey - ground) > 60].mean()

    (light_ground, light_ink), (dark_ground, dark_ink) = ink("light"), ink("dark")
    assert light_ground > 200 > light_ink
    assert dark_ground < 60 < dark_ink
    # text drawn in the darkest ink must have turned light: nothing dark is left on dark
    assert dark_ink > 110


def test_tables_sort_by_value_and_by_keyboard(pages):
    page = pages["light"]
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    column = page.evaluate(
        """() => {
            const t = document.querySelector('table.data');
            return [...t.tBodies[0].rows[0].cells].findLastIndex(c => c.dataset.k);
        }"""
    )
    assert column >= 0
    button = page.locator("table.data").first.locator("th").nth(column).locator("button")

    def values():
        return page.evaluate(
            "i => [...document.querySelector('table.data').tBodies[0].rows]"
            ".map(r => Number(r.cells[i].dataset.k))",
            column,
        )

    button.focus()
    page.keyboard.press("Enter")
    assert values() == sorted(values(), reverse=True)
    page.keyboard.press("Enter")
    assert values() == sorted(values())
    head = page.locator("table.data").first.locator("th").nth(column)
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.said == []


def test_keyboard_reaches_the_text_first_and_every_part_has_a_name(browser, hostile_run):
    page = _open(browser, hostile_run)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert page.evaluate("[...document.images].every(i => i.alt.trim().length > 10)")
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    broken = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')]"
        ".filter(a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).length"
    )
    assert broken == 0
    assert page.evaluate("document.documentElement.lang") == "sv"


def test_without_scripts_everything_can_be_read(browser, hostile_run):
    page = _open(browser, hostile_run, java_script_enabled=False)
    assert page.locator("h2").count() >= 4
    assert page.locator("details.as-table").count() >= 1
    page.locator("details.as-table summary").first.click()
    assert page.locator("details.as-table table").first.is_visible()


def test_it_prints_to_pages_without_navigation(pages):
    page = pages["light"]
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    page.emulate_media(media="print")
    assert not page.locator("nav.side").is_visible()
    assert not page.locator("details.code").first.is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="screen")
    assert pdf.startswith(b"%PDF")
    assert 3 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 40


def test_a_folded_table_that_is_long_to_read_opens_for_print_alone(browser, tmp_path):
    from types import SimpleNamespace

    from tests.test_exporter import _code, _page, _shown, wordy

    place = tmp_path / "page.html"
    place.write_text(_page(_code("x", _shown({MIME: wordy(2_000)}))))
    page = _open(browser, SimpleNamespace(page=place))
    shown = []
    for media in ("screen", "print", "screen"):
        page.emulate_media(media=media)
        if media == "print":
            page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        shown.append(page.locator("table.data").is_visible())
        if media == "print":
            page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert shown == [False, True, False]
    assert not page.locator("details.wordy > summary").first.evaluate("d => d.parentNode.open")
    page.context.close()


def test_on_a_low_screen_the_current_entry_of_the_contents_stays_in_sight(pages):
    page = pages["light"]
    page.set_viewport_size({"width": 1400, "height": 320})
    page.evaluate("window.scrollTo(0, document.querySelector('#provenance').offsetTop - 60)")
    page.wait_for_timeout(300)
    top, bottom = page.evaluate(
        "(() => { const b = document.querySelector('.side [aria-current]').getBoundingClientRect();"
        " return [b.top, b.bottom]; })()"
    )
    assert page.evaluate("document.querySelector('.side').scrollTop") > 0
    assert 0 <= top < bottom <= 320


@pytest.mark.parametrize("height", [900, 420])
def test_every_entry_of_the_contents_can_be_reached_wherever_the_page_stands(pages, height):
    page = pages["dark"]
    page.set_viewport_size({"width": 1400, "height": height})
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    last = """(() => { const side = document.querySelector('.side'); side.scrollTop = 1e6;
        const links = side.querySelectorAll('.wide a');
        return links[links.length - 1].getBoundingClientRect().bottom; })()"""
    for part in (0, 0.02, 0.5, 1):
        page.evaluate(f"window.scrollTo(0, {part} * document.documentElement.scrollHeight)")
        page.wait_for_timeout(150)
        assert page.evaluate(last) <= height, part
    page.set_viewport_size({"width": 390, "height": height})
    page.wait_for_timeout(100)
    assert page.evaluate("getComputedStyle(document.querySelector('.side')).maxHeight") == "none"
