"""What a share profile forbids is masked in what is shown, and refused by the last look."""

from __future__ import annotations

import pytest

from salesfact._errors import ReportError
from salesfact.report._html import covered, drawn_texts
from salesfact.report._mask import clean_notebook, mask, paths, people
from salesfact.report._run import make_report
from salesfact.report._scan import Vocabulary, scan_json, scan_page, scan_workbook
from tests.small_client import REPS, chapter

# Skatteverket's published test numbers (they belong to nobody) and their usual ways of writing
PERSONS = ["19121212-1212", "121212-1212", "1212121212", "191212121212", "121212+1212"]
WORDS = Vocabulary(
    frozenset(REPS),
    frozenset({"K001", "Alfa Verkstad AB", "Bo Ekdahl Bygg AB", "A. Bergström Bygg AB"}),
)


@pytest.mark.parametrize("text", PERSONS)
def test_identity_numbers_are_found_and_masked(text):
    assert people(f"kund {text}.") == [text]
    assert mask(f"kund {text}.") == "kund ••••••-••••."


@pytest.mark.parametrize(
    "gap", ["-", "+", " ", "\u00a0", "\u2011", "–", "—", "\u2212", " - ", " – "]
)
@pytest.mark.parametrize("before", ["Kund 3 ", "Nr.", "7,", "12 000 kr, ", ""])
def test_a_separator_or_a_century_tells_a_number_wherever_it_stands(gap, before):
    for day in ("121212", "19121212"):
        assert mask(f"{before}{day}{gap}1212,5") == f"{before}••••••-••••,5"
    assert mask(f"{before}191212121212;9") == f"{before}••••••-••••;9"


def test_a_coordination_number_is_one_too():
    # day 12 + 60; check digit by the Luhn rule over 701272238: 7-0-2-2-7-4-2-6-8 doubled at odd
    digits = "701272238"
    doubled = [int(c) * (2 - i % 2) for i, c in enumerate(digits)]
    check = -sum(d - 9 if d > 9 else d for d in doubled) % 10
    assert people(f"{digits[:6]}-{digits[6:]}{check}")


@pytest.mark.parametrize(
    "text",
    [
        "121212-1213",
        "991399-1212",
        "5561234567",
        "1212121212.50",
        "3 1212121212",
        "0.1212121212",
        "31212121212",
        "12 345 678",
        "A-1",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert people(text) == []
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("read /home/anna/kunder/a.csv now", "read …/a.csv now"),
        ("C:\\Users\\Anna\\a.csv", "…/a.csv"),
        ("'\\\\server\\dela\\a.csv'", "'…/a.csv'"),
        ("file:/" + "//tmp/x/a.csv", "…/a.csv"),
        ("in /app/data/x.csv, /nas/kund/x", "in …/x.csv, …/x"),
        ("`/app/data/x.csv`|/nas/kund/x|{/srv/a/b}", "`…/x.csv`|…/x|{…/b}"),
        ("read /home/eva/Mina kunder/x.csv now", "read …/x.csv now"),
        ("C:\\Mina kunder\\x.csv", "…/x.csv"),
        ("from /srv/a.csv and /srv/b.csv", "from …/a.csv and …/b.csv"),
    ],
)
def test_paths_keep_only_their_last_part(text, shown):
    assert mask(text) == shown
    assert paths(text)
    assert not paths(shown)


def test_fractions_and_addresses_are_no_paths():
    for text in (
        "3/4 av A/B/C",
        "https://example.org/home/x",
        "kr/st",
        "24/7",
        "a </b></i>",
        "/st",
    ):
        assert not paths(text)


def _table(*rows: tuple[str, ...]) -> str:
    def cells(row: tuple[str, ...], tag: str) -> str:
        return "".join(f"<{tag}>{c}</{tag}>" for c in row)

    head, *body = rows
    lines = "".join(f"<tr>{cells(r, 'td')}</tr>" for r in body)
    return f"<table><thead><tr>{cells(head, 'th')}</tr></thead><tbody>{lines}</tbody></table>"


