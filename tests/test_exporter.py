"""An executed notebook becomes the page: escaped, cleaned, self-contained."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from urllib.parse import unquote

import nbformat
import pytest

from salesfact._assets import assets
from salesfact._result import MIME
from salesfact.report import _html
from salesfact.report._exporter import SalesfactExporter

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def _result(**more):
    return {
        "result": "Fake",
        "language": "en",
        "title": "Who buys?",
        "reading": f"Most is bought by {ATTACK}. It is sure.",
        "sentences": [f"Most is bought by {ATTACK}.", "It is sure."],
        "opening": 3,
        "refused": False,
        "headline": "A headline",
        "picture": '<svg viewBox="0 0 100 50"><!-- x --><g/></svg>',
        "table": {
            "head": ["Customer", "Money"],
            "right": [False, True],
            "cells": [[ATTACK, "1"], ["b", "2"]],
            "keys": [[ATTACK, 1.25], ["b", 2]],
            "total": 300,
        },
        "source": "Source: x.",
        "figures": {},
        "parameters": {},
        **more,
    }


def _code(source, *outputs):
    cell = nbformat.v4.new_code_cell(source)
    cell.outputs = list(outputs)
    return cell


def _shown(data):
    return nbformat.v4.new_output("execute_result", data)


def _page(*cells, around=None):
    nb = nbformat.v4.new_notebook(cells=list(cells))
    return SalesfactExporter().from_notebook_node(nb, {"salesfact": around or {}})[0]


def test_a_result_is_rendered_from_its_payload_with_everything_escaped():
    page = _page(_code("sf.fake(facts)", _shown({MIME: _result(), "text/html": ATTACK})))
    body = page[page.index("<main") :]
    assert ATTACK not in page
    assert body.count("&lt;script&gt;alert(1)") == 3  # reading, alternative text, cell
    assert 'data-k="1.25"' in body
    assert "The first 2 of 300 rows." in body
    assert "<figcaption>A headline</figcaption>" in body
    picture = re.search(r'<img src="data:image/svg\+xml,([^"]+)" alt="A headline Most', body)
    assert picture
    assert "<!--" not in unquote(picture[1])


def test_a_phone_gets_the_narrow_picture():
    narrow = '<svg viewBox="0 0 50 90"><!-- x --><g/></svg>'
    page = _page(_code("x", _shown({MIME: _result(picture_narrow=narrow)})))
    found = re.search(r'<source media="[^"]+" srcset="data:image/svg\+xml,([^" ]+)"', page)
    assert found and "0 0 50 90" in unquote(found[1])
    assert "<!--" not in unquote(found[1])
    without = _page(_code("x", _shown({MIME: _result()})))
    assert "<source" not in without and "<picture>" in without


def test_a_refusal_is_told_as_one():
    page = _page(_code("x", _shown({MIME: _result(refused=True, picture=None, headline=None)})))
    assert 'class="result refused"' in page
    assert "The data cannot tell" in page
    assert page.index('<details class="as-table">') < page.index('<table class="data')


def wordy(letters: int) -> dict:
    """An answer without a picture whose table is so long to read."""
    table = _result()["table"] | {"cells": [["a" * letters, "1"]], "keys": [["a", 1]], "total": 1}
    return _result(picture=None, headline=None, table=table)


def test_a_table_long_to_read_is_folded_on_the_page_and_open_in_print():
    page = _page(_code("x", _shown({MIME: wordy(2_000)})))
    assert page.index('<details class="wordy open-in-print">') < page.index('<table class="data')
    assert '<details class="wordy' not in _page(_code("x", _shown({MIME: wordy(100)})))
    pictured = _page(_code("x", _shown({MIME: wordy(2_000) | {"picture": "<svg/>"}})))
    assert '<details class="wordy' not in pictured and '<details class="as-table">' in pictured


def test_what_comes_with_time_is_said_calmly():
    more = {"refused": True, "early": True, "reading": "Not yet.", "picture": None}
    page = _page(_code("x", _shown({MIME: _result(headline=None, **more)})))
    assert '<p class="early">Not yet.</p>' in page
    assert "The data cannot tell" not in page
    # nothing was worked out: no source, no calculation
    assert 'class="source"' not in page and 'class="code"' not in page


@pytest.mark.parametrize(
    "output",
    [
        _shown({"text/html": ATTACK + "<b onclick=x() style=color:red>t</b>"}),
        _shown({"text/markdown": ATTACK + " [a](javascript:alert(3)) ![b](http://x/y.png)"}),
        nbformat.v4.new_output("stream", name="stdout", text=ATTACK),
        nbformat.v4.new_output("error", ename=ATTACK, evalue=ATTACK, traceback=[ATTACK]),
        _shown({"text/plain": ATTACK}),
        _shown({"image/svg+xml": f"<svg onload=alert(1)>{ATTACK}</svg>"}),
        _shown({"application/javascript": "alert(1)", "text/plain": "x"}),
    ],
)
def test_whatever_else_a_notebook_puts_out_is_cleaned(output):
    page = _page(nbformat.v4.new_markdown_cell("# T\n\n" + ATTACK), _code(ATTACK, output))
    body = page[page.index("<main") : page.index("</main>")]
    tags = re.findall(r"<[a-zA-Z][^>]*>", body)
    assert not [t for t in tags if t.startswith(("<script", "<svg", "<iframe"))]
    assert not [t for t in tags if re.search(r"\s(on\w+|style|formaction)=", t)]
    sources = re.findall(r'<img[^>]*?src="([^"]*)"', body)
    assert all(s.startswith("data:image/") for s in sources)
    assert not [h for h in re.findall(r'href="([^"]*)"', body) if not h.startswith("#")]


def test_html_tables_survive_and_scroll_in_their_box():
    page = _page(_code("x", _shown({"text/html": "<table border=1><tr><td>1</td></tr></table>"})))
    assert '<div class="scroll" tabindex="0"><table><tbody><tr><td>1</td>' in page


def test_the_policy_allows_this_style_and_script_only():
    page = _page(nbformat.v4.new_markdown_cell("# T"))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    allowed = policy[1].replace("&#39;", "'")
    assert allowed.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in allowed
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in allowed


def test_headings_have_ids_that_never_repeat_and_one_is_first():
    cells = [nbformat.v4.new_markdown_cell(t) for t in ("# Same", "## Same", "## Same", "### Åäö!")]
    page = _page(*cells, _code("x", _shown({MIME: _result(title="Same")})))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"same", "same-2", "same-3", "aao"} <= set(ids)
    assert page.count("<h1") == 1
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids


def test_code_that_shows_nothing_is_unfolded_with_what_it_leads_to():
    page = _page(_code("import salesfact as sf"), _code("sf.x()", _shown({MIME: _result()})))
    assert page.count('class="code"') == 1
    assert "import salesfact as sf\n\nsf.x()" in page


DRAWING = '<svg viewBox="0 0 9 9"><text>Anna 12</text></svg>'
PACKED = base64.b64encode(b"x").decode()
BESIDE = {
    "svg": {"image/svg+xml": DRAWING},
    "png": {"image/png": PACKED},
    "jpeg": {"image/jpeg": PACKED},
    "gif": {"image/gif": PACKED},
}


@pytest.mark.parametrize("kind", BESIDE)
def test_pictures_beside_the_answers_are_left_out_where_nobody_can_check_them(kind):
    cell = _code("x", _shown(BESIDE[kind]))
    page = _page(cell, around={"share": "client"})
    assert "A picture is left out" in page
    assert "<img" not in page
    assert f"data:image/{kind}" in _page(cell, around={"share": "internal"})


@pytest.mark.parametrize("form", ["text/html", "text/markdown", "cell"])
def test_images_inside_html_are_bitmaps_of_internal_reports_only(form):
    def page(mime, share):
        source = f"data:image/{mime};base64,{PACKED}"
        text = f"![a]({source})" if form != "text/html" else f'<p><img src="{source}"></p>'
        cell = nbformat.v4.new_markdown_cell(text) if form == "cell" else None
        return _page(cell or _code("x", _shown({form: text})), around={"share": share})

    assert "<img" not in page("png", "client")
    assert "data:image/png" not in page("png", "client")[page("png", "client").index("<main") :]
    assert 'src="data:image/svg' not in page("svg+xml", "internal")
    if form == "text/html":
        assert 'src="data:image/png' in page("png", "internal")


def test_an_answer_keeps_its_picture_in_every_profile():
    cell = _code("x", _shown({MIME: _result()}))
    assert "data:image/svg+xml" in _page(cell, around={"share": "client"})


def test_error_output_shows_message_not_traceback():
    error = nbformat.v4.new_output(
        "error", ename="FactsError", evalue="no orders in /home/anna/x.csv", traceback=["SECRET"]
    )
    page = _page(_code("x", error))
    assert "no orders in …/x.csv" in page
    assert "SECRET" not in page


def test_nbconvert_knows_it_by_name(tmp_path):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Alone")])
    nbformat.write(nb, tmp_path / "a.ipynb")
    # a template of the same name lying about has no say
    (tmp_path / "salesfact").mkdir()
    (tmp_path / "salesfact" / "index.html.j2").write_text("hijacked")
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "salesfact", "a.ipynb"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "hijacked" not in page
    assert '<h2 id="alone">Alone</h2>' in page


def test_nothing_in_the_templates_names_an_address():
    for path in (assets("templates") / "salesfact").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "http" not in text.replace("http-equiv", "")
        assert "url(" not in text
        assert "@import" not in text


def test_anchor_is_never_empty():
    outline = _html.Outline()
    assert [outline.anchor(t) for t in ("", "!!!", "日本")] == ["part", "part-2", "part-3"]
