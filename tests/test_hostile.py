"""Customers' names are hostile input: they are shown as they are, and nothing of them runs."""

from __future__ import annotations

import html
import json
import re
import zipfile

from python_calamine import CalamineWorkbook

from tests.small_client import HOSTILE


def _flat(name: str) -> str:
    return " ".join(name.split())


def test_every_name_on_the_list_shows_literally_and_escaped(hostile_run):
    assert not hostile_run.failed
    page = hostile_run.page.read_text(encoding="utf-8")
    body = page[page.index("<body") :]
    shown = [n for n in HOSTILE if html.escape(n) in body]
    assert {HOSTILE[0], HOSTILE[3], HOSTILE[6], HOSTILE[9]} <= set(shown)  # those who went silent
    for name in HOSTILE:
        if name != html.escape(name):
            assert name not in body, name
    assert "&lt;b&gt;AB&lt;/b&gt;" in body


def test_the_page_has_one_script_no_handler_no_style_and_no_address(hostile_run):
    page = hostile_run.page.read_text(encoding="utf-8")
    assert len(re.findall(r"<script\b", page)) == 1
    tags = re.findall(r"<[a-zA-Z][^>]*>", page)
    for tag in tags:
        assert not re.search(r"\s(on\w+|style)\s*=", re.sub(r'"[^"]*"', '""', tag)), tag[:200]
    links = re.findall(r'\b(?:href|src)="([^"]*)"', page)
    assert all(a.startswith(("#", "data:")) for a in links)
    assert len(page.encode()) < 2_000_000


def test_the_workbook_holds_names_as_text_and_no_formula(hostile_run):
    path = hostile_run.folder / "priorities.xlsx"
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                text = archive.read(name).decode()
                assert "<f>" not in text
                assert "<hyperlink" not in text
    book = CalamineWorkbook.from_path(str(path))
    cells = {
        str(c) for s in book.sheet_names for r in book.get_sheet_by_name(s).to_python() for c in r
    }
    assert {_flat(HOSTILE[0]), _flat(HOSTILE[6])} <= {_flat(c) for c in cells}


def test_charts_draw_names_as_they_are(hostile_run):
    """Matplotlib would read `$...$` as mathematics; the letters drawn are the name's own."""
    from salesfact import _style
    from salesfact.report._html import drawn_texts

    with _style.themed():
        figure, ax = _style.new_figure()
        for i, name in enumerate(HOSTILE):
            ax.text(0, i, name)
        svg = _style.svg(figure)
    assert set(HOSTILE) <= set(drawn_texts(svg))


def test_results_and_manifest_are_plain_json(hostile_run):
    results = json.loads((hostile_run.folder / "results.json").read_text(encoding="utf-8"))
    names = {p["name"] for p in results["priorities"]}
    assert _flat(HOSTILE[0]) in {_flat(n) for n in names}
    json.loads((hostile_run.folder / "manifest.json").read_text(encoding="utf-8"))