REP = REPS[0]
FORBIDDEN = {
    "sums": _table(("", "Summa"), (REP, "12 000 kr")),
    "sums by a heading": _table(("Säljare", "Summa"), ("7", "12 000 kr")),
    "across": _table(("Månad", *REPS), ("2026-01", "1", "2")),
    "sentence": f"<p>{REP} sålde för 12 000 kr.</p>",
    "alternative text": f'<img alt="{REP} sålde för 12 000 kr" src="data:,">',
    "in one cell": _table(("Vad", "När"), (f"{REP} såld: 12 000", "")),
    "in one cell beside a customer": _table(
        ("Kund", "Vad"), ("Alfa Verkstad AB", f"{REP} sålde 12")
    ),
    "with a word": _table(("Vem", "Summa"), (f"{REP} (säljare)", "12 000 kr")),
    "with a word, called customer": _table(("Kund", "Summa"), (f"{REP} (säljare)", "12 000")),
    "heading with a word": _table(("Månad", f"Sum {REP}"), ("2026-01", "1")),
    "upper case": _table(("Vem", "Summa"), (REP.upper(), "12 000 kr")),
    "upper case in a sentence": f"<p>{REP.upper()} sålde för 12 000 kr.</p>",
    "genitive": f"<p>{REP}s försäljning: 12 000 kr.</p>",
    "broken over lines": "<p>" + REP.replace(" ", "\n  ") + " sålde för 12 000 kr.</p>",
    "term": f"<dl><dt>{REP}<dd>120000</dl>",
    "closed term": f"<dl><dt>{REP}</dt><dd><p>120000</p></dd></dl>",
    "comparison in a list": f"<ul><li>{REP}: 3 besök</li></ul>",
    "turned round": "<p>Bergström, Anna sålde för 12 000 kr.</p>",
    "turned round without a comma": _table(("Vem", "Summa"), ("BERGSTRÖM ANNA", "12 000 kr")),
    "an initial": "<p>A. Bergström sålde för 12 000 kr.</p>",
    "an initial without a point": _table(("Vem", "Summa"), ("A Bergström", "12 000 kr")),
    "an initial behind": _table(("Månad", "Bergström, A."), ("2026-01", "12 000")),
    "an initial in capitals": "<p>A. BERGSTRÖM: 12 000 kr</p>",
    "several pieces": "<p><b>Anna Bergström</b><b>12 000 kr</b></p>",
    "over a line break": "<p>Anna Bergström<br>Sålt 12 000 kr</p>",
    "a heading and a text": f"<h3>{REP}</h3><p>Sålde för 12 000 kr.</p>",
    "a heading with words": f"<h3>Så gick det i år för {REP}</h3><p>12 000 kr</p>",
    "a heading, a date and a text": f"<h3>{REP}</h3><p>30 september 2026</p><p>12 000 kr</p>",
    "two paragraphs": f"<p>{REP}</p><p>12 000 kr</p>",
    "the figure first": f"<div>12 000 kr</div><div>{REP}</div>",
    "two sentences": f"<p>Norrland har {REP}. Hon sålde för 12 000 kr.</p>",
    "two sentences in two paragraphs": f"<p>Bäst var {REP}.</p><p>Det gav 12 000 kr.</p>",
    "a heading and a table": f"<h3>{REP}</h3>" + _table(("År", "Summa"), ("2025", "12 000 kr")),
    "a caption": f"<table><caption>{REP}</caption><tr><th>År<th>kr</tr><tr><td>1<td>9</tr></table>",
    "a sum below customers": f"<h3>{REP}</h3>"
    + _table(("Kund", "kr"), ("Alfa Verkstad AB", "12"), ("Summa", "12")),
    "a sum in the list by rep": _table(("Kund", "Säljare", "kr"), ("Totalt", REP, "12")),
    "a row and the next": _table(("Vem", "Vad"), (REP, ""), ("Försäljning", "12 000")),
}
ALLOWED = {
    "customers by rep": _table(("Kund", "Säljare", "Marginal"), ("Alfa Verkstad AB", REP, "12 kr")),
    "by number": _table(("Nr", "Vem", "Marginal"), ("K001", REP, "12 kr")),
    "a list of terms": f"<dl><dt>Frågor</dt><dd>{REP}</dd><dt>Rader</dt><dd>12</dd></dl><p>3</p>",
    "a customer called as a rep, in a table": _table(("Namn", "kr"), ("Bo Ekdahl Bygg AB", "12")),
    "in capitals": "<p>BO EKDAHL BYGG AB köpte för 12 000 kr.</p>",
    "named only": f"<p>Frågor besvaras av {REP}.</p>",
    "a customer called as a rep": "<p>Bo Ekdahl Bygg AB köpte för 12 000 kr.</p>",
    "customers with a rep's surname": "<p>Bergström Bygg AB köpte för 12 000 kr, Bergström A/S för"
    " 9 och Bergströms Åkeri för 3. Bergström & Co köpte för 7, Bergström AB för 1.</p>",
    "a surname in a table": _table(("Vem", "kr"), ("Bergström Bygg AB", "12"), ("Bergström", "3")),
    "a customer with an initial": "<p>A. Bergström Bygg AB köpte för 12 000 kr.</p>",
    "customers below the rep's name": f"<h3>{REP}</h3>"
    + _table(("Kund", "kr"), ("Alfa Verkstad AB", "12"), ("Bergström Bygg AB", "3")),
    "customers told below the name": f"<h3>{REP}</h3><p>Alfa Verkstad AB köpte för 12 kr.</p>",
    "customers in rows below the rep's name": _table(
        ("Kund", "kr"), (REP, ""), ("Alfa Verkstad AB", "12"), ("Okänd AB", "3")
    ),
    "the day below the rep's name": f"<h3>{REP}</h3><p>Per den 30 september 2026, år 2026</p>",
    "the next heading": f"<h3>{REP}</h3><p>Ring.</p><h3>Alla</h3><p>12 000 kr</p>",
    "a contact and a figure": f"<p>Frågor besvaras av {REP}. Rapporten har 12 kapitel.</p>",
    "a contact line": f"<p>Kontakt: {REP}</p><p>3 kunder är tysta.</p>",
    "a first name": "<p>Anna Karlsson AB köpte för 12 000 kr. A. Berg 3.</p>",
}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_figures_about_reps_are_refused_for_clients(kind):
    assert scan_page(FORBIDDEN[kind], "client", WORDS)
    assert not scan_page(FORBIDDEN[kind], "internal", WORDS)


@pytest.mark.parametrize("kind", ALLOWED)
def test_lists_of_customers_by_rep_are_no_figures_about_reps(kind):
    assert not scan_page(ALLOWED[kind], "client", WORDS)


def test_a_picture_by_rep_is_refused_and_hidden_numbers_are_seen():
    assert scan_page("<p></p>", "client", WORDS, [REP])
    assert scan_page("<p></p>", "internal", WORDS, ["121212-1212"])
    for text in (REP.upper(), REP.replace(" ", "\n"), f"{REP} 12 tkr"):
        assert scan_page("<p></p>", "client", WORDS, [text]), text
    for text in ("Bo Ekdahl Bygg AB 12 tkr", "Bo Ekdahl By…", "Bo Ekdahl\nBygg AB"):
        assert not scan_page("<p></p>", "client", WORDS, [text]), text
    for value in (REP, f"{REP}: 12 000", {REP.upper(): 1}, 1212121212, [191212121212]):
        content = {"results": {"x": {"value": value}}}
        assert scan_json("results.json", content, "client", WORDS), value
    for value in ("Bo Ekdahl Bygg AB", 1212121213, 12.5, True):
        assert not scan_json("results.json", {"results": {"x": value}}, "client", WORDS), value


@pytest.mark.parametrize("rep", ["Anna-Karin von Post", "von Post, Anna-Karin"])
def test_long_names_are_known_in_every_form(rep):
    words = Vocabulary(frozenset({rep}), frozenset({"Alfa AB"}))
    for told in (
        "Anna-Karin von Post", "von Post, Anna-Karin", "A-K von Post", "A.-K. von Post",
        "AK von Post", "A. von Post", "von Post, A.", "Post, Anna-Karin von",
    ):  # fmt: skip
        assert scan_page(f"<p>{told} sålde för 12 kr</p>", "client", words), told
    for told in ("Posten", "Post Nord", "von Post AB", "K. Post"):
        assert not scan_page(f"<p>{told} sålde för 12 kr</p>", "client", words), told


def test_a_sheet_of_a_rep_holds_customers_and_no_sum(tmp_path):
    import xlsxwriter

    heads = ("Kund", "Ort", "kr")
    sheets = {
        "list": [(REP,), ("Vem ska vi ringa? 30 september 2026",), (), heads, ("K001", "Lund", 9)],
        "sum": [(REP,), (), heads, ("K001", "Lund", 9), ("Summa", "", 9)],
        "above": [(REP,), ("Summa 9 kr",), (), heads, ("K001", "Lund", 9)],
        "months": [(REP,), (), ("Månad", "Antal", "kr"), ("januari", "a", 9)],
    }
    for kind, rows in sheets.items():
        path = tmp_path / f"{kind}.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet(REP)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
        assert bool(scan_workbook(path, "client", WORDS)) == (kind != "list"), kind
        assert not scan_workbook(path, "internal", WORDS)


def test_a_rep_called_by_a_short_or_everyday_word_stops_no_other_text():
    words = Vocabulary(frozenset({"AB", "Export"}), frozenset({"Alfa AB"}))
    for text in ("Alfa AB köpte för 12 kr.", "export för 12 kr"):
        assert not scan_page(f"<p>{text}</p>", "client", words), text
    assert scan_page(_table(("Vem", "kr"), ("AB", "12")), "client", words)
    assert scan_page("<p>EXPORT sålde för 12 kr</p>", "client", words)


@pytest.mark.parametrize("profile", ["internal", "client"])
def test_paths_identity_numbers_and_secrets_are_refused_always(profile, monkeypatch):
    words = Vocabulary(folders=("/srv/kunder/nordverk",), secrets=("hemligt-lösenord",))
    for text in ("121212-1212", "/home/anna/x.csv", "i /srv/kunder/nordverk", "hemligt-lösenord"):
        faults = scan_page(f"<p>{text}</p>", profile, words)
        assert faults, text
        assert "1212-1212" not in str(faults[0])
        assert "hemligt" not in str(faults[0])
        assert scan_json("manifest.json", {"a": [text]}, profile, words), text


def test_a_workbook_tells_nothing_in_its_properties(tmp_path):
    import datetime as dt
    from types import SimpleNamespace
    from zipfile import ZipFile

    import pandas as pd
    import xlsxwriter

    from salesfact._language import language
    from salesfact._result import Column, Source
    from salesfact.report._workbook import write_workbook

    source = Source("Firma 121212-1212", dt.date(2026, 6, 30), "SEK", "sv")
    result = SimpleNamespace(
        language=language("sv"),
        table=pd.DataFrame({"money": [1.0]}, index=pd.Index(["K001"], name="customer")),
        columns={"money": Column("Money", "money")},
        source=source,
        title="Title",
        reading=lambda: "Reading.",
    )
    write_workbook(tmp_path / "a.xlsx", result)  # pyright: ignore[reportArgumentType]
    with ZipFile(tmp_path / "a.xlsx") as archive:
        assert "Firma ••••••-••••" in archive.read("docProps/core.xml").decode()
    assert not scan_workbook(tmp_path / "a.xlsx", "client", WORDS)
    told = {
        "title": "Firma 121212-1212",
        "company": "/app/data/x.csv",
        "comments": f"{REP} sålde för 12 000 kr",
    }
    for i, (key, value) in enumerate(told.items()):
        path = tmp_path / f"{i}.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            book.add_worksheet("A").write_string(0, 0, "a")
            book.set_properties({key: value})
        assert scan_workbook(path, "client", WORDS), key
        assert bool(scan_workbook(path, "internal", WORDS)) == (key != "comments")


def test_a_kept_notebook_tells_no_place_and_no_identity_number():
    import json

    svg = '<svg><!-- 121212-1212 --><g><use href="#a"/></g></svg>'
    trace = ["\x1b[32m/home/anna/x.py\x1b[0m in f", "121212-1212"]
    notebook = {
        "metadata": {"papermill": {"input_path": "/app/in.ipynb"}, "kernelspec": {"name": "k"}},
        "cells": [
            {
                "cell_type": "code",
                "source": ["where = '/app/sock/a'"],
                "metadata": {"tags": ["injected-parameters"], "papermill": {"duration": 1}},
                "outputs": [
                    {"output_type": "stream", "name": "stdout", "text": ["i D:\\k k\\x ", "12-"]},
                    {"output_type": "stream", "name": "stdout", "text": "Min mapp/kund/a.csv"},
                    {"output_type": "error", "ename": "E", "evalue": "x", "traceback": trace},
                    {
                        "output_type": "display_data",
                        "data": {
                            "image/png": "ab/home/x/8507099805",
                            "image/svg+xml": [svg],
                            "x/y": {"picture": svg, "n": 3, "table": ["121212-1212"]},
                        },
                    },
                ],
            }
        ],
        "nbformat": 4,
    }
    before = json.dumps(notebook)
    kept = clean_notebook(notebook, ["Min mapp"])
    assert json.dumps(notebook) == before
    packed = kept["cells"][0]["outputs"][3]["data"].pop("image/png")
    assert packed == "ab/home/x/8507099805"
    told = json.dumps(kept, ensure_ascii=False)
    for word in ("121212", "/home", "/app", "papermill", "Min mapp", "D:", "<use", "[32m"):
        assert word not in told, word
    assert "…/x.py in f" in told and '"name": "k"' in told and '"n": 3' in told


def test_an_identity_number_is_not_drawn():
    from salesfact import _style

    with _style.themed():
        figure, ax = _style.new_figure()
        ax.text(0.1, 0.1, "121212-1212")
        ax.text(0.5, 0.5, "Alfa")
        svg = _style.svg(figure)
    assert "121212-1212" in drawn_texts(svg)
    shown = covered(svg)
    assert not people(" ".join(drawn_texts(shown)))
    assert "Alfa" in drawn_texts(shown)
    assert shown.count("<use ") == svg.count("<use ") - len("121212-1212")


def test_a_client_with_numbers_in_its_names_gets_a_masked_report(hostile_run):
    assert not hostile_run.failed
    for path in hostile_run.folder.iterdir():
        if path.suffix in (".html", ".json"):
            text = path.read_text(encoding="utf-8")
            assert "1212-1212" not in text
            assert "/home/anna" not in text
    assert "Firma ••••••-••••" in hostile_run.page.read_text(encoding="utf-8")


def test_a_chapter_that_sums_reps_stops_a_client_report_and_not_an_internal_one(
    small_run, lent, tmp_path
):
    client, _ = small_run
    chapters = tmp_path / "chapters"
    code = (
        "f = opened.facts.sales.group_by('rep').aggregate(sold=opened.facts.sales.amount.sum())\n"
        "opened.facts.fetch(f)"
    )
    chapter(chapters, "01_reps", "Säljare", code)
    out = tmp_path / "out"
    with pytest.raises(ReportError, match=f"about the rep '{REP}'"):
        make_report(client, notebooks=chapters, out=out)
    assert list(out.iterdir()) == []
    report = make_report(client, notebooks=chapters, out=out, share="internal")
    assert REP in report.page.read_text(encoding="utf-8")
    (kept,) = (report.folder / "notebooks").glob("*.ipynb")
    text = kept.read_text(encoding="utf-8")
    assert REP in text
    assert "papermill" not in text and str(tmp_path) not in text


def test_for_whom_a_report_is_holds_in_its_chapters(monkeypatch, tmp_path):
    """The command's `--share` is stronger than the settings, in a chapter's own process too."""
    from salesfact._assets import SHARE
    from salesfact._open import open_client
    from salesfact.report._crew import Crew
    from tests.small_client import make_client

    client = make_client(tmp_path / "c", customers=60)
    usual = open_client(client).facts.share
    other = {"client": "internal", "internal": "client"}[usual]
    with Crew(1, share=other) as crew:
        assert crew.env[SHARE] == other
    with Crew(1) as crew:
        assert SHARE not in crew.env
    monkeypatch.setenv(SHARE, other)
    assert open_client(client).facts.share == other
    assert open_client(client, share=usual).facts.share == usual
